"""What is late is found among what is open, and what became of what was due by an index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

OPEN = sa.text("outcome IS NULL")
DUE = ["unit_id", "kind", "due_at"]


def upgrade() -> None:
    op.drop_index("ix_obligations_due_at", table_name="obligations")
    op.create_index(
        "ix_obligations_late",
        "obligations",
        ["due_at", "kind", "unit_id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.drop_index("ix_obligations_unit_kind_due", table_name="obligations")
    op.create_index(
        "ix_obligations_unit_kind_due", "obligations", [*DUE, "opens_at", "outcome_at", "outcome"]
    )


def downgrade() -> None:
    op.drop_index("ix_obligations_unit_kind_due", table_name="obligations")
    op.create_index("ix_obligations_unit_kind_due", "obligations", DUE)
    op.drop_index("ix_obligations_late", table_name="obligations")
    op.create_index("ix_obligations_due_at", "obligations", ["due_at"])
