"""Indexes for a worker's day: what is open in a unit, and what somebody has done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    still_open = sa.text("outcome IS NULL")
    op.create_index(
        "ix_obligations_open",
        "obligations",
        ["unit_id", "opens_at"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("ix_obligations_done", "obligations", ["outcome_by", "outcome_at"])


def downgrade() -> None:
    op.drop_index("ix_obligations_done", "obligations")
    op.drop_index("ix_obligations_open", "obligations")
