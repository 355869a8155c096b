"""Posts that are manned, and the shifts of those who stand there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "posts",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("located", sa.Boolean(), nullable=False),
        sa.Column("nightly", sa.Boolean(), nullable=False),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_posts_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_unit_id"), "posts", ["unit_id"], unique=False)
    op.create_table(
        "shifts",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("rota_id", KEY, nullable=True),
        sa.Column("assignment_id", KEY, nullable=True),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("asked_id", KEY, nullable=True),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("distance_m", KEY, nullable=True),
        sa.Column("signed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_shifts_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["asked_id"], ["accounts.id"], name=op.f("fk_shifts_asked_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_shifts_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_shifts_post_id_posts")),
        sa.ForeignKeyConstraint(
            ["rota_id"], ["assignments.id"], name=op.f("fk_shifts_rota_id_assignments")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_shifts_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint(
            "post_id", "since_at", "rota_id", name=op.f("uq_shifts_post_id_since_at_rota_id")
        ),
    )
    op.create_index(op.f("ix_shifts_account_id"), "shifts", ["account_id"], unique=False)
    op.create_index(op.f("ix_shifts_assignment_id"), "shifts", ["assignment_id"], unique=False)
    op.create_index(op.f("ix_shifts_since_at"), "shifts", ["since_at"], unique=False)
    op.create_index(op.f("ix_shifts_unit_id"), "shifts", ["unit_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_shifts_unit_id"), table_name="shifts")
    op.drop_index(op.f("ix_shifts_since_at"), table_name="shifts")
    op.drop_index(op.f("ix_shifts_assignment_id"), table_name="shifts")
    op.drop_index(op.f("ix_shifts_account_id"), table_name="shifts")
    op.drop_table("shifts")
    op.drop_index(op.f("ix_posts_unit_id"), table_name="posts")
    op.drop_table("posts")
