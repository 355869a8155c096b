"""What is in store, and how long a volunteer stood at a post."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stocks",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("keeper_id", KEY, nullable=True),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("stock", KEY, nullable=False),
        sa.Column("used", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submission_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_stocks_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["keeper_id"], ["accounts.id"], name=op.f("fk_stocks_keeper_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_stocks_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocks")),
    )
    op.create_index("ix_stocks_store", "stocks", ["unit_id", "item", "at"], unique=False)
    op.create_index(op.f("ix_stocks_submission_id"), "stocks", ["submission_id"], unique=False)
    op.add_column("shifts", sa.Column("served_minutes", KEY, nullable=True))


def downgrade() -> None:
    op.drop_column("shifts", "served_minutes")
    op.drop_index(op.f("ix_stocks_submission_id"), table_name="stocks")
    op.drop_index("ix_stocks_store", table_name="stocks")
    op.drop_table("stocks")
