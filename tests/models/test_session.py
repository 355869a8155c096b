"""Transactions, outages and instants: the same promises on both databases."""

from __future__ import annotations

import asyncio
import errno
from datetime import datetime, timedelta
from pathlib import Path
from socket import gaierror
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from models.inbox import Conversation, Cursor
from models.session import Database, is_outage, refusal
from models.statements import insert_new

AT = datetime(2022, 7, 4, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


async def positions(db: Database) -> dict[str, int]:
    async with db.read() as session:
        found = await session.execute(select(Cursor.channel, Cursor.position))
        return {row.channel: row.position for row in found}


async def test_a_transaction_is_kept_at_the_end_of_its_block(db: Database) -> None:
    async with db.write() as session:
        session.add(Cursor(channel="a", position=1))
    assert await positions(db) == {"a": 1}


async def test_an_exception_takes_everything_back(db: Database) -> None:
    async def fail() -> None:
        async with db.write() as session:
            session.add(Cursor(channel="a", position=1))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await positions(db) == {}


async def test_a_cancelled_transaction_takes_everything_back_and_blocks_nobody(
    db: Database,
) -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        async with db.write() as session:
            session.add(Cursor(channel="a", position=1))
            await session.flush()
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), db.write() as session:
        session.add(Cursor(channel="b", position=2))
    assert await positions(db) == {"b": 2}


async def test_a_look_does_not_see_what_is_not_committed_and_does_not_wait(db: Database) -> None:
    async with db.write() as session:
        session.add(Cursor(channel="a", position=1))
        await session.flush()
        async with asyncio.timeout(5):
            assert await positions(db) == {}
    assert await positions(db) == {"a": 1}


async def test_writers_of_the_same_row_lose_no_increment(db: Database) -> None:
    async with db.write() as session:
        session.add(Cursor(channel="a", position=0))

    async def increment() -> None:
        async with db.write() as session:
            row = await session.scalar(
                select(Cursor).where(Cursor.channel == "a").with_for_update()
            )
            assert row is not None
            await asyncio.sleep(0)
            row.position += 1

    await asyncio.gather(*(increment() for _ in range(20)))
    assert await positions(db) == {"a": 20}


async def test_two_processes_queue_for_the_one_writer_of_sqlite(tmp_path: Path) -> None:
    """Each process has a turnstile of its own; between them the file's lock is waited for."""
    url = f"sqlite+aiosqlite:///{tmp_path}/two.db"
    one, two = Database(url), Database(url)
    async with one.write() as session:
        await session.execute(text("CREATE TABLE t (n INTEGER)"))
        await session.execute(text("INSERT INTO t VALUES (0)"))

    async def increment(db: Database) -> None:
        async with db.write() as session:
            n = await session.scalar(text("SELECT n FROM t"))
            await session.execute(text("UPDATE t SET n = :n"), {"n": n + 1})

    await asyncio.gather(*(increment(db) for db in (one, two) * 10))
    async with two.read() as session:
        assert await session.scalar(text("SELECT n FROM t")) == 20
    await one.close()
    await two.close()


async def test_sqlite_keeps_an_acknowledged_answer_through_a_power_cut(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/safe.db")
    async with db.write() as session:
        found = [
            await session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    await db.close()
    assert found == ["wal", 2, 1]


async def test_insert_new_leaves_what_is_there_as_it_was(db: Database) -> None:
    async with db.write() as session:
        await insert_new(session, Cursor, [{"channel": "a", "position": 1}])
        rows = [{"channel": "a", "position": 9}, {"channel": "b", "position": 2}]
        await insert_new(session, Cursor, rows)
        await insert_new(session, Cursor, [])
    assert await positions(db) == {"a": 1, "b": 2}


async def test_insert_new_takes_the_first_of_two_equal_keys(db: Database) -> None:
    rows = [{"channel": "a", "position": 1}, {"channel": "a", "position": 2}]
    async with db.write() as session:
        await insert_new(session, Cursor, rows)
    assert await positions(db) == {"a": 1}


async def test_ten_thousand_rows_go_in_at_once(db: Database) -> None:
    rows = [{"chat": f"c:{n}", "handled_id": 0, "live": ""} for n in range(10_000)]
    async with db.write() as session:
        await insert_new(session, Conversation, rows)
        assert await session.scalar(select(func.count()).select_from(Conversation)) == 10_000


async def test_an_instant_comes_back_in_utc_whatever_zone_it_went_in_with(db: Database) -> None:
    async with db.write() as session:
        session.add(Conversation(chat="c:1", draft_at=AT))
    async with db.read() as session:
        found = await session.scalar(select(Conversation.draft_at))
    assert found == AT
    assert found.utcoffset() == timedelta()


async def test_an_instant_without_a_zone_is_a_bug(db: Database) -> None:
    naive = select(Conversation).where(Conversation.draft_at == AT.replace(tzinfo=None))
    async with db.read() as session:
        with pytest.raises(StatementError, match="needs a time zone"):
            await session.execute(naive)


@pytest.mark.parametrize(
    "statement", ["SELECT 1 FROM nowhere", "SELEKT 1", "INSERT INTO cursors VALUES ('a', 2)"]
)
async def test_a_wrong_statement_is_a_bug_and_no_outage(db: Database, statement: str) -> None:
    async with db.write() as session:
        session.add(Cursor(channel="a", position=1))
    async with db.read() as session:
        with pytest.raises(DBAPIError) as failed:
            await session.execute(text(statement))
    assert not is_outage(failed.value)


@pytest.mark.parametrize(
    "state",
    [
        "53100",  # the disk is full
        "53300",  # too many connections
        "57P01",  # shut down
        "57P03",  # starting up
        "40P01",  # a deadlock, and it was us who had to go
        "58030",  # input and output
        "25006",  # read only, in the middle of a failover
    ],
)
async def test_what_passes_by_itself_on_postgresql_is_an_outage(db: Database, state: str) -> None:
    if db.embedded:
        pytest.skip("SQLite has codes of its own")
    raised = text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")
    with pytest.raises(DBAPIError) as failed:
        async with db.write() as session:
            await session.execute(raised)
    assert (is_outage(failed.value), refusal(failed.value)) == (True, "")


async def test_a_connection_that_the_server_ends_is_an_outage(db: Database) -> None:
    if db.embedded:
        pytest.skip("a file has no connection to lose")
    with pytest.raises(DBAPIError) as failed:
        async with db.write() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert is_outage(failed.value)
    async with db.write() as session:  # and the next one is a new connection
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_full_file_is_an_outage_and_no_refusal(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/full.db")
    async with db.write() as session:
        await session.execute(text("CREATE TABLE t (x TEXT)"))
        await session.execute(text("PRAGMA max_page_count = 4"))
    with pytest.raises(OperationalError) as full:
        async with db.write() as session:
            await session.execute(text("INSERT INTO t VALUES (:x)"), {"x": "x" * 100_000})
    assert (is_outage(full.value), refusal(full.value)) == (True, "")
    await db.close()


async def test_who_is_turned_away_is_told_from_who_has_to_wait(tmp_path: Path) -> None:
    (tmp_path / "not-ours.db").write_bytes(b"something else " * 100)
    for name in ("no/such/folder/x.db", "not-ours.db"):
        db = Database(f"sqlite+aiosqlite:///{tmp_path}/{name}")
        with pytest.raises(DBAPIError) as turned_away:
            async with db.write() as session:
                await session.execute(text("SELECT 1"))
        assert refusal(turned_away.value) == "file"
        await db.close()


async def test_a_database_of_which_the_server_knows_nothing_is_a_refusal(bare_url: str) -> None:
    url = make_url(bare_url)
    if url.get_backend_name() == "sqlite":
        pytest.skip("SQLite makes its file")
    for wrong, why in (
        (url.set(database="gridbot_test_nowhere"), "name"),
        (url.set(username="nobody_at_all"), "login"),
    ):
        db = Database(wrong.render_as_string(hide_password=False))
        with pytest.raises(DBAPIError) as refused:
            async with db.read() as session:
                await session.execute(text("SELECT 1"))
        assert refusal(refused.value) == why
        await db.close()


def test_an_exception_of_ours_is_no_outage() -> None:
    assert not is_outage(ValueError("ours"))
    assert not is_outage(FileNotFoundError("ours"))


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        OSError(errno.EHOSTUNREACH, "no way there"),
        OSError("Multiple exceptions: [...]"),  # a name with two addresses, and nobody at either
        gaierror("no such name, yet"),
    ],
)
def test_a_network_without_the_database_is_an_outage_and_no_refusal(error: OSError) -> None:
    assert (is_outage(error), refusal(error)) == (True, "")


async def test_a_database_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    for url in (
        f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/x.db",
        "postgresql+asyncpg://nobody@127.0.0.1:1/none",
    ):
        db = Database(url)
        with pytest.raises((OperationalError, OSError)) as away:
            async with db.read() as session:
                await session.execute(text("SELECT 1"))
        assert is_outage(away.value)
        await db.close()


async def test_a_locked_file_is_an_outage(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/locked.db"
    one, two = Database(url), Database(url)
    _impatient(two)
    async with one.write() as holder:
        await holder.execute(text("CREATE TABLE t (n INTEGER)"))
        with pytest.raises(OperationalError) as locked:
            async with two.write() as session:
                await session.execute(text("SELECT 1"))
    assert is_outage(locked.value)
    await one.close()
    await two.close()


def _impatient(db: Database) -> None:
    @event.listens_for(db.engine.sync_engine, "connect")
    def _connect(connection: object, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=10")  # type: ignore[attr-defined]
