"""Volunteers, the requests that they are asked for, and shifts that they stand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def upgrade() -> None:
    _create_volunteers()
    _create_tasks()
    _create_calls()
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("volunteer_id", KEY, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_shifts_volunteer_id_volunteers"),
            "volunteers",
            ["volunteer_id"],
            ["id"],
        )
        batch_op.create_index(batch_op.f("ix_shifts_volunteer_id"), ["volunteer_id"])


def _create_volunteers() -> None:
    op.create_table(
        "volunteers",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=32), nullable=True),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("offered_at", AT, nullable=False),
        sa.Column("confirmed_at", AT, nullable=True),
        sa.Column("confirmed_by", KEY, nullable=True),
        sa.Column("paused_at", AT, nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        _refers("volunteers", "unit_id", "units"),
        _refers("volunteers", "account_id", "accounts"),
        _refers("volunteers", "person_id", "people"),
        _refers("volunteers", "confirmed_by", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteers")),
    )
    for column in ("unit_id", "account_id", "person_id", "phone_index"):
        op.create_index(op.f(f"ix_volunteers_{column}"), "volunteers", [column])


def _create_tasks() -> None:
    op.create_table(
        "volunteer_tasks",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("obligation_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("by_id", KEY, nullable=False),
        sa.Column("offered_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=True),
        sa.Column("accepted_at", AT, nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("ended", sa.String(length=8), nullable=True),
        sa.Column("minutes", KEY, nullable=True),
        _refers("volunteer_tasks", "obligation_id", "obligations"),
        _refers("volunteer_tasks", "unit_id", "units"),
        _refers("volunteer_tasks", "by_id", "accounts"),
        _refers("volunteer_tasks", "volunteer_id", "volunteers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_tasks")),
    )
    for column in ("obligation_id", "unit_id", "volunteer_id"):
        op.create_index(op.f(f"ix_volunteer_tasks_{column}"), "volunteer_tasks", [column])


def _create_calls() -> None:
    op.create_table(
        "volunteer_calls",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("task_id", KEY, nullable=False),
        sa.Column("volunteer_id", KEY, nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("declined_at", AT, nullable=True),
        _refers("volunteer_calls", "task_id", "volunteer_tasks"),
        _refers("volunteer_calls", "volunteer_id", "volunteers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_calls")),
        sa.UniqueConstraint(
            "task_id", "volunteer_id", name=op.f("uq_volunteer_calls_task_id_volunteer_id")
        ),
    )
    op.create_index(op.f("ix_volunteer_calls_volunteer_id"), "volunteer_calls", ["volunteer_id"])


def downgrade() -> None:
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shifts_volunteer_id"))
        batch_op.drop_constraint(
            batch_op.f("fk_shifts_volunteer_id_volunteers"), type_="foreignkey"
        )
        batch_op.drop_column("volunteer_id")
    op.drop_table("volunteer_calls")
    op.drop_table("volunteer_tasks")
    op.drop_table("volunteers")
