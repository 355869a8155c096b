"""How people belong to their doors: residence, special groups, tenancies, who moved out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("people", sa.Column("residence", sa.String(10), nullable=True))
    op.add_column("people", sa.Column("care", sa.LargeBinary(), nullable=True))
    for instant in ("listed_at", "moved_out_at"):
        op.add_column("people", sa.Column(instant, sa.DateTime(timezone=True), nullable=True))
    # Until now only a list gave somebody a household.
    op.execute("UPDATE people SET listed_at = created_at WHERE household_id IS NOT NULL")
    op.create_table(
        "tenancies",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("household_id", KEY, nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("landlord_name", sa.LargeBinary(), nullable=True),
        sa.Column("landlord_phone", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_tenancies_household_id_households"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_tenancies_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenancies")),
    )
    for column in ("person_id", "household_id", "until_on"):
        op.create_index(op.f(f"ix_tenancies_{column}"), "tenancies", [column])


def downgrade() -> None:
    op.drop_table("tenancies")
    with op.batch_alter_table("people") as people:
        for column in ("moved_out_at", "listed_at", "care", "residence"):
            people.drop_column(column)
