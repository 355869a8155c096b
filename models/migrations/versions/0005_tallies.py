"""What filed records count for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("register", sa.String(length=40), nullable=False),
        sa.Column("figure", sa.String(length=40), nullable=False),
        sa.Column("unit_id", _NUMBER, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n", _NUMBER, nullable=False),
        sa.Column("submission_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_tallies_submission_id_submissions"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_tallies_unit_id_units"),
        sa.PrimaryKeyConstraint("id", name="pk_tallies"),
    )
    op.create_index("ix_tallies_unit_at", "tallies", ["unit_id", "at"])
    op.create_index("ix_tallies_submission_id", "tallies", ["submission_id"])


def downgrade() -> None:
    op.drop_table("tallies")
