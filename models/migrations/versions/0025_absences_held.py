"""Whose a resident away is while her worker is on leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("absences", sa.Column("held_for_id", _NUMBER, nullable=True))


def downgrade() -> None:
    op.drop_column("absences", "held_for_id")
