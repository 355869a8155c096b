"""When something was taken on, and the letters by which alerts called people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None

_CALLS = sa.text("substr(letter_key, 1, 6) = 'alert:'")


def upgrade() -> None:
    op.add_column("obligations", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_nudges_calls",
        "nudges",
        ["letter_key"],
        sqlite_where=_CALLS,
        postgresql_where=_CALLS,
    )


def downgrade() -> None:
    op.drop_index("ix_nudges_calls", table_name="nudges")
    op.drop_column("obligations", "claimed_at")
