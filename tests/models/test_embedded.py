"""SQLite's connection: whole answers however long, the driver's counts, one visit a statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.embedded import AHEAD, Connection
from models.session import Database

MANY = AHEAD * 2 + 7
NUMBERS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
    " SELECT i FROM n"
)


@pytest.fixture
async def file(tmp_path: Path) -> Any:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with db.write() as session:
        await session.execute(text("CREATE TABLE t (i INTEGER PRIMARY KEY)"))
        await session.execute(text("INSERT INTO t VALUES (:i)"), [{"i": i} for i in range(3)])
    yield db
    await db.close()


@pytest.mark.parametrize("last", [1, AHEAD, MANY])
async def test_an_answer_is_whole_however_long_it_is(file: Database, last: int) -> None:
    async with file.read() as session:
        found = list(await session.scalars(NUMBERS, {"last": last}))
    assert found == list(range(1, last + 1))
    async with file.snapshot() as connection, connection.stream(NUMBERS, {"last": last}) as rows:
        assert [row.i async for row in rows] == found


async def test_rows_are_counted_as_the_driver_counts_them(file: Database) -> None:
    async with file.write() as session:
        changed = await session.execute(text("UPDATE t SET i = i + 10 WHERE i > 0"))
        assert changed.rowcount == 2  # type: ignore[attr-defined]
        gone = await session.execute(text("DELETE FROM t WHERE i > 10 RETURNING i"))
        assert sorted(gone.scalars()) == [11, 12]


async def test_what_fails_leaves_the_connection_usable(file: Database) -> None:
    async def twice() -> None:
        async with file.write() as session:
            await session.execute(text("DELETE FROM t"))
            for _ in range(2):
                await session.execute(text("INSERT INTO t VALUES (1)"))

    with pytest.raises(IntegrityError):
        await twice()
    async with file.write() as session:
        assert list(await session.scalars(text("SELECT i FROM t"))) == [0, 1, 2]


async def test_a_statement_is_one_visit_to_the_thread(
    file: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits: list[str] = []
    visit = Connection.visit

    async def counted(self: Connection, function: Any, *args: Any) -> Any:
        visits.append(function.__name__)
        return await visit(self, function, *args)

    monkeypatch.setattr(Connection, "visit", counted)
    async with file.write() as session:
        assert list(await session.scalars(text("SELECT i FROM t"))) == [0, 1, 2]
    assert visits == ["_run", "_run"]  # BEGIN and the query
