"""How a district calls the columns of a ledger is kept as its templates are; `ledger.<code>` is
longer than the kinds of documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _kind(sa.String(12), sa.String(24))


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM document_templates WHERE kind LIKE 'ledger.%'"))
    _kind(sa.String(24), sa.String(12))


def _kind(before: sa.String, after: sa.String) -> None:
    with op.batch_alter_table("document_templates") as templates:
        templates.alter_column("kind", existing_type=before, type_=after, existing_nullable=False)
