"""Statements that both databases take: many rows, many values, a lock's place in the queue."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Select,
    Table,
    any_,
    bindparam,
    cast,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
)
from sqlalchemy.orm import DeclarativeBase

from models.session import Column


async def count_on(connection: AsyncConnection, tables: Sequence[Table]) -> None:
    """Let the ids of new rows follow those that were written with ids of their own."""
    if connection.dialect.name == "sqlite":
        return  # it looks at the rows
    for table in tables:
        (key,) = table.primary_key.columns
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        await connection.execute(select(func.setval(sequence, func.max(key))))


def table_of(mapped: type[DeclarativeBase]) -> Table:
    """The table itself: many rows go into it faster than they become objects."""
    found = mapped.__table__
    assert isinstance(found, Table), "nothing of ours is mapped otherwise"
    return found


def among(session: AsyncSession, column: Column, values: Collection[Any]) -> ColumnElement[bool]:
    """Is the column one of these? One parameter however many they are: a thousand would cost more
    than the search."""
    dialect = session.get_bind().dialect.name
    return one_of(dialect, column, bindparam(None, packed(dialect, values)))


def one_of(dialect: str, column: Column, values: BindParameter[Any]) -> ColumnElement[bool]:
    """Is the column one of the `packed` values of a parameter?"""
    if dialect == "sqlite":
        listed = func.json_each(values).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(cast(values, ARRAY(column.type)))


def packed(dialect: str, values: Collection[Any]) -> Any:
    return json.dumps(list(values)) if dialect == "sqlite" else list(values)


def _key(table: type[DeclarativeBase]) -> ColumnElement[int]:
    (key,) = table_of(table).primary_key
    return key


@cache
def _last(tables: tuple[type[DeclarativeBase], ...]) -> Select[Any]:
    return select(*(select(func.max(_key(table))).scalar_subquery() for table in tables))


async def reserve(
    session: AsyncSession, wanted: Mapping[type[DeclarativeBase], int]
) -> list[Iterator[int]]:
    """Ids for so many rows of each table that are written in this transaction; nobody else's."""
    if session.get_bind().dialect.name == "sqlite":  # nobody else writes meanwhile
        last = await session.execute(_last(tuple(wanted)))
        return [itertools.count((at or 0) + 1) for at in last.one()]
    found = []
    for table, count in wanted.items():
        sequence = func.pg_get_serial_sequence(table.__tablename__, _key(table).key)
        fresh = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        found.append(iter(list(await session.scalars(fresh))))
    return found


async def insert_new(
    session: AsyncSession, table: type[DeclarativeBase], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows whose unique key is not there yet; the others are left as they are."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    await session.execute(insert(table).on_conflict_do_nothing(), list(rows))


async def queue_up(session: AsyncSession, names: Collection[str]) -> None:
    """Pass one after the other: until this transaction ends, nobody else gets by here with any of
    these names. SQLite has one writer, who queues anyway."""
    if session.get_bind().dialect.name == "sqlite" or not names:
        return
    # In one order for everybody, or two could wait for each other.
    await session.execute(
        text(
            "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended(name, 0)"
            " AS key FROM unnest(CAST(:names AS text[])) AS name ORDER BY key) AS sorted"
        ),
        {"names": list(names)},
    )
