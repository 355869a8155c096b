"""A row of any table there is, so that what is promised of every table is tried on every table."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import count
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    LargeBinary,
    String,
    Table,
    Time,
    insert,
)
from sqlalchemy.ext.asyncio import AsyncSession

from models.base import Instant
from models.crypto import Sealed, SealedBytes

_serial = count(1_000_000)


async def add_row(session: AsyncSession, table: Table, given: dict[str, Any], now: datetime) -> int:
    """A row of any table, with something in whatever must not be empty."""
    row = dict(given)
    for column in table.columns:
        if (
            column.name in row
            or column.nullable
            or (column.primary_key and column.autoincrement is True)
        ):
            continue
        if column.primary_key and not column.foreign_keys and not isinstance(column.type, String):
            continue
        row[column.name] = await _value(session, column, now)
    done = await session.execute(insert(table).values(row))
    return int(done.inserted_primary_key[0]) if "id" in table.columns else 0


async def _value(session: AsyncSession, column: Column[Any], now: datetime) -> Any:
    for key in column.foreign_keys:
        return await add_row(session, key.column.table, {}, now)
    match column.type:
        case SealedBytes():
            return b"kept"
        case Sealed():
            return "{}"
        case LargeBinary():
            return b""
        case String():
            return str(next(_serial))[: column.type.length or 20]
        case Instant():
            return now
        case Date():
            return date(2022, 7, 4)
        case Time():
            return time(8)
        case Boolean():
            return False
        case JSON():
            return {}
        case _:
            return next(_serial)
