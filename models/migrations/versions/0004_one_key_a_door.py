"""Finds each household by the new key of its address, which all spellings share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.addresses import parse
from models.crypto import blind_index, unseal

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BATCH = 1000
PLACE = "households.address"
HOUSEHOLDS = sa.table(
    "households",
    sa.column("id", sa.BigInteger()),
    sa.column("address", sa.LargeBinary()),
    sa.column("address_index", sa.String()),
)


def upgrade() -> None:
    connection, last = op.get_bind(), 0
    while rows := _after(connection, last):
        change = (
            sa.update(HOUSEHOLDS)
            .where(HOUSEHOLDS.c.id == sa.bindparam("of"))
            .values(address_index=sa.bindparam("found_by"))
        )
        keys = [(row.id, parse(unseal(row.address, PLACE)).key) for row in rows]
        connection.execute(
            change, [{"of": row_id, "found_by": blind_index(key, PLACE)} for row_id, key in keys]
        )
        last = rows[-1].id


def _after(connection: sa.Connection, last: int) -> Sequence[Any]:
    """The next households by id."""
    query = sa.select(HOUSEHOLDS.c.id, HOUSEHOLDS.c.address)
    later = query.where(HOUSEHOLDS.c.id > last).order_by(HOUSEHOLDS.c.id).limit(BATCH)
    return connection.execute(later).all()


def downgrade() -> None:
    """The old key is gone with the program that made it; doors are found again by the new one."""
