"""`gridbot doctor` names what is wrong, and what of it stops the bot; it changes nothing."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from program import gridbot
from sqlalchemy import text, update

import locales
from bot import surroundings
from bot.app import database
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.doctor import examine
from bot.findings import Finding
from bot.keys import write_ring
from bot.operations import initialise
from bot.settings import Settings
from models import audit
from models.audit import AuditRow
from models.clock import Clock, StoppedClock, SystemClock
from models.crypto import KeyRing
from models.messages import UserError
from models.people import Person
from models.session import Database
from models.units import root

FAR = timedelta(minutes=5)
MB = surroundings.MB


async def look(settings: Settings, clock: Clock | None = None) -> dict[str, str]:
    """What was found, by name; every finding can be said in every language."""
    found: list[Finding] = [finding async for finding in examine(settings, clock)]
    for finding in found:
        for lang in locales.LANGS:
            words = locales.render(lang, finding.text)
            assert finding.text.key not in words
            assert "{" not in words
    return {finding.name: finding.verdict.value for finding in found}


def wrong(found: dict[str, str]) -> dict[str, str]:
    """Without what is good, and without what this machine has or lacks by itself."""
    own = ("fonts", "disk", "charts")
    return {n: verdict for n, verdict in found.items() if verdict != "good" and n not in own}


@pytest.fixture
async def settled(bare_url: str, tmp_path: Path) -> Settings:
    """An installation that could run, but for its token, on either kind of database."""
    settings = Settings(data_dir=tmp_path / "data", database_url=bare_url)
    await _fill(settings)
    return settings


@pytest.fixture
async def laptop(tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path / "data")
    await _fill(settings)
    return settings


async def _fill(settings: Settings) -> None:
    now = SystemClock().now()
    async with database(settings) as db:
        await initialise(db, (), now)
        async with db.write() as session:
            top = await root(session)
            assert top is not None
            session.add(Person(unit_id=top.id, name="王芳", created_at=now))
            audit.record(session, now - timedelta(hours=1), None, "looked", "person:1")
            await session.flush()
            await audit.seal(session, now)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    db = Database(settings.database)
    yield db
    await db.close()


async def test_a_sound_installation_has_nothing_to_say(settled: Settings) -> None:
    async with BotApiServer().serving() as url:
        wire = {"telegram_token": DEMO_TOKEN, "telegram_api": url}
        found = await look(settled.model_copy(update=wire))
    assert wrong(found) == {}
    # The demo's server does not tell the time, since its clock can be moved.
    clocks = {"clock", "clock_database"} if "postgresql" in settled.database else {"clock"}
    looked_at = {"keys", "disk", "database", "migrations", "keys_fit", "audit", "packs", "token"}
    assert found.keys() == looked_at | clocks | {"fonts", "charts"}


async def test_before_the_first_run_only_the_token_is_missing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "not" / "yet")
    found = await look(settings)
    assert wrong(found) == {"token_missing": "bad"}
    assert (found["keys_new"], found["database_new"]) == ("good", "good")
    assert list(tmp_path.iterdir()) == []


# -- keys ----------------------------------------------------------------------------------------


async def test_keys_that_everybody_can_read_are_a_warning(laptop: Settings) -> None:
    laptop.key_file.chmod(0o644)
    assert wrong(await look(laptop)) == {"keys_open": "warn", "token_missing": "bad"}
    assert stat.S_IMODE(laptop.key_file.stat().st_mode) == 0o644


async def test_a_key_file_that_is_none_stops_the_bot(laptop: Settings) -> None:
    laptop.key_file.write_text("{")
    assert wrong(await look(laptop)) == {"keys": "bad", "keys_fit": "bad", "token_missing": "bad"}


async def test_a_broken_ring_in_the_environment_is_never_shown(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, keys='{"keys": {"1": "c2VjcmV0"}}')
    found = [finding async for finding in examine(settings)]
    said = [locales.render(locales.SOURCE, finding.text) for finding in found]
    assert [f.name for f in found if f.verdict == "bad"] == ["keys", "token_missing"]
    assert not any("c2VjcmV0" in words for words in said)
    assert any("GRIDBOT_KEYS" in words for words in said)


@pytest.mark.parametrize(
    "ring", [KeyRing({1: b"x" * 32}, b"i" * 32), KeyRing({2: b"x" * 32}, b"i" * 32)]
)
async def test_keys_that_do_not_open_the_database_stop_the_bot(
    laptop: Settings, ring: KeyRing
) -> None:
    write_ring(laptop.key_file, ring)
    assert wrong(await look(laptop)) == {"keys_fit": "bad", "token_missing": "bad"}


async def test_lost_keys_stop_the_bot_and_none_are_made(laptop: Settings) -> None:
    laptop.key_file.unlink()
    assert wrong(await look(laptop)) == {"keys_missing": "bad", "token_missing": "bad"}
    assert not laptop.key_file.exists()


async def test_a_rotation_that_was_broken_off_is_a_warning(laptop: Settings) -> None:
    write_ring(laptop.key_file, laptop.key_ring().grown())
    async with database(laptop) as db, db.write() as session:
        top = await root(session)
        assert top is not None
        row = {"unit_id": top.id, "created_at": SystemClock().now()}
        session.add(Person(name="under the new key", **row))
    assert wrong(await look(laptop)) == {"keys_fit": "warn", "token_missing": "bad"}


# -- the database --------------------------------------------------------------------------------


async def test_an_older_database_is_a_warning_and_stays_as_it_is(laptop: Settings) -> None:
    async with opened(laptop) as db:
        async with db.write() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        assert wrong(await look(laptop)) == {"migrations": "warn", "token_missing": "bad"}
        async with db.read() as session:
            found = await session.scalar(text("SELECT version_num FROM alembic_version"))
    assert found == "0001"


async def test_a_newer_database_stops_the_bot(laptop: Settings) -> None:
    async with opened(laptop) as db, db.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert wrong(await look(laptop)) == {"tables_newer": "bad", "token_missing": "bad"}


async def test_a_changed_audit_is_a_warning(laptop: Settings) -> None:
    async with opened(laptop) as db, db.write() as session:
        await session.execute(update(AuditRow).values(subject="person:2"))
    assert wrong(await look(laptop)) == {"audit": "warn", "token_missing": "bad"}


async def test_a_database_that_nobody_answers_for_stops_the_bot(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    url = f"postgresql://gridbot:secret@127.0.0.1:{port}/gridbot"
    settings = Settings(data_dir=tmp_path, database_url=url)
    found = [finding async for finding in examine(settings)]
    (database_,) = [finding for finding in found if finding.name == "database"]
    assert database_.verdict == "bad"
    assert "secret" not in locales.render(locales.SOURCE, database_.text)


# -- the clock -----------------------------------------------------------------------------------


@asynccontextmanager
async def answering(headers: str) -> AsyncIterator[str]:
    """A server that says nothing but these headers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n{headers}\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("gap", "verdict"),
    [(-61, "bad"), (-60, "good"), (0, "good"), (60, "good"), (61, "bad")],
)
async def test_a_platform_more_than_a_minute_apart_is_bad(gap: int, verdict: str) -> None:
    theirs = SystemClock().now().replace(microsecond=0)
    ours = StoppedClock(theirs + timedelta(seconds=gap))
    async with answering(f"Date: {format_datetime(theirs, usegmt=True)}\r\n") as url:
        found = await surroundings.platform_clock(url, "", ours)
    assert found == timedelta(seconds=gap)
    assert surroundings.apart("clock_platform", found).verdict == verdict


@pytest.mark.parametrize("headers", ["", "Date: yesterday\r\n", "Date: \r\n"])
async def test_a_platform_that_does_not_tell_the_time_is_no_finding(headers: str) -> None:
    async with answering(headers) as url:
        assert await surroundings.platform_clock(url, "", SystemClock()) is None
    assert await surroundings.platform_clock(url, "", SystemClock()) is None
    assert await surroundings.platform_clock("not an address", "", SystemClock()) is None


async def test_a_machine_whose_clock_is_off_stops_the_bot(
    settled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SystemClock().now()
    date = f"Date: {format_datetime(now, usegmt=True)}\r\n"
    ask = surroundings.platform_clock
    async with BotApiServer().serving() as url, answering(date) as timely:
        monkeypatch.setattr("bot.doctor.platform_clock", lambda _, *more: ask(timely, *more))
        wire = {"telegram_token": DEMO_TOKEN, "telegram_api": url}
        ours = StoppedClock(now + FAR)
        found = wrong(await look(settled.model_copy(update=wire), ours))
    server = {"clock_database": "bad"} if "postgresql" in settled.database else {}
    assert found == {"clock_platform": "bad"} | server


# -- the machine ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(99 * MB, "bad"), (100 * MB, "warn"), (1023 * MB, "warn"), (1024 * MB, "good")],
)
def test_little_space_is_a_warning_and_hardly_any_stops_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str
) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr("bot.surroundings.shutil.disk_usage", lambda _: usage)
    found = surroundings.disk(tmp_path / "not" / "yet")
    assert (found.name, found.verdict) == ("disk", verdict)
    assert found.text.params["free"] == free // MB


def test_a_folder_that_is_a_file_or_not_ours_stops_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    assert surroundings.disk(tmp_path / "file").name == "folder"
    assert surroundings.disk(tmp_path / "file" / "below").name == "folder"
    monkeypatch.setattr("bot.surroundings.os.access", lambda *_: False)
    assert surroundings.disk(tmp_path).name == "folder"


def _fc_list(folder: Path, says: str) -> str:
    command = folder / "fc-list"
    command.write_text(f"#!/bin/sh\n[ $1 = :lang=zh ] && printf '{says}'\n")
    command.chmod(0o755)
    return str(command)


@pytest.mark.parametrize(
    ("says", "font"), [("", ""), (r"Noto Sans CJK SC,Noto\nAR PL UMing\n", "AR PL UMing")]
)
async def test_fontconfig_is_asked_for_a_chinese_font(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, font: str
) -> None:
    command = _fc_list(tmp_path, says)
    monkeypatch.setattr("bot.surroundings.shutil.which", lambda _: command)
    found = await surroundings.fonts()
    assert found.verdict == ("good" if font else "warn")
    assert found.text.params == ({"font": font} if font else {"package": surroundings.PACKAGE})


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("NotoSansCJK-Regular.ttc", "good"),
        ("wqy-zenhei.ttc", "good"),
        ("PingFang.ttc", "good"),
        ("DejaVuSans.ttf", "warn"),
        ("NotoSansCJK.txt", "warn"),
    ],
)
async def test_without_fontconfig_the_known_folders_are_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, verdict: str
) -> None:
    (tmp_path / "fonts" / "deep").mkdir(parents=True)
    (tmp_path / "fonts" / "deep" / name).write_bytes(b"")
    monkeypatch.setattr("bot.surroundings.shutil.which", lambda _: None)
    folders = (str(tmp_path / "nowhere"), str(tmp_path / "fonts"))
    monkeypatch.setattr("bot.surroundings.FOLDERS", folders)
    assert (await surroundings.fonts()).verdict == verdict


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIMEZONE", "Mars/Olympus"),
        ("WEB_PORT", "eighty"),
        ("WEB_PORT", "65536"),
        ("WEBHOOK_PORT", "-1"),
        ("WEBHOOK_URL", "ftp://secret"),
        ("LOG_LEVEL", "secret"),
        ("DATABASE_URL", "mysql://u:secret@h/d"),
        ("DATABASE_URL", "secret"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"GRIDBOT_{name}", value)
    with pytest.raises(UserError) as refused:
        Settings.read()
    for lang in locales.LANGS:
        words = locales.render(lang, refused.value.text)
        assert f"GRIDBOT_{name}" in words
        assert value not in words
        assert "secret" not in words


@pytest.mark.parametrize(
    "url", ["", "sqlite:///x.db", "postgres://h/d", "postgresql://u:p@h/d", "sqlite+aiosqlite:///x"]
)
def test_an_address_of_ours_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("GRIDBOT_DATABASE_URL", url)
    assert Settings.read().database_url == url


async def test_the_command_says_all_that_is_wrong_without_a_traceback(tmp_path: Path) -> None:
    wrong_ones: dict[str, Any] = {"web_port": "x", "timezone": "y"}
    code, printed = await gridbot(tmp_path, "doctor", **wrong_ones)
    assert (code, "Traceback" in printed) == (1, False)
    assert "GRIDBOT_WEB_PORT" in printed
    assert "GRIDBOT_TIMEZONE" in printed


async def test_the_command_ends_with_one_only_when_something_stops_the_bot(
    tmp_path: Path,
) -> None:
    async with BotApiServer().serving() as url:
        wire = {"telegram_token": DEMO_TOKEN, "telegram_api": url}
        write_ring(tmp_path / "keys.json", KeyRing.fresh())
        (tmp_path / "keys.json").chmod(0o644)
        code, printed = await gridbot(tmp_path, "doctor", **wire)
        assert (code, "chmod 600" in printed) == (0, True)
    code, printed = await gridbot(tmp_path, "doctor")
    assert (code, "GRIDBOT_TELEGRAM_TOKEN" in printed) == (1, True)
