"""The files that messages carry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purge_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_files_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("key", name=op.f("uq_files_key")),
    )
    op.create_index(op.f("ix_files_purge_on"), "files", ["purge_on"])
    op.create_table(
        "file_pieces",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("file_id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name=op.f("fk_file_pieces_file_id_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_pieces")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_file_pieces_file_id_number")),
    )


def downgrade() -> None:
    op.drop_table("file_pieces")
    op.drop_table("files")
