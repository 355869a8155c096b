"""What each source said of a lead, the batches that sources came in, the attempts to reach her."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# A lead of before has one source: whoever reported it. What was told is in its submission.
FIRST_SOURCES = """
INSERT INTO lead_sources
    (lead_id, channel, account_id, submission_id, row, pushed_at, due_at, created_at, purge_on)
SELECT leads.id, leads.source, leads.account_id, leads.submission_id, 0, leads.created_at,
    COALESCE(obligations.due_at, leads.expected_at), leads.created_at, leads.purge_on
FROM leads LEFT JOIN obligations
    ON obligations.lead_id = leads.id AND obligations.kind = 'verify'
"""


def upgrade() -> None:
    op.add_column("leads", sa.Column("place", sa.LargeBinary(), nullable=True))
    _create_batches()
    _create_sources()
    _create_attempts()
    op.execute(FIRST_SOURCES)


def _create_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_batches_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_batches_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("channel", "number", name=op.f("uq_batches_channel_number")),
    )
    op.create_index(op.f("ix_batches_unit_id"), "batches", ["unit_id"])
    op.create_index(op.f("ix_batches_account_id"), "batches", ["account_id"])


def _create_sources() -> None:
    op.create_table(
        "lead_sources",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("batch_id", KEY, nullable=True),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("submission_id", KEY, nullable=True),
        sa.Column("key", sa.String(length=32), nullable=True),
        sa.Column("row", KEY, nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purge_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.id"], name=op.f("fk_lead_sources_lead_id_leads")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_lead_sources_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_lead_sources_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_lead_sources_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_sources")),
        sa.UniqueConstraint("key", name=op.f("uq_lead_sources_key")),
    )
    for column in ("lead_id", "batch_id", "submission_id", "purge_on"):
        op.create_index(op.f(f"ix_lead_sources_{column}"), "lead_sources", [column])


def _create_attempts() -> None:
    op.create_table(
        "lead_attempts",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=True),
        sa.Column("result", sa.String(length=14), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("submission_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.id"], name=op.f("fk_lead_attempts_lead_id_leads")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_lead_attempts_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_lead_attempts_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_attempts")),
    )
    op.create_index(op.f("ix_lead_attempts_lead_id"), "lead_attempts", ["lead_id"])


def downgrade() -> None:
    op.drop_table("lead_attempts")
    op.drop_table("lead_sources")
    op.drop_table("batches")
    op.drop_column("leads", "place")
