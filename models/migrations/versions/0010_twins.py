"""Likely twins: how names sound and look, the pairs, and what merged rows were known as."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in ("sound_index", "look_index"):
        op.add_column("people", sa.Column(column, sa.String(32), nullable=True))
        op.create_index(op.f(f"ix_people_{column}"), "people", [column])
    op.create_table(
        "twins",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("first_id", KEY, nullable=False),
        sa.Column("second_id", KEY, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parted_by", KEY, nullable=True),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_twins_ordered")),
        sa.ForeignKeyConstraint(["first_id"], ["people.id"], name=op.f("fk_twins_first_id_people")),
        sa.ForeignKeyConstraint(
            ["second_id"], ["people.id"], name=op.f("fk_twins_second_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["parted_by"], ["accounts.id"], name=op.f("fk_twins_parted_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_twins")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_twins_first_id_second_id")),
    )
    for column in ("second_id", "parted_at"):
        op.create_index(op.f(f"ix_twins_{column}"), "twins", [column])
    op.create_table(
        "known_as",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_known_as_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_as")),
        sa.UniqueConstraint("mark", name=op.f("uq_known_as_mark")),
    )
    op.create_index(op.f("ix_known_as_person_id"), "known_as", ["person_id"])


def downgrade() -> None:
    op.drop_table("known_as")
    op.drop_table("twins")
    for column in ("look_index", "sound_index"):
        op.drop_index(op.f(f"ix_people_{column}"), "people")
        with op.batch_alter_table("people") as people:
            people.drop_column(column)
