"""Problems of venues: whatever happens to them in whatever order, the counts balance."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cases import ZONE, account_of, settle_cast, unit_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import tables
from models.clock import local_day
from models.messages import UserError
from models.obligations import Kind, Obligation
from models.registers import Submission, new_receipt
from models.reports.checks import mismatches
from models.reports.figures import checks_of, count_below, count_figures
from models.reports.periods import Period
from models.reports.sections import SECTIONS
from models.reports.venues import DIGESTED
from models.rules import Rules
from models.session import Database
from models.units import Level, Unit
from models.venues.answering import prove
from models.venues.checklists import book, checklist, items_named, shipped
from models.venues.closing import close_problem, hold, send_back
from models.venues.finding import Finding
from models.venues.inspection import Inspection, Visit
from models.venues.inspections import Walk, record_inspection
from models.venues.kinds import Trading, VenueKind
from models.venues.ladder import Ground
from models.venues.managing import Told, add_venue, set_trading
from models.venues.problem import Problem, State, Step
from models.venues.problems import NOTHING, duty_of, history, open_problems
from models.venues.suggestion import Advice, To, suggest
from models.venues.supervision import begin_outing
from models.venues.suspension import Standing, Suspension
from models.venues.suspensions import (
    Case,
    draft,
    issue_suspension,
    live_of,
    refuse_suspension,
    reopen,
    stay_shut,
)
from models.venues.venue import Venue

Run: TypeAlias = Callable[[Callable[[AsyncSession], Coroutine[Any, Any, None]]], None]
NOW = datetime(2022, 7, 4, 1, tzinfo=UTC)
RULES, HOUR = Rules(), timedelta(hours=1)


async def venue_of(session: AsyncSession, name: str, unit: str, now: datetime) -> Venue:
    there = await unit_of(session, unit)
    return await add_venue(session, Told(VenueKind.SHOP, name, name, there.id), None, now)


async def walk(
    session: AsyncSession,
    venue: Venue,
    by: int,
    now: datetime,
    *failed: tuple[int, bool],
    visit: Visit = Visit.DAILY,
) -> list[Problem]:
    """An inspection at which these items fail; with True, put right at once."""
    return (await inspected(session, venue, by, now, *failed, visit=visit))[1]


async def inspected(
    session: AsyncSession,
    venue: Venue,
    by: int,
    now: datetime,
    *failed: tuple[int, bool],
    visit: Visit = Visit.DAILY,
) -> tuple[Inspection, list[Problem]]:
    items = await checklist(session, venue.kind)
    paper = Submission(
        form="inspect", version=1, receipt=new_receipt(now.date()), answers="{}",
        actor_id=by, unit_id=venue.unit_id, context={}, at=now,
    )  # fmt: skip
    session.add(paper)
    await session.flush()
    findings = [Finding(items[n], "x", None, fixed) for n, fixed in failed]
    row, problems = await record_inspection(
        session, Walk(venue, by, paper.id, visit, items, now), findings, RULES
    )
    if visit == Visit.SUPERVISION:
        day = local_day(now, ZONE)
        row.outing_id = (await begin_outing(session, by, venue.unit_id, day, now)).id
    return row, problems


async def figures(session: AsyncSession, since: datetime, now: datetime) -> dict[int, Counter[str]]:
    top = (await session.scalars(select(Unit).where(Unit.level == Level.DISTRICT))).one()
    found = await count_below(session, top, Period(since, now), SECTIONS)
    return {unit_id: Counter(sums) for unit_id, sums in found.items()}


# -- any history ----------------------------------------------------------------------------------

DEEDS = ("walk", "walk", "walk", "supervise", "suggest", "prove", "close", "close", "back")
DEEDS += ("hold", "gone", "open", "propose", "longer", "issue", "refuse", "reopen", "shut")


@dataclass(frozen=True)
class Deed:
    """One thing that may happen, possible or not: to what, how, how many hours later."""

    what: str
    which: int
    failed: tuple[tuple[int, bool], ...]
    hours: int


FAILED = st.tuples(st.integers(0, 4), st.sampled_from([False, False, True]))
HISTORIES = st.lists(
    st.builds(
        Deed,
        st.sampled_from(DEEDS),
        st.integers(0, 5),
        st.lists(FAILED, max_size=3, unique_by=lambda one: one[0]).map(tuple),
        st.sampled_from([1, 1, 7, 30, 100]),
    ),
    min_size=15,
    max_size=40,
)


@dataclass
class Town:
    """Two venues in two townships, and what ought to be counted, kept by hand."""

    session: AsyncSession
    venues: list[Venue]
    by: int
    counted: Counter[str] = field(default_factory=Counter)
    sites: set[int] = field(default_factory=set)
    faulty: set[int] = field(default_factory=set)
    days: set[date] = field(default_factory=set)

    async def do(self, deed: Deed, now: datetime) -> None:
        venue = self.venues[deed.which % 2]
        match deed.what:
            case "walk" | "supervise" | "suggest" if venue.is_there():
                await self._walk(deed, venue, now)
            case "gone" | "open":
                state = Trading.GONE if deed.what == "gone" else Trading.OPEN
                await set_trading(self.session, venue, state, self.by, now)
            case "propose" | "longer":
                longer = deed.what == "longer"
                ground = Ground.AGAINST_ORDER if longer else Ground.INSPECTOR
                problems = await open_problems(self.session, [venue.id])
                await draft(self.session, venue, Case(ground, problems), RULES, now)
            case "issue" | "refuse" | "reopen" | "shut":
                await self._decide(deed, venue, now)
            case _:
                await self._put_right(deed, now)

    async def _walk(self, deed: Deed, venue: Venue, now: datetime) -> None:
        visit = Visit.DAILY if deed.what == "walk" else Visit.SUPERVISION
        row, _ = await inspected(self.session, venue, self.by, now, *deed.failed, visit=visit)
        self.counted["inspections"] += 1
        self.counted["failed"] += len(deed.failed)
        self.sites.add(venue.id)
        if deed.failed:
            self.faulty.add(venue.id)
        if visit == Visit.SUPERVISION:
            self.days.add(local_day(now, ZONE))
        if deed.what == "suggest":
            await suggest(self.session, row, Advice(To.VENUE, "x"), self.by, now)
            self.counted["suggestions"] += 1

    async def _decide(self, deed: Deed, venue: Venue, now: datetime) -> None:
        state = Standing.DRAFTED if deed.what in ("issue", "refuse") else Standing.ISSUED
        order = await live_of(self.session, venue.id, state)
        if order is None:
            return
        match deed.what:
            case "issue":
                await issue_suspension(self.session, order, venue, self.by, now, ZONE)
            case "refuse":
                await refuse_suspension(self.session, order, "x", self.by, now)
            case "reopen":
                await reopen(self.session, order, venue, self.by, now)
            case "shut":
                await stay_shut(self.session, order, venue, self.by, now, ZONE)

    async def _put_right(self, deed: Deed, now: datetime) -> None:
        known = (await self.session.scalars(select(Problem).order_by(Problem.id))).all()
        if not known:
            return
        problem = known[deed.which % len(known)]
        there = await self.session.get_one(Venue, problem.venue_id)
        match deed.what:
            case "prove":
                await prove(self.session, problem, there, NOTHING, self.by, RULES, now)
            case "close":
                await close_problem(self.session, problem, there, self.by, RULES, now)
            case "back":
                await send_back(self.session, problem, there, NOTHING, self.by, RULES, now)
            case "hold":
                await hold(self.session, problem, self.by, now)

    async def check(self, since: datetime, now: datetime) -> None:
        """The five counts are what happened, and what is open is what came less what went."""
        found = await figures(self.session, since, now)
        for unit in found.values():
            came = unit["problems.found"] + unit["problems.relapsed"]
            assert came - unit["problems.closed"] == unit["fixing.open"], unit
            assert unit["problems.ordered"] <= came
            stands = unit["suspended.ordered"] - unit["suspended.reopened"]
            assert stands == unit["suspended.closed"], unit
            assert unit["venues.faulty"] <= unit["venues.sites"] <= unit["venues.inspections"]
            assert unit["supervised.sites"] <= unit["venues.sites"]
            assert unit["suggestions.supervised"] <= unit["suggestions.made"]
        whole = max(found.values(), key=lambda unit: unit["venues.inspections"])
        assert (whole["venues.inspections"], whole["venues.failed"]) == (
            self.counted["inspections"],
            self.counted["failed"],
        )
        assert (whole["venues.sites"], whole["venues.faulty"]) == (
            len(self.sites),
            len(self.faulty),
        )
        assert whole["suggestions.made"] == self.counted["suggestions"]
        assert whole["outings.times"] == len(self.days)
        await self._rows(whole)

    async def _rows(self, whole: Counter[str]) -> None:
        """The same as the rows themselves say, without any history."""
        still = select(func.count()).where(Problem.state != State.CLOSED)
        assert await self.session.scalar(still) == whole["fixing.open"]
        orders = (await self.session.scalars(select(Suspension))).all()
        standing = {one.venue_id for one in orders if one.state == Standing.ISSUED}
        assert len(standing) == whole["suspended.closed"]
        for venue in self.venues:
            shut = venue.trading == Trading.SUSPENDED
            assert shut == (venue.id in standing and venue.is_there()), venue.trading


class Undone(Exception):
    """An example leaves nothing behind."""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs each example in the same prepared database, and takes it back."""
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'histories.db'}")
    with asyncio.Runner() as runner:
        runner.run(_prepare(db))
        yield lambda example: runner.run(_undo(db, example))
        runner.run(db.close())


async def _prepare(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.run_sync(tables.metadata.create_all)
    async with db.write() as session:
        await settle_cast(session, NOW)


async def _undo(db: Database, example: Callable[[AsyncSession], Coroutine[Any, Any, None]]) -> None:
    with suppress(Undone):
        async with db.write() as session:
            await example(session)
            raise Undone


@settings(
    max_examples=25,
    phases=[Phase.generate],  # each example walks a database: to shrink one takes minutes
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=HISTORIES)
def test_whatever_happens_the_five_counts_balance(run: Run, history: list[Deed]) -> None:
    async def example(session: AsyncSession) -> None:
        now = NOW
        by = (await account_of(session, "李强")).id
        venues = [
            await venue_of(session, "花园超市", "花园社区", now),
            await venue_of(session, "柳林超市", "柳林村", now),
        ]
        town = Town(session, venues, by)
        hours = [NOW - HOUR]
        for deed in history:
            now += timedelta(hours=deed.hours)
            hours.append(now)
            try:
                await town.do(deed, now)
            except UserError:
                continue  # it could not happen then, and nothing did
            finally:
                await session.flush()
        await town.check(NOW - HOUR, now)
        n = len(hours)
        for since, until in ((0, n // 2), (n // 3, n - 1), (n // 2, 2 * n // 3)):
            await _span(session, hours[since], hours[until])

    run(example)


async def _span(session: AsyncSession, since: datetime, until: datetime) -> None:
    """Over any span what was open and what happened come to what is open."""
    for name in ("清河区", "柳林村"):
        unit = await unit_of(session, name)
        found = await count_figures(session, unit, Period(since, until), DIGESTED)
        whole = Period(since - (until - since), since)
        before = await count_figures(session, unit, whole, DIGESTED)
        assert mismatches(checks_of(DIGESTED), found, before) == [], (since, until, found)


# -- what becomes of one --------------------------------------------------------------------------


async def test_what_is_found_again_soon_is_a_relapse_and_later_a_new_problem(
    session: AsyncSession, now: datetime
) -> None:
    by = (await account_of(session, "李强")).id
    venue = await venue_of(session, "花园超市", "花园社区", now)
    (first,) = await walk(session, venue, by, now, (0, False))
    await close_problem(session, first, venue, by, RULES, now + HOUR)
    (again,) = await walk(session, venue, by, now + 48 * HOUR, (0, False))
    assert (again.id, again.relapses, again.state) == (first.id, 1, State.ISSUED)
    await close_problem(session, again, venue, by, RULES, now + 49 * HOUR)
    later = now + timedelta(days=RULES.relapse_days + 3)
    (new,) = await walk(session, venue, by, later, (0, False))
    assert (new.id != first.id, new.relapses) == (True, 0)
    steps = [step.step for step in await history(session, first)]
    assert steps == [Step.FOUND, Step.CLOSED, Step.RELAPSED, Step.CLOSED]


async def test_a_starred_item_has_hours_and_an_ordinary_one_days(
    session: AsyncSession, now: datetime
) -> None:
    by = (await account_of(session, "李强")).id
    venue = await venue_of(session, "花园超市", "花园社区", now)
    starred, plain = await walk(session, venue, by, now, (0, False), (2, False))
    assert (starred.star, starred.due_at - now) == (True, timedelta(hours=24))
    assert (plain.star, plain.due_at - now) == (False, timedelta(days=3))


async def test_a_closing_is_looked_back_at_once_and_a_relapse_ends_that(
    session: AsyncSession, now: datetime
) -> None:
    by = (await account_of(session, "李强")).id
    venue = await venue_of(session, "花园超市", "花园社区", now)
    (problem,) = await walk(session, venue, by, now, (0, False))
    await close_problem(session, problem, venue, by, RULES, now)
    duty = await duty_of(session, problem, Kind.LOOKBACK)
    assert duty is not None
    assert (duty.opens_at - now, duty.is_open()) == (timedelta(days=7), True)
    await walk(session, venue, by, now + HOUR, (0, False))
    assert not duty.is_open()
    open_ = select(func.count()).where(Obligation.outcome.is_(None))
    assert await session.scalar(open_.where(Obligation.kind == Kind.PROBLEM)) == 1


async def test_a_venue_that_comes_back_is_the_same_venue(
    session: AsyncSession, now: datetime
) -> None:
    by = (await account_of(session, "李强")).id
    venue = await venue_of(session, "花园超市", "花园社区", now)
    await set_trading(session, venue, Trading.GONE, by, now)
    again = await venue_of(session, "花园超市", "花园社区", now + HOUR)
    assert (again.id, again.trading) == (venue.id, Trading.OPEN)


@pytest.mark.parametrize("kind", VenueKind)
def test_every_kind_has_a_list_of_its_own(kind: VenueKind) -> None:
    items = shipped(kind)
    assert 9 <= len(items) <= 15
    assert any(item.star for item in items)
    assert len({item.code for item in items}) == len(items)
    assert all(item.basis in book().sources.values() for item in items)


async def test_a_list_keeps_what_it_was_begun_with(session: AsyncSession, now: datetime) -> None:
    codes = ["common.scan", "shop.air", "gone.item"]
    assert [item.code for item in await items_named(session, VenueKind.SHOP, codes)] == codes[:2]
