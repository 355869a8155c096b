"""Suspensions, supervision teams with their days, suggestions; since when a proof waits; of which
album the last picture was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
PROVED = """
    UPDATE problems SET proved_at = (
        SELECT max(at) FROM problem_steps
        WHERE problem_steps.problem_id = problems.id AND problem_steps.step = 'proved'
    ) WHERE state = 'proved'
"""
OPEN = """
    SELECT venue_id, min(problems.unit_id) AS unit_id, min(due_at) AS at
    FROM problems WHERE state <> 'closed' GROUP BY venue_id
"""


def upgrade() -> None:
    _teams()
    _suspensions()
    _suggestions()
    with op.batch_alter_table("inspections") as batch_op:
        batch_op.add_column(sa.Column("outing_id", KEY, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_inspections_outing_id_outings"), "outings", ["outing_id"], ["id"]
        )
    op.add_column("problems", sa.Column("proved_at", AT, nullable=True))
    op.add_column("conversations", sa.Column("album", sa.String(length=64), nullable=True))
    op.add_column("conversations", sa.Column("album_said", sa.Boolean(), nullable=True))
    op.execute(PROVED)
    _watch()


def _teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_teams_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_teams_unit_id_name")),
    )
    op.create_table(
        "outings",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("team_id", KEY, nullable=True),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("begun_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_outings_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_outings_team_id_teams")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_outings_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outings")),
        sa.UniqueConstraint("account_id", "on", name=op.f("uq_outings_account_id_on")),
        sa.UniqueConstraint("team_id", "on", name=op.f("uq_outings_team_id_on")),
    )
    op.create_index(op.f("ix_outings_begun_at"), "outings", ["begun_at"])
    op.create_index(op.f("ix_outings_on"), "outings", ["on"])
    op.create_index(op.f("ix_outings_unit_id"), "outings", ["unit_id"])
    op.create_table(
        "outing_members",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("outing_id", KEY, nullable=False),
        sa.Column("assignment_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
            name=op.f("fk_outing_members_assignment_id_assignments"),
        ),
        sa.ForeignKeyConstraint(
            ["outing_id"], ["outings.id"], name=op.f("fk_outing_members_outing_id_outings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outing_members")),
        sa.UniqueConstraint(
            "outing_id", "assignment_id", name=op.f("uq_outing_members_outing_id_assignment_id")
        ),
    )
    op.create_index(op.f("ix_outing_members_assignment_id"), "outing_members", ["assignment_id"])


def _suspensions() -> None:
    people = ("closed_by", "drafted_by", "issued_by")
    op.create_table(
        "suspensions",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("venue_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("problem_ids", sa.JSON(), nullable=False),
        sa.Column("days", KEY, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("extends_id", KEY, nullable=True),
        sa.Column("officer_id", KEY, nullable=True),
        sa.Column("drafted_at", AT, nullable=False),
        sa.Column("drafted_by", KEY, nullable=True),
        sa.Column("issued_at", AT, nullable=True),
        sa.Column("issued_by", KEY, nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("look_at", AT, nullable=True),
        sa.Column("looks", KEY, nullable=False),
        sa.Column("closed_at", AT, nullable=True),
        sa.Column("closed_by", KEY, nullable=True),
        sa.Column("word", sa.LargeBinary(), nullable=True),
        sa.Column("purge_on", sa.Date(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [who], ["accounts.id"], name=op.f(f"fk_suspensions_{who}_accounts")
            )
            for who in people
        ),
        sa.ForeignKeyConstraint(
            ["extends_id"], ["suspensions.id"], name=op.f("fk_suspensions_extends_id_suspensions")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["assignments.id"], name=op.f("fk_suspensions_officer_id_assignments")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_suspensions_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.id"], name=op.f("fk_suspensions_venue_id_venues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
    )
    for column in ("drafted_at", "purge_on", "unit_id", "venue_id"):
        op.create_index(op.f(f"ix_suspensions_{column}"), "suspensions", [column])


def _suggestions() -> None:
    op.create_table(
        "suggestions",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("venue_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("whom", sa.String(length=8), nullable=False),
        sa.Column("by_id", KEY, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=True),
        sa.Column("purge_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["accounts.id"], name=op.f("fk_suggestions_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
            name=op.f("fk_suggestions_inspection_id_inspections"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_suggestions_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.id"], name=op.f("fk_suggestions_venue_id_venues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
    )
    for column in ("at", "purge_on", "unit_id", "venue_id"):
        op.create_index(op.f(f"ix_suggestions_{column}"), "suggestions", [column])


def _watch() -> None:
    """Venues that have open problems already get their colours as well."""
    bind = op.get_bind()
    open_ = sa.text(OPEN).columns(
        sa.column("venue_id", KEY), sa.column("unit_id", KEY), sa.column("at", AT)
    )
    found = bind.execute(open_).all()
    obligations = sa.table(
        "obligations",
        *(sa.column(name, KEY) for name in ("id", "unit_id", "rung", "rounds")),
        *(sa.column(name, sa.String()) for name in ("key", "kind")),
        *(sa.column(name, AT) for name in ("opens_at", "due_at")),
        sa.column("facts", sa.JSON()),
    )
    due = sa.table("due", sa.column("obligation_id", KEY), sa.column("next_action_at", AT))
    for venue_id, unit_id, at in found:
        row = {"key": f"colour:{venue_id}", "kind": "colour", "unit_id": unit_id, "rung": 0}
        times = {"opens_at": at, "due_at": at, "rounds": 0}
        facts = {"venue": venue_id, "told": ""}
        bind.execute(sa.insert(obligations).values(**row, **times, facts=facts))
        of = sa.select(obligations.c.id).where(obligations.c.key == row["key"])
        number = bind.execute(of).scalar_one()
        bind.execute(sa.insert(due).values(obligation_id=number, next_action_at=at))


def downgrade() -> None:
    bind = op.get_bind()
    kinds = "('colour', 'suspend', 'reopen', 'outing')"
    of = f"SELECT id FROM obligations WHERE kind IN {kinds}"  # noqa: S608 -- a constant
    bind.execute(sa.text(f"DELETE FROM nudges WHERE obligation_id IN ({of})"))  # noqa: S608
    bind.execute(sa.text(f"DELETE FROM due WHERE obligation_id IN ({of})"))  # noqa: S608
    bind.execute(sa.text(f"DELETE FROM obligations WHERE kind IN {kinds}"))  # noqa: S608
    op.drop_column("conversations", "album_said")
    op.drop_column("conversations", "album")
    op.drop_column("problems", "proved_at")
    with op.batch_alter_table("inspections") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_inspections_outing_id_outings"), type_="foreignkey")
        batch_op.drop_column("outing_id")
    for table in ("suggestions", "suspensions", "outing_members", "outings", "teams"):
        op.drop_table(table)
