"""A restore lands whole or not at all, and refuses whatever would do harm."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cases import person_of
from sqlalchemy import text
from vault import Vault, rows_of, sizes

from bot.keys import write_ring
from bot.settings import Settings
from models import tables
from models.archive import Archive
from models.crypto import KeyRing
from models.messages import UserError
from models.session import Database
from scheduler.leader import Leadership

UNITS = tables.metadata.tables["units"]


async def contents(db: Database) -> dict[str, int]:
    async with db.read() as session:
        return await sizes(session)


async def test_a_database_that_is_not_empty_is_left_alone_unless_told(
    kept: Vault, elsewhere: Settings
) -> None:
    await kept.restore(elsewhere)
    db = Database(elsewhere.database)
    async with db.write() as session:
        (await person_of(session, "陈建国")).name = "改名"
        # The database may be shared with others, whose tables stay.
        await session.execute(text("CREATE TABLE somebody_elses (id INTEGER)"))
    with pytest.raises(UserError, match=r"restore\.not_empty"):
        await kept.restore(elsewhere)
    async with db.read() as session:
        assert (await person_of(session, "陈建国")).name == "改名"
    await db.close()
    await kept.restore(elsewhere, replace=True)
    async with db.read() as session:
        assert (await person_of(session, "陈建国")).name == "陈建国"
        assert list(await session.execute(text("SELECT * FROM somebody_elses"))) == []
    await db.close()


async def test_while_a_bot_leads_nothing_is_restored(kept: Vault, elsewhere: Settings) -> None:
    db = Database(elsewhere.database)
    async with Leadership(db) as leadership:
        assert await leadership.take()
        with pytest.raises(UserError, match=r"restore\.running"):
            await kept.restore(elsewhere)
    await db.close()
    await kept.restore(elsewhere)


@pytest.mark.parametrize("replace", [False, True])
async def test_a_restore_that_is_killed_in_the_middle_leaves_what_was_there(
    kept: Vault, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch, replace: bool
) -> None:
    class Killed(Exception):
        pass

    if replace:
        await kept.restore(elsewhere)
    whole = Archive.batches
    seen: list[str] = []

    def dying(archive: Archive, table: Any) -> Iterator[list[dict[str, Any]]]:
        seen.append(table.name)
        if seen.count("people") == 2:  # the first time it was only looked through
            raise Killed
        yield from whole(archive, table)

    monkeypatch.setattr(Archive, "batches", dying)
    db = Database(elsewhere.database)
    before = await contents(db) if replace else {}
    await db.close()
    with pytest.raises(Killed):
        await kept.restore(elsewhere, replace=replace)
    monkeypatch.undo()
    db = Database(elsewhere.database)
    assert (await contents(db) if replace else {}) == before
    await db.close()
    await kept.restore(elsewhere, replace=replace)


# -- damage --------------------------------------------------------------------------------------


def rewrite(path: Path, name: str, change: Callable[[bytes], bytes | None]) -> None:
    """The same backup with one member changed, or left out, as a valid zip."""
    with ZipFile(path) as file:
        members = {found: file.read(found) for found in file.namelist()}
    changed = change(members.pop(name))
    with ZipFile(path, "w") as file:
        for found, content in members.items():
            file.writestr(found, content)
        if changed is not None:
            file.writestr(name, changed)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def flip(path: Path) -> None:
    """One byte in the middle of what is packed: some others of a zip mean nothing."""
    content = bytearray(path.read_bytes())
    with ZipFile(path) as file:
        member = file.getinfo("rows/people.jsonl")
    name, extra = struct.unpack_from("<HH", content, member.header_offset + 26)
    begin = member.header_offset + 30 + name + extra
    content[begin + member.compress_size // 2] ^= 0xFF
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def rename_somebody(path: Path) -> None:
    rewrite(path, "rows/units.jsonl", lambda raw: raw.replace("柳林村".encode(), "杨林村".encode()))


def lose_a_row(path: Path) -> None:
    rewrite(path, "rows/people.jsonl", lambda raw: b"".join(raw.splitlines(True)[1:]))


def lose_a_table(path: Path) -> None:
    rewrite(path, "rows/people.jsonl", lambda _: None)


def lose_the_manifest(path: Path) -> None:
    rewrite(path, "manifest.json", lambda _: None)


def other_tables(path: Path) -> None:
    rewrite(path, "manifest.json", lambda raw: raw.replace(b'"people"', b'"others"'))


def a_list(path: Path) -> None:
    rewrite(path, "manifest.json", lambda _: b"[]")


@pytest.mark.parametrize(
    "harm",
    [
        cut,
        flip,
        empty,
        rename_somebody,
        lose_a_row,
        lose_a_table,
        lose_the_manifest,
        other_tables,
        a_list,
    ],
)
async def test_a_damaged_file_is_refused_before_anything_is_done(
    kept: Vault, laptop: Settings, harm: Callable[[Path], None]
) -> None:
    harm(kept.path)
    laptop.key_file.unlink()
    with pytest.raises(UserError, match=r"restore\.damaged"):
        await kept.restore(laptop)
    assert [p.name for p in laptop.data_dir.iterdir() if p.suffix != ".lock"] == []


@pytest.mark.parametrize("name", ["format", "revision"])
async def test_a_backup_of_a_newer_program_is_refused(
    kept: Vault, laptop: Settings, name: str
) -> None:
    def newer(raw: bytes) -> bytes:
        newest = {"format": 99, "revision": "9999"}
        return json.dumps(json.loads(raw) | {name: newest[name], "more": {}}).encode()

    rewrite(kept.path, "manifest.json", newer)
    with pytest.raises(UserError, match=r"restore\.newer"):
        await kept.restore(laptop)


async def test_a_database_of_a_newer_program_is_not_replaced(kept: Vault) -> None:
    async with kept.db.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError, match=r"database\.newer"):
        await kept.restore(kept.settings, replace=True)


async def test_a_file_that_is_not_there_is_said(kept: Vault, laptop: Settings) -> None:
    kept.path.unlink()
    with pytest.raises(UserError, match=r"restore\.unreadable"):
        await kept.restore(laptop)


@pytest.mark.parametrize(
    "ring", [KeyRing({1: b"x" * 32}, b"i" * 32), KeyRing({1: b"k" * 32}, b"x" * 32)]
)
async def test_keys_that_do_not_fit_are_refused_and_never_replaced(
    small: Vault, laptop: Settings, ring: KeyRing
) -> None:
    """Neither the key that seals nor the one that finds may be another."""
    await small.backup(with_keys=True)
    write_ring(laptop.key_file, ring)
    with pytest.raises(UserError, match=r"restore\.keys_wrong"):
        await small.restore(laptop)
    assert laptop.key_ring() == ring
    assert not (laptop.data_dir / "gridbot.db").exists()


async def test_a_ring_with_more_keys_than_needed_fits(small: Vault, laptop: Settings) -> None:
    await small.backup()
    write_ring(laptop.key_file, laptop.key_ring().grown())
    await small.restore(laptop)
    db = Database(laptop.database)
    async with db.read() as session:
        assert len(await rows_of(session, UNITS)) > 5
    await db.close()


async def test_without_keys_anywhere_nothing_is_restored(small: Vault, laptop: Settings) -> None:
    await small.backup()
    laptop.key_file.unlink()
    with pytest.raises(UserError, match=r"restore\.keys_missing"):
        await small.restore(laptop)
    assert not laptop.key_file.exists()
