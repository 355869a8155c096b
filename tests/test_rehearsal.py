"""`gridbot rehearse`: it tells what really comes, if nobody answers, and leaves no trace."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

import pytest
from cases import ZONE, episode_of, settle_cast
from sqlalchemy import func, select, text

import locales
from bot.keys import write_ring
from bot.rehearsal import copied, lines, play, report, seconds_of, tomorrow_night
from bot.settings import Settings
from models import tables
from models.clock import StoppedClock
from models.crypto import KeyRing
from models.messages import Text, UserError
from models.migrations.upgrade import head
from models.obligations import Nudge
from models.outbox import OutboxRow
from models.session import Database
from models.units import root
from scheduler.rehearsal import rehearse
from scheduler.sweep import tick
from scheduler.upkeep import plan_recurring

STEP = timedelta(minutes=5)


@pytest.fixture
def now(clock: StoppedClock) -> datetime:
    return clock.now()


@pytest.fixture
async def settings(db: Database, now: datetime, keys: KeyRing, tmp_path: Path) -> Settings:
    """A district in which two people have to check in and to be tested."""
    async with db.write() as session:
        await settle_cast(session, now)
        for name in ("王芳", "陈建国"):
            await episode_of(session, name, now, pack="cn-covid-v9", category="spill-low")
    url = db.url.render_as_string(hide_password=False)
    await _as_by_migrations(db)
    found = Settings(data_dir=tmp_path / "home", database_url=url)
    write_ring(found.key_file, keys)
    return found


async def _as_by_migrations(db: Database) -> None:
    """The tests' tables are those of the newest revision; say so."""
    async with db.engine.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        await connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        await connection.execute(text(f"INSERT INTO alembic_version VALUES ('{head()}')"))


async def sums(db: Database) -> Mapping[str, tuple[int, str]]:
    """Of every table how many rows it has, and what they come to."""
    found = {}
    async with db.read() as session:
        connection = await session.connection()
        for name in tables.metadata.tables:
            rows = (await connection.exec_driver_sql(f'SELECT * FROM "{name}"')).all()
            told = "\n".join(sorted(map(repr, rows)))
            found[name] = (len(rows), hashlib.sha256(told.encode()).hexdigest())
    return found


async def counted(db: Database, until: datetime) -> tuple[Counter[datetime], int]:
    """Messages by the hour in which they come, and proofs of rungs."""
    async with db.read() as session:
        rows = await session.execute(select(OutboxRow.created_at, OutboxRow.not_before_at))
        hours: Counter[datetime] = Counter()
        for at, later in rows:
            come = max(at, later or at)
            if come <= until:
                local = come.astimezone(ZONE)
                hours[local.replace(minute=0, second=0, microsecond=0)] += 1
        return hours, await session.scalar(select(func.count()).select_from(Nudge)) or 0


async def test_it_tells_what_really_comes_and_changes_nothing(
    db: Database, settings: Settings, now: datetime
) -> None:
    until = tomorrow_night(now, ZONE)
    before = await sums(db)
    async with copied(settings, now) as copy:
        told = await play(copy, now, until, ZONE)
    assert await sums(db) == before
    assert told.total > 10
    assert {"checkin", "test", "digest"} <= {kind for one in told.hours.values() for kind in one}
    async with db.write() as session:
        await plan_recurring(session, now, ZONE)
    at = now
    while at <= until:
        await tick(db, at, ZONE)
        at += STEP
    real, _ = await counted(db, until)
    assert real.total() == told.total
    assert real == {hour: kinds.total() for hour, kinds in told.hours.items()}


async def test_the_operator_reads_a_table_and_no_name(
    db: Database, settings: Settings, now: datetime
) -> None:
    async with db.write() as session:
        top = await root(session)
        assert top is not None
        top.settings = {**top.settings, "load_messages": 5}
    said: list[str] = []
    before = set(Path(gettempdir()).glob("gridbot-*"))
    await report(
        settings,
        now,
        now + timedelta(days=2),
        lambda words: said.append(locales.render(locales.SOURCE, words)),
    )
    assert set(Path(gettempdir()).glob("gridbot-*")) == before
    page = "\n".join(said)
    assert "假定没有人回复" in page
    assert "孙* #" in page
    assert "打卡 2" in page
    assert "日报 5" in page
    assert "rehearse." not in page
    assert not any(name in page for name in ("李强", "王芳", "陈建国", "138"))


async def test_a_morning_of_many_takes_its_time() -> None:
    assert seconds_of(0) == 0
    assert seconds_of(30) == 2
    assert seconds_of(3000) == 102


async def test_an_end_that_lies_behind_or_far_ahead_is_refused(
    settings: Settings, now: datetime
) -> None:
    for until in (now, now - STEP, now + timedelta(days=40)):
        with pytest.raises(UserError) as refused:
            await report(settings, now, until, lambda _: None)
        assert refused.value.text.key == "rehearse.when"


async def test_a_district_without_units_has_nothing_to_say(db: Database, now: datetime) -> None:
    done = await rehearse(db, now, now + timedelta(days=1), ZONE)
    keys = [line.key for line in lines(done, now, now, ZONE) if isinstance(line, Text)]
    assert keys == ["rehearse.title", "rehearse.nothing", "rehearse.waiting", "rehearse.nobody"]
