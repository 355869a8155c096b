"""What units confirmed for a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "daily_reports",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("unit_id", _NUMBER, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("version", _NUMBER, nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("zero", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name="fk_daily_reports_by_id_accounts"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_daily_reports_unit_id_units"),
        sa.PrimaryKeyConstraint("id", name="pk_daily_reports"),
        sa.UniqueConstraint(
            "unit_id", "on_day", "version", name="uq_daily_reports_unit_id_on_day_version"
        ),
    )
    op.create_index("ix_daily_reports_on_day", "daily_reports", ["on_day"])


def downgrade() -> None:
    op.drop_table("daily_reports")
