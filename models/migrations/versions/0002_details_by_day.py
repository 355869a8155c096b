"""An index that finds old details among millions of obligations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAME = "ix_obligations_detailed"


def upgrade() -> None:
    detailed = sa.text("detail IS NOT NULL")
    op.create_index(
        NAME, "obligations", ["due_at"], sqlite_where=detailed, postgresql_where=detailed
    )


def downgrade() -> None:
    op.drop_index(NAME, "obligations")
