"""When and of what a supervisor hears."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hearings",
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("since", sa.Time(), nullable=False),
        sa.Column("until", sa.Time(), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_hearings_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_hearings")),
    )


def downgrade() -> None:
    op.drop_table("hearings")
