"""A venue's day: who works there, the calendar of their tests, what is written down; a deputy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("venues") as venues:
        venues.add_column(sa.Column("deputy_id", KEY, nullable=True))
        venues.create_foreign_key(
            op.f("fk_venues_deputy_id_assignments"), "assignments", ["deputy_id"], ["id"]
        )
        venues.create_index(op.f("ix_venues_deputy_id"), ["deputy_id"], unique=False)
    _staff()
    _swabs()
    op.create_table(
        "venue_logs",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("venue_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("log", sa.String(length=10), nullable=False),
        sa.Column("submission_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_venue_logs_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_venue_logs_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.id"], name=op.f("fk_venue_logs_venue_id_venues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_logs")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_venue_logs_submission_id")),
    )
    op.create_index("ix_venue_logs_venue_day", "venue_logs", ["venue_id", "on_day"], unique=False)


def _staff() -> None:
    op.create_table(
        "venue_staff",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("venue_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=32), nullable=True),
        sa.Column("post", sa.String(length=12), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", KEY, nullable=False),
        sa.Column("home_at", INSTANT, nullable=True),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"], ["accounts.id"], name=op.f("fk_venue_staff_added_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_venue_staff_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_venue_staff_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.id"], name=op.f("fk_venue_staff_venue_id_venues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_staff")),
    )
    for column in ("left_at", "person_id", "venue_id"):
        op.create_index(op.f(f"ix_venue_staff_{column}"), "venue_staff", [column], unique=False)


def _swabs() -> None:
    op.create_table(
        "venue_swabs",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("venue_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("sampled_on", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=8), nullable=True),
        sa.Column("resulted_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("outcome_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["venue_staff.id"], name=op.f("fk_venue_swabs_staff_id_venue_staff")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_venue_swabs_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.id"], name=op.f("fk_venue_swabs_venue_id_venues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_swabs")),
    )
    for column in ("due_at", "resulted_at", "staff_id", "unit_id", "venue_id"):
        op.create_index(op.f(f"ix_venue_swabs_{column}"), "venue_swabs", [column], unique=False)
    op.create_index(
        "ix_venue_swabs_open",
        "venue_swabs",
        ["staff_id"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM obligations WHERE kind IN ('log', 'logday')")
    for table in ("venue_logs", "venue_swabs", "venue_staff"):
        op.drop_table(table)
    with op.batch_alter_table("venues") as venues:
        venues.drop_index(op.f("ix_venues_deputy_id"))
        venues.drop_constraint(op.f("fk_venues_deputy_id_assignments"), type_="foreignkey")
        venues.drop_column("deputy_id")
