"""Tips from residents, and the points ledger with the villages' shops."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shop_items",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_shop_items_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_items")),
    )
    op.create_index(op.f("ix_shop_items_unit_id"), "shop_items", ["unit_id"], unique=False)
    op.create_table(
        "point_entries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_point_entries_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["accounts.id"], name=op.f("fk_point_entries_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_point_entries_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["point_entries.id"],
            name=op.f("fk_point_entries_reverses_id_point_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_point_entries_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_point_entries_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_point_entries_reverses_id")),
    )
    op.create_index(
        op.f("ix_point_entries_account_id"), "point_entries", ["account_id"], unique=False
    )
    op.create_index(op.f("ix_point_entries_at"), "point_entries", ["at"], unique=False)
    op.create_index(
        op.f("ix_point_entries_person_id"), "point_entries", ["person_id"], unique=False
    )
    op.create_index(op.f("ix_point_entries_unit_id"), "point_entries", ["unit_id"], unique=False)
    op.create_table(
        "redemptions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_redemptions_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["point_entries.id"], name=op.f("fk_redemptions_entry_id_point_entries")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["shop_items.id"], name=op.f("fk_redemptions_item_id_shop_items")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_redemptions_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_redemptions_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_redemptions_code_hash")),
    )
    op.create_index(op.f("ix_redemptions_account_id"), "redemptions", ["account_id"], unique=False)
    op.create_index(op.f("ix_redemptions_person_id"), "redemptions", ["person_id"], unique=False)
    op.create_table(
        "tips",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=True),
        sa.Column("sender_index", sa.String(length=32), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("photo", sa.LargeBinary(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "same_as_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("purge_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_tips_lead_id_leads")),
        sa.ForeignKeyConstraint(
            ["outcome_by"], ["accounts.id"], name=op.f("fk_tips_outcome_by_accounts")
        ),
        sa.ForeignKeyConstraint(["same_as_id"], ["tips.id"], name=op.f("fk_tips_same_as_id_tips")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_tips_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tips")),
    )
    op.create_index(op.f("ix_tips_created_at"), "tips", ["created_at"], unique=False)
    op.create_index(op.f("ix_tips_purge_on"), "tips", ["purge_on"], unique=False)
    op.create_index(op.f("ix_tips_same_as_id"), "tips", ["same_as_id"], unique=False)
    op.create_index(op.f("ix_tips_sender_index"), "tips", ["sender_index"], unique=False)
    op.create_index(op.f("ix_tips_unit_id"), "tips", ["unit_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tips_unit_id"), table_name="tips")
    op.drop_index(op.f("ix_tips_sender_index"), table_name="tips")
    op.drop_index(op.f("ix_tips_same_as_id"), table_name="tips")
    op.drop_index(op.f("ix_tips_purge_on"), table_name="tips")
    op.drop_index(op.f("ix_tips_created_at"), table_name="tips")
    op.drop_table("tips")
    op.drop_index(op.f("ix_redemptions_person_id"), table_name="redemptions")
    op.drop_index(op.f("ix_redemptions_account_id"), table_name="redemptions")
    op.drop_table("redemptions")
    op.drop_index(op.f("ix_point_entries_unit_id"), table_name="point_entries")
    op.drop_index(op.f("ix_point_entries_person_id"), table_name="point_entries")
    op.drop_index(op.f("ix_point_entries_at"), table_name="point_entries")
    op.drop_index(op.f("ix_point_entries_account_id"), table_name="point_entries")
    op.drop_table("point_entries")
    op.drop_index(op.f("ix_shop_items_unit_id"), table_name="shop_items")
    op.drop_table("shop_items")
