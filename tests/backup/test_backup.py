"""A backup under traffic is one moment; restored anywhere, the bot goes on from it."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cases import ZONE, person_of
from cast import CHANNEL
from rows import add_row
from sqlalchemy import insert, select, update
from vault import Vault, answer, digest, pairs, rows_of, said, sizes, torn

from bot.app import database
from bot.backup import backup, restore
from bot.keys import write_ring
from bot.settings import Settings
from models import archive, audit, tables
from models.archive import Archive
from models.crypto import KeyRing
from models.messages import UserError
from models.migrations.history import tables_at
from models.migrations.upgrade import at_head, upgrade
from models.outbox import OutboxRow
from models.session import Database
from models.units import Level, add_unit
from scheduler.sweep import tick

NOW = datetime(2022, 7, 4, tzinfo=UTC)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    db = Database(settings.database)
    try:
        yield db
    finally:
        await db.close()


async def test_a_backup_under_traffic_is_one_moment_and_the_bot_goes_on_from_it(
    vault: Vault, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = archive._dump_table
    async with vault.traffic() as written:

        async def between(*arguments: Any) -> archive.Part:
            await written.grow()  # no table is read before somebody has written once more
            return await dump(*arguments)

        monkeypatch.setattr(archive, "_dump_table", between)
        await vault.backup()
    with Archive(vault.path) as found_in_it:
        kept = found_in_it.manifest
    await vault.restore(elsewhere)
    async with database(elsewhere) as db:
        async with db.read() as session:
            found = await sizes(session)
            letters, lines = await pairs(session)
            numbers = await digest(session, vault.now)
            assert await torn(session) == []
            assert await audit.broken_seal(session) is None
            assert found["audit_seals"] > 0
        # One line of the audit says that this was restored.
        assert found == {name: part.rows for name, part in kept.tables.items()} | {
            "audit": kept.tables["audit"].rows + 1
        }
        assert letters == lines
        assert len(letters) > 2
        assert (numbers.mismatches(), numbers["observed.now"]) == ([], 1)
        await answer(db, vault.now, "王芳")  # what had arrived, and was not answered yet
        assert await said(db, vault.now, "王芳", "王芳:0", "/help") == 0, "it was taken before"
        assert await said(db, vault.now, "王芳", "new", "/help") == 1
        assert await tick(db, vault.now + timedelta(days=2), ZONE) > 0
        async with db.write() as session:
            assert (await person_of(session, "陈建国")).name == "陈建国"
            await add_unit(session, "new", "新", Level.GRID)
            assert await torn(session) == []


async def test_every_value_comes_back_as_it_was(vault: Vault, elsewhere: Settings) -> None:
    """Of all tables and types; what a restore itself changes is named."""
    await tick(vault.db, vault.now + timedelta(days=1, hours=9), ZONE)
    async with vault.db.write() as session:
        for table in tables.metadata.sorted_tables:
            if table.name not in EMPTY and not await rows_of(session, table):
                await add_row(session, table, {}, vault.now)
    await vault.backup()
    await vault.restore(elsewhere)
    async with opened(elsewhere) as db, db.read() as new, vault.db.read() as old:
        for table in tables.metadata.sorted_tables:
            before, after = await rows_of(old, table), await rows_of(new, table)
            if table.name == "cursors":
                assert [(row.channel, row.position) for row in after] == [(CHANNEL, 0)]
            elif table.name == "audit":
                assert after[:-1] == before
                assert after[-1].action == "restored"
            else:
                assert after == before, table.name
                assert before or table.name in EMPTY


# Tables that only the conversations themselves fill.
EMPTY = {"audit_seals", "conversations", "inbox"}


async def test_what_was_said_since_the_backup_is_repeated_once_and_no_more(
    vault: Vault, laptop: Settings
) -> None:
    await vault.backup()
    later = vault.now + timedelta(days=1, hours=9)
    await tick(vault.db, later, ZONE)
    await vault.restore(laptop)
    async with opened(laptop) as db:
        await tick(db, later, ZONE)
        async with db.read() as new, vault.db.read() as old:
            keys = select(OutboxRow.dedupe_key).order_by(OutboxRow.dedupe_key)
            since, repeated = list(await old.scalars(keys)), list(await new.scalars(keys))
        assert since == repeated != []
        await tick(db, later, ZONE)
        async with db.read() as session:
            assert list(await session.scalars(keys)) == repeated


async def test_a_message_on_its_way_is_anybodys_after_a_restore(
    vault: Vault, laptop: Settings
) -> None:
    await tick(vault.db, vault.now + timedelta(days=1, hours=9), ZONE)
    async with vault.db.write() as session:
        far = vault.now + timedelta(days=99)
        await session.execute(update(OutboxRow).values(claimed_until_at=far))
    await vault.backup()
    await vault.restore(laptop)
    async with opened(laptop) as db, db.read() as session:
        assert set(await session.scalars(select(OutboxRow.claimed_until_at))) == {None}


async def test_new_rows_follow_the_old_ones_in_every_table(
    kept: Vault, elsewhere: Settings
) -> None:
    await kept.restore(elsewhere)
    async with opened(elsewhere) as db, db.write() as session:
        for table in tables.metadata.sorted_tables:
            rows = await rows_of(session, table)
            if "id" in table.columns and rows:
                last = rows[-1]._asdict()
                unique = {c.name for c in table.columns if c.unique}
                fresh = last | dict.fromkeys(unique, "new")
                del fresh["id"]
                made = await session.execute(insert(table).values(**fresh))
                assert made.inserted_primary_key == (last["id"] + 1,), table.name


async def test_a_database_of_an_older_program_is_kept_as_it_is_and_upgraded_when_restored(
    bare_url: str, laptop: Settings, tmp_path: Path, keys: KeyRing
) -> None:
    old = Settings(data_dir=laptop.data_dir, database_url=bare_url)
    async with opened(old) as db:
        async with db.engine.begin() as connection:
            await connection.run_sync(upgrade, "0001")
            units = tables_at("0001").tables["units"]
            row = {"id": 1, "code": "QH", "name": "清河区", "level": "district", "path": "/1/"}
            more = {"digest_time": time(17, 30), "packs": ["mpox-cn"], "settings": {}}
            await connection.execute(units.insert(), [{**row, **more}])
        path = tmp_path / "old.backup"
        await backup(old, path, NOW, [].append)
        assert not await at_head(db)
    new = Settings(data_dir=tmp_path / "new", database_url="")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "keys.json").write_text(keys.dump())
    await restore(new, path, NOW, [].append)
    async with opened(new) as db:
        assert await at_head(db)
        async with db.read() as session:
            (unit,) = await rows_of(session, tables.metadata.tables["units"])
        assert (unit.name, unit.packs) == ("清河区", ["mpox-cn"])


# -- the file ------------------------------------------------------------------------------------


async def test_the_file_is_for_its_owner_and_opens_nothing_by_itself(small: Vault) -> None:
    await small.backup()
    assert stat.S_IMODE(small.path.stat().st_mode) == 0o600
    assert [found.name for found in small.path.parent.iterdir()] == [small.path.name]
    with ZipFile(small.path) as file:
        assert "keys.json" not in file.namelist()
        inside = b"".join(file.read(name) for name in file.namelist())
    for told in ("13812345682", "510107195804122015", "5栋1单元301", "13900000001"):
        assert told.encode() not in inside
    assert small.said == ["backup.done", "backup.keys_apart"]


async def test_a_backup_with_keys_sets_up_a_machine_that_has_none(
    small: Vault, tmp_path: Path, keys: KeyRing
) -> None:
    await small.backup(with_keys=True)
    fresh = Settings(data_dir=tmp_path / "fresh")
    await small.restore(fresh)
    assert fresh.key_ring() == keys
    assert stat.S_IMODE(fresh.key_file.stat().st_mode) == 0o600
    async with database(fresh) as db, db.read() as session:
        assert (await person_of(session, "陈建国")).name == "陈建国"
    assert small.said == ["backup.done", "backup.keys_inside", "restore.keys_made", "restore.done"]


async def test_a_file_that_is_there_is_not_written_over(small: Vault) -> None:
    small.path.parent.mkdir()
    small.path.write_text("mine")
    with pytest.raises(UserError, match=r"backup\.exists"):
        await small.backup()
    assert small.path.read_text() == "mine"


async def test_a_backup_that_fails_leaves_no_file(
    small: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.files.os.fsync", full)
    with pytest.raises(UserError, match=r"backup\.unwritable"):
        await small.backup()
    assert list(small.path.parent.iterdir()) == []


async def test_a_key_that_is_not_on_the_ring_is_missed_before_it_is_needed(small: Vault) -> None:
    write_ring(small.settings.key_file, KeyRing({2: b"x" * 32}, b"i" * 32))
    with pytest.raises(UserError, match=r"backup\.key_missing"):
        await small.backup()
    assert list(small.path.parent.iterdir()) == []


async def test_without_a_database_or_keys_there_is_nothing_to_keep(
    tmp_path: Path, elsewhere: Settings
) -> None:
    with pytest.raises(UserError, match=r"backup\.no_database"):
        await backup(elsewhere, tmp_path / "x", NOW, [].append)
    elsewhere.key_file.unlink()
    with pytest.raises(UserError, match=r"run\.key_missing"):
        await backup(elsewhere, tmp_path / "x", NOW, [].append)
    assert not (tmp_path / "x").exists()
