"""Buildings in their walking order, each door's place in one, and the visits to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "buildings",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("downwards", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_buildings_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buildings")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_buildings_unit_id_name")),
    )
    with op.batch_alter_table("households") as batch_op:
        batch_op.add_column(sa.Column("building_id", KEY, nullable=True))
        batch_op.add_column(sa.Column("position", KEY, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_households_building_id_buildings"), "buildings", ["building_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_households_building_id"), ["building_id"])
    op.create_table(
        "visits",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("household_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found", sa.String(length=8), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_visits_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_visits_household_id_households")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_visits_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_household_id"), "visits", ["household_id"])
    op.create_index("ix_visits_unit_at", "visits", ["unit_id", "at"])


def downgrade() -> None:
    op.drop_table("visits")
    with op.batch_alter_table("households") as batch_op:
        batch_op.drop_index(op.f("ix_households_building_id"))
        batch_op.drop_constraint(op.f("fk_households_building_id_buildings"), type_="foreignkey")
        batch_op.drop_column("position")
        batch_op.drop_column("building_id")
    op.drop_table("buildings")
