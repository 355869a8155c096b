"""Writes many rows into a table at once: the statement is made once, and values are made what the
driver takes, or sealed, a column at a time. SQLAlchemy would do all of it again for every row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Column, Dialect, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from models.crypto import Sealed, seal_all
from models.statements import table_of

Ready: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]


async def insert_rows(
    session: AsyncSession,
    mapped: type[DeclarativeBase],
    names: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    always: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows whose values stand in the order of `names`; `always` are columns, none of them
    sealed, that all have alike."""
    if not rows:
        return
    told: dict[str, Sequence[Any]] = dict(zip(names, zip(*rows, strict=True), strict=True))
    alike = always or {}
    connection = await session.connection()
    statement, readied = _prepared(mapped, (*names, *alike), connection.dialect)
    written = {
        name: ready(told[name]) if name in told else (*ready((alike[name],)),) * len(rows)
        for name, ready in readied.items()
    }
    await connection.exec_driver_sql(statement, list(zip(*written.values(), strict=True)))


@lru_cache(maxsize=32)
def _prepared(
    mapped: type[DeclarativeBase], names: tuple[str, ...], dialect: Dialect
) -> tuple[str, Mapping[str, Ready]]:
    """The statement, and how the values of each column are made ready, in its order."""
    table = table_of(mapped)
    made = insert(table).compile(dialect=dialect, column_keys=list(names))
    order = made.positiontup or []
    assert set(order) == set(names), "a column with a default of its own is told as well"
    return str(made), {name: _ready(table.columns[name], dialect) for name in order}


def _ready(column: Column[Any], dialect: Dialect) -> Ready:
    kind = column.type
    if isinstance(kind, Sealed):
        place = kind.place
        return lambda values: seal_all(values, place)
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return lambda values: values
    return lambda values: [process(value) for value in values]
