"""Guests who are in a venue, and the areas from which whoever comes is found out about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "areas",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", KEY, nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_areas_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["accounts.id"], name=op.f("fk_areas_ended_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
    )
    op.create_table(
        "stays",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("register", sa.String(length=40), nullable=False),
        sa.Column("record_id", KEY, nullable=False),
        sa.Column("venue_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("people", KEY, nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"], ["submissions.id"], name=op.f("fk_stays_record_id_submissions")
        ),
        sa.ForeignKeyConstraint(
            ["exit_id"], ["submissions.id"], name=op.f("fk_stays_exit_id_submissions")
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_stays_venue_id_venues")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_stays_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays")),
        sa.UniqueConstraint("record_id", name=op.f("uq_stays_record_id")),
    )
    op.create_index(op.f("ix_stays_venue_id"), "stays", ["venue_id"], unique=False)
    op.create_index(op.f("ix_stays_unit_id"), "stays", ["unit_id"], unique=False)
    op.create_index(op.f("ix_stays_exit_id"), "stays", ["exit_id"], unique=False)


def downgrade() -> None:
    op.drop_table("stays")
    op.drop_table("areas")
