"""Group chats and their threads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "chat_groups",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=True),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("added_by", KEY, nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_chat_groups_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["added_by"], ["accounts.id"], name=op.f("fk_chat_groups_added_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_chat_groups_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_groups")),
        sa.UniqueConstraint("account_id", name=op.f("uq_chat_groups_account_id")),
    )
    op.create_index(op.f("ix_chat_groups_unit_id"), "chat_groups", ["unit_id"])
    op.create_table(
        "chat_topics",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("group_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("thread", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_groups.id"],
            name=op.f("fk_chat_topics_group_id_chat_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_chat_topics_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_topics")),
        sa.UniqueConstraint("group_id", "unit_id", name=op.f("uq_chat_topics_group_id_unit_id")),
    )


def downgrade() -> None:
    op.drop_table("chat_topics")
    op.drop_table("chat_groups")
