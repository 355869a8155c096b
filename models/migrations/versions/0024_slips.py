"""Cards with a code, left at doors where nobody was met."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "slips",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("visit_id", _NUMBER, nullable=False),
        sa.Column("household_id", _NUMBER, nullable=False),
        sa.Column("unit_id", _NUMBER, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_slips_household_id_households"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_slips_unit_id_units"),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_slips_visit_id_visits"),
        sa.PrimaryKeyConstraint("id", name="pk_slips"),
        sa.UniqueConstraint("token_hash", name="uq_slips_token_hash"),
    )
    op.create_index("ix_slips_visit_id", "slips", ["visit_id"])


def downgrade() -> None:
    op.drop_table("slips")
