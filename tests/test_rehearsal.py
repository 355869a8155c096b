"""`gridbot rehearse`: it tells what really comes, if nobody answers, and leaves no trace."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from cases import ZONE, account_of, duty, episode_of, settle_cast, unit_of
from sqlalchemy import func, select, text

import locales
from bot.keys import write_ring
from bot.rehearsal import copied, lines, play, report, seconds_of, tomorrow_night
from bot.settings import Settings
from handlers.broadcasts.views import letter
from models import broadcasts, tables
from models.accounts import Assignment
from models.broadcasts import BROADCAST, Broadcast, Circle, sizes, spread, write
from models.clock import StoppedClock
from models.crypto import KeyRing
from models.hearing import Hearing
from models.jobs import claim, file_job, keep
from models.messages import Text, UserError
from models.migrations.upgrade import head
from models.obligations import Kind, Nudge, Obligation
from models.outbox import Delivery, OutboxRow, Priority
from models.session import Database
from models.units import root
from scheduler.rehearsal import WORKERS, rehearse
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


Hours = dict[datetime, Counter[str]]
Loads = dict[tuple[int, date], tuple[int, int]]


async def came(db: Database, last: int, until: datetime) -> tuple[Hours, Loads]:
    """What was written behind an outbox row and has come by then: of which kinds in each hour, and
    for each account and day how many messages about how many things."""
    async with db.read() as session:
        rows = (await session.scalars(select(OutboxRow).where(OutboxRow.id > last))).all()
        proofs = await session.execute(
            select(Nudge.letter_key, Obligation.id, Obligation.kind)
            .join(Obligation, Obligation.id == Nudge.obligation_id)
            .where(Nudge.letter_key.is_not(None))
        )
        about: dict[str, dict[int, str]] = defaultdict(dict)
        for key, item, kind in proofs:
            about[key or ""][item] = str(kind)
    hours: Hours = defaultdict(Counter)
    messages: Counter[tuple[int, date]] = Counter()
    things: dict[tuple[int, date], set[int]] = defaultdict(set)
    for row in rows:
        come = max(row.created_at, row.not_before_at or row.created_at)
        if come > until:
            continue
        local = come.astimezone(ZONE)
        told = about.get(row.dedupe_key, {})
        kind = min(told.values()) if told else Priority(row.priority).name.lower()
        hours[local.replace(minute=0, second=0, microsecond=0)][kind] += 1
        messages[row.account_id, local.date()] += 1
        things[row.account_id, local.date()] |= told.keys()
    return dict(hours), {at: (n, len(things[at])) for at, n in messages.items()}


async def standing(db: Database) -> tuple[int, int]:
    """The newest row of the outbox, and how many wait in it."""
    async with db.read() as session:
        last = await session.scalar(select(func.max(OutboxRow.id))) or 0
        waiting = select(func.count()).where(OutboxRow.state == Delivery.WAITING)
        return last, await session.scalar(waiting) or 0


async def live(db: Database, now: datetime, until: datetime) -> None:
    """The same time, as the program lives through it."""
    async with db.write() as session:
        await plan_recurring(session, now, ZONE)
    at = now
    while at <= until:
        await tick(db, at, ZONE)
        at += STEP


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
    last, _ = await standing(db)
    await live(db, now, until)
    hours, _ = await came(db, last, until)
    assert told.hours == hours, "of each kind in each hour"


async def test_it_names_who_will_hear_too_much_and_nobody_else(
    db: Database, settings: Settings, now: datetime
) -> None:
    """Too many messages, or too many things; what waits for her hours counts on their day."""
    async with db.write() as session:
        top = await root(session)
        assert top is not None
        top.settings = {**top.settings, "load_messages": 5, "load_tasks": 5}
        account = (await account_of(session, "孙丽")).id
        hours = Hearing(account_id=account, since=time(7), until=time(22), causes=["fever"])
        session.add(hours)
        for n in range(6):
            at = now + timedelta(hours=15) + n * STEP
            await duty(session, f"alert:fever:ob{n}", at, kind=Kind.ALERT, facts={"cause": "fever"})
    until = tomorrow_night(now, ZONE)
    async with copied(settings, now) as copy:
        told = await play(copy, now, until, ZONE)
    last, _ = await standing(db)
    await live(db, now, until)
    hours_came, loads = await came(db, last, until)
    assert told.hours == hours_came
    async with db.read() as session:
        workers = set(
            await session.scalars(select(Assignment.account_id).where(Assignment.role.in_(WORKERS)))
        )
    heavy = {
        at: load for at, load in loads.items() if at[0] in workers and (load[0] > 5 or load[1] > 5)
    }
    assert {(o.account_id, o.on): (o.messages, o.tasks) for o in told.overloaded} == heavy
    assert len(heavy) > 2
    assert {at[0] for at in loads} - {at[0] for at in heavy}, "not everybody"


@pytest.mark.parametrize("begun", [False, True])
async def test_a_notice_that_is_being_written_waits_in_full(
    db: Database, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    """Whoever writes it just now is not in the copy: the rest is written there all the same."""
    monkeypatch.setattr(broadcasts, "AT_ONCE", 3)
    async with db.write() as session:
        by = (await account_of(session, "吴刚")).id
        unit = await unit_of(session, "清河区")
        words = {"zh_Hans": "明天停水"}
        notice = await write(session, unit, Circle.EVERYBODY, words, by, now, now.date())
        notice.sent_at = now
        await file_job(session, BROADCAST, by, {"notice": notice.id}, now)
        hearing = (await sizes(session, unit, now))[Circle.EVERYBODY]
    if begun:
        async with db.write() as session:
            job = await claim(session, now, [BROADCAST])
            assert job is not None
            again = await session.get_one(Broadcast, notice.id)
            after = await spread(session, again, 0, now, letter)
            await keep(session, job, now, {**job.task, "after": after})
    _, before = await standing(db)
    assert before == (3 if begun else 0)
    async with copied(settings, now) as copy:
        told = await play(copy, now, tomorrow_night(now, ZONE), ZONE)
    assert told.waiting == hearing > 3
    assert not any("broadcast" in kinds for kinds in told.hours.values()), "once, not twice"
    assert (await standing(db))[1] == before


async def test_the_operator_reads_a_table_and_no_name(
    db: Database,
    settings: Settings,
    now: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", f"{tmp_path}")
    async with db.write() as session:
        top = await root(session)
        assert top is not None
        top.settings = {**top.settings, "load_messages": 5}
    said: list[str] = []
    await report(
        settings,
        now,
        now + timedelta(days=2),
        lambda words: said.append(locales.render(locales.SOURCE, words)),
    )
    assert not list(tmp_path.glob("gridbot-*"))
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
