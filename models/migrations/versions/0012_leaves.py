"""Leaves: who is away until when, who stands in, and what is held for her."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "leaves",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("receiver_id", KEY, nullable=True),
        sa.Column("holder_id", KEY, nullable=True),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refusals", KEY, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_leaves_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_leaves_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["accounts.id"], name=op.f("fk_leaves_receiver_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["accounts.id"], name=op.f("fk_leaves_holder_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    op.create_index(op.f("ix_leaves_account_id"), "leaves", ["account_id"])
    op.create_index(op.f("ix_leaves_receiver_id"), "leaves", ["receiver_id"])
    op.create_index(op.f("ix_leaves_until_at"), "leaves", ["until_at"])
    op.add_column("assignments", sa.Column("held_for_id", KEY, nullable=True))
    op.add_column("obligations", sa.Column("held_for_id", KEY, nullable=True))
    held = sa.text("held_for_id IS NOT NULL")
    op.create_index(
        "ix_obligations_held_for",
        "obligations",
        ["held_for_id"],
        sqlite_where=held,
        postgresql_where=held,
    )


def downgrade() -> None:
    op.drop_index("ix_obligations_held_for", "obligations")
    op.drop_column("obligations", "held_for_id")
    op.drop_column("assignments", "held_for_id")
    op.drop_table("leaves")
