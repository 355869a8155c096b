"""Contact rings: about ten doors, and one of the neighbours who passes word on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("left_at IS NULL")
BEFORE = {"checkin": 3, "test": 4}  # the rung before which their ladders have a new one
DUTIES = sa.table("obligations", sa.column("kind"), sa.column("rung", KEY), sa.column("outcome"))


def upgrade() -> None:
    _shift(1)
    _create_rings()
    _create_homes()
    op.create_table(
        "ring_words",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("ring_id", KEY, nullable=False),
        sa.Column("word", sa.String(length=8), nullable=False),
        sa.Column("doors", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["ring_id"], ["rings.id"], name=op.f("fk_ring_words_ring_id_rings")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["accounts.id"], name=op.f("fk_ring_words_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring_words")),
    )
    for column in ("ring_id", "at"):
        op.create_index(op.f(f"ix_ring_words_{column}"), "ring_words", [column])


def _shift(by: int) -> None:
    """Whoever was told of what is open is not told again."""
    for kind, first in BEFORE.items():
        told = DUTIES.c.rung >= first if by > 0 else DUTIES.c.rung > first
        open_ = sa.and_(DUTIES.c.kind == kind, DUTIES.c.outcome.is_(None), told)
        op.execute(DUTIES.update().where(open_).values(rung=DUTIES.c.rung + by))


def _create_rings() -> None:
    op.create_table(
        "rings",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("head_id", KEY, nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", KEY, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_rings_unit_id_units")),
        sa.ForeignKeyConstraint(["head_id"], ["people.id"], name=op.f("fk_rings_head_id_people")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_rings_created_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rings")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_rings_unit_id_number")),
    )
    op.create_index(op.f("ix_rings_head_id"), "rings", ["head_id"])


def _create_homes() -> None:
    op.create_table(
        "ring_homes",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("ring_id", KEY, nullable=False),
        sa.Column("household_id", KEY, nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ring_id"], ["rings.id"], name=op.f("fk_ring_homes_ring_id_rings")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_ring_homes_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring_homes")),
    )
    for column in ("ring_id", "household_id"):
        op.create_index(op.f(f"ix_ring_homes_{column}"), "ring_homes", [column])
    op.create_index(
        "ix_ring_homes_open",
        "ring_homes",
        ["household_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    for table in ("ring_words", "ring_homes", "rings"):
        op.drop_table(table)
    _shift(-1)
