"""Verdicts on records, and an index that finds what supersedes a submission."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "verdicts",
        sa.Column("submission_id", _NUMBER, nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", _NUMBER, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name="fk_verdicts_by_id_accounts"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_verdicts_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("submission_id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_at", "verdicts", ["at"])
    op.create_index("ix_submissions_supersedes_id", "submissions", ["supersedes_id"])


def downgrade() -> None:
    op.drop_index("ix_submissions_supersedes_id", "submissions")
    op.drop_table("verdicts")
