"""Brings every sealed value under the newest key, a few rows at a time, while the bot runs.

Which rows are still to be done is written in the rows themselves, so it can be broken off and
begun again at any point.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Row,
    Select,
    Table,
    TableClause,
    bindparam,
    column,
    func,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from models.crypto import Sealed, SealedBytes, seal_bytes, unseal_bytes
from models.session import Database
from models.tables import metadata

BATCH = 200

Rest = Callable[[], Awaitable[None]]


def sealed_columns(of: Table) -> list[str]:
    """The names of a table's encrypted columns."""
    return [c.name for c in of.columns if isinstance(c.type, Sealed | SealedBytes)]


def _sealed_tables() -> Iterator[Table]:
    return (found for found in metadata.sorted_tables if sealed_columns(found))


def _boxes(of: Table) -> TableClause:
    """The table as it lies on the disk: its key and its sealed values, not opened."""
    key = of.primary_key.columns[0]
    sealed = [column(name, LargeBinary()) for name in sealed_columns(of)]
    return table(of.name, column(key.name, key.type), *sealed)


def _key_byte(box: ColumnElement[bytes]) -> ColumnElement[bytes]:
    return func.substr(box, 2, 1, type_=LargeBinary())


async def keys_in_use(session: AsyncSession) -> set[int]:
    """Ids of all keys that some value is sealed with; looks at every row."""
    used: set[int] = set()
    for of in _sealed_tables():
        boxes = _boxes(of)
        for name in sealed_columns(of):
            found = await session.scalars(select(_key_byte(boxes.c[name])).distinct())
            used |= {byte[0] for byte in found if byte}
    return used


async def freeze(session: AsyncSession) -> None:
    """Until the transaction ends nobody seals anything; those who are at it have finished."""
    if session.get_bind().dialect.name == "postgresql":
        names = ", ".join(of.name for of in _sealed_tables())
        await session.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))


async def reseal(db: Database, key_id: int, rest: Rest) -> int:
    """Seal everything anew that `key_id`, the newest key, has not sealed; the number of rows.

    Short transactions, `rest` after each. Raises LockedError and InvalidTag for a value that the
    ring does not open; what was done until then stays.
    """
    total = 0
    while True:
        done = sum([await _reseal_table(db, of, key_id, rest) for of in _sealed_tables()])
        total += done
        if not done:
            async with db.read() as session:
                if await keys_in_use(session) <= {key_id}:
                    return total
            # Rows that somebody held are passed over, and met again.
            await rest()


async def _reseal_table(db: Database, of: Table, key_id: int, rest: Rest) -> int:
    done, after = 0, None
    while True:
        async with db.write() as session:
            rows = (await session.execute(_stale(of, key_id, after))).all()
            if rows:
                await _write(session, of, rows)
        if not rows:
            return done
        done, after = done + len(rows), rows[-1][0]
        await rest()


def _stale(of: Table, key_id: int, after: Any) -> Select[Any]:
    """The next rows with a value under another key.

    Nobody waits for us and we wait for nobody: locked rows are passed over, rows that refer to
    ours may be written.
    """
    boxes = _boxes(of)
    key, *sealed = boxes.c
    other = or_(*(_key_byte(box) != bytes((key_id,)) for box in sealed))
    query = select(boxes).where(other).order_by(key).limit(BATCH)
    if after is not None:
        query = query.where(key > after)
    return query.with_for_update(skip_locked=True, key_share=True)


async def _write(session: AsyncSession, of: Table, rows: Sequence[Row[Any]]) -> None:
    boxes, names = _boxes(of), sealed_columns(of)
    key = next(iter(boxes.c))
    change = (
        update(boxes)
        .where(key == bindparam("of_row", type_=key.type))
        .values({name: bindparam(f"new_{name}", type_=LargeBinary()) for name in names})
    )
    connection = await session.connection()
    await connection.execute(change, [_anew(of, names, row) for row in rows])


def _anew(of: Table, names: Sequence[str], row: Row[Any]) -> dict[str, Any]:
    """The parameters that seal one row under the newest key."""
    fresh: dict[str, Any] = {"of_row": row[0]}
    for name in names:
        box: bytes | None = getattr(row, name)
        place = f"{of.name}.{name}"
        fresh[f"new_{name}"] = None if box is None else seal_bytes(unseal_bytes(box, place), place)
    return fresh
