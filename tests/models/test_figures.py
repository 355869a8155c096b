"""Figures of the daily sheet: over any tree and any history a unit is the sum of its parts, and
counting one unit or the whole branch at once comes to the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cases import ZONE, account_of, lead_of, unit_of
from haste import hurry
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from test_registers import submit

from models import tables
from models.accounts import Account
from models.away import Absence, AwayEnd, Intention, Promise
from models.clock import local_day
from models.episodes import Episode
from models.leads import Lead, LeadOutcome, LeadSource
from models.obligations import GONE, REPORTED, Kind, Obligation, Outcome
from models.people import Household, Person
from models.registers import Submission
from models.reports.channels import CHANNELS
from models.reports.checks import mismatches
from models.reports.figures import checks_of, count_below, count_figures
from models.reports.periods import Period, previous
from models.reports.sections import LEADS, SECTIONS
from models.rings import Ring, RingHome, RingWord, Word
from models.session import Database
from models.tallies import ADDED, Tally, tally
from models.units import ORDER, Unit, add_unit
from models.verification import close_lead
from models.visits import Found, Visit

BEFORE = datetime(2022, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# -- what a record counts for ---------------------------------------------------------------------


async def record(session: AsyncSession, receipt: str, at: Any, **columns: Any) -> Submission:
    unit = await unit_of(session, "花园社区")
    return await submit(session, receipt, at, form="drugsale", unit_id=unit.id, **columns)


async def sheet(session: AsyncSession, name: str, since: Any, until: Any) -> dict[str, int]:
    unit = await unit_of(session, name)
    return (await count_below(session, unit, Period(since, until), SECTIONS))[unit.id]


async def test_a_records_figures_count_in_its_unit_and_above(
    session: AsyncSession, now: Any
) -> None:
    sale = await record(session, "1", now)
    await tally(session, sale, {"total": 1, "fever": 0}, now)
    for name in ("花园社区", "城关镇", "清河区"):
        found = await sheet(session, name, now - HOUR, now)
        assert (found["drugsale.total"], found["drugsale.fever"]) == (1, 0)
    assert "drugsale.total" not in await sheet(session, "柳林乡", now - HOUR, now)


async def test_a_correction_counts_in_place_of_what_it_corrects_and_on_its_day(
    session: AsyncSession, now: Any
) -> None:
    sale = await record(session, "1", now)
    await tally(session, sale, {"total": 1, "fever": 0}, now)
    mended = await record(session, "2", now + DAY, supersedes_id=sale.id)
    assert await tally(session, mended, {"total": 1, "fever": 1}, now + DAY) == now
    first = await sheet(session, "清河区", now - HOUR, now)
    assert (first["drugsale.total"], first["drugsale.fever"]) == (1, 1)
    second = await sheet(session, "清河区", now, now + 2 * DAY)
    assert (second["drugsale.fever"], second["drugsale.fever_total"]) == (0, 1)


async def test_what_is_added_by_hand_counts_in_the_figure_and_is_told_apart(
    session: AsyncSession, now: Any
) -> None:
    await lead_of(session, "王芳", now)
    unit = await unit_of(session, "花园社区")
    note = await submit(session, "1", now, form=ADDED, unit_id=unit.id)
    await tally(session, note, {"leads.new": 2}, now)
    for name in ("花园社区", "清河区"):
        found = await sheet(session, name, now - HOUR, now)
        assert (found["leads.new"], found["added.leads.new"]) == (3, 2)
        assert found["leads.total"] == 3
        one = await count_figures(
            session, await unit_of(session, name), Period(now - HOUR, now), (LEADS,)
        )
        assert one["leads.new"] == 3
    later = await sheet(session, "清河区", now, now + DAY)
    assert (later["leads.new"], later["added.leads.new"]) == (0, 0)


CHANNEL_OF = dict(
    zip(("王芳", "周涛", "David", "林志明", "陈建国", "林秀英", "周大山"), LeadSource, strict=True)
)


async def test_the_channels_add_up_to_all_leads_each_person_by_the_first(
    session: AsyncSession, now: Any
) -> None:
    leads = {
        name: await lead_of(session, name, now, source=channel)
        for name, channel in CHANNEL_OF.items()
    }
    again = await lead_of(session, "王芳", now + HOUR, by="赵敏", source=LeadSource.VISIT)
    assert again is leads["王芳"], "one more source, not one more lead"
    worker = (await account_of(session, "李强")).id
    for name, outcome, at in (
        ("王芳", LeadOutcome.NO_RISK, now + HOUR),
        ("周涛", LeadOutcome.LEFT, now + 2 * DAY),
        ("David", LeadOutcome.VERIFIED, now + HOUR),
        ("林志明", LeadOutcome.WITHDRAWN, now + HOUR),
    ):
        await close_lead(session, leads[name], outcome, worker, at)
    await session.flush()
    for since, until in ((-HOUR, HOUR), (HOUR, DAY), (DAY, 3 * DAY), (-HOUR, 3 * DAY)):
        found = await sheet(session, "清河区", now + since, now + until)
        every = {
            part: sum(found.get(f"{section.code}.{part}", 0) for section in CHANNELS)
            for part in ("new", "in_time", "late", "open")
        }
        assert sum(every.values()) > 0
        assert every["new"] == found["leads.new"]
        assert every["open"] == found["leads.waiting"]
        ended = found["leads.verified"] + found["leads.dismissed"]
        assert every["in_time"] + every["late"] == ended
    assert (found["from_self_report.new"], found["from_self_report.in_time"]) == (1, 1)
    assert (found["from_visit.new"], found["from_visit.late"]) == (1, 1)
    assert found["from_tip.open"] == 1


# -- any tree, any history ------------------------------------------------------------------------

Run = Callable[[Callable[[AsyncSession], Coroutine[Any, Any, None]]], None]


class Undone(Exception):
    """An example leaves nothing behind."""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/any.db")
    hurry(db)
    with asyncio.Runner() as runner:

        async def prepare() -> None:
            async with db.engine.begin() as connection:
                await connection.run_sync(tables.metadata.create_all)

        async def one(body: Callable[[AsyncSession], Coroutine[Any, Any, None]]) -> None:
            with suppress(Undone):
                async with db.write() as session:
                    await body(session)
                    raise Undone

        runner.run(prepare())
        yield lambda body: runner.run(one(body))
        runner.run(db.close())


MOMENT = st.integers(-30, 30)  # hours from the cut-off
TALLIED = st.tuples(
    st.integers(0, 30),
    st.sampled_from([("drugsale", "total"), ("absence", "new"), (ADDED, "leads.new")]),
    MOMENT,
    st.integers(0, 5),
)
DUE = st.tuples(
    st.integers(0, 30),
    st.sampled_from([Kind.CHECKIN, Kind.TEST, Kind.ALERT]),
    MOMENT,
    st.sampled_from([None, *Outcome]),
    st.integers(0, 20),
)
LIVED = st.tuples(
    st.integers(0, 30),
    st.sampled_from(["resident", "visit", "away", "ring", "observed", "arrival"]),
    MOMENT,
    st.integers(0, 5),
)


@settings(
    max_examples=60,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    above=st.lists(st.integers(0, 30), min_size=1, max_size=12),
    tallied=st.lists(TALLIED, max_size=12),
    due=st.lists(DUE, max_size=12),
    lived=st.lists(LIVED, max_size=12),
)
def test_a_unit_is_the_sum_of_its_parts(
    run: Run,
    clock: Any,
    above: list[int],
    tallied: list[Any],
    due: list[Any],
    lived: list[Any],
) -> None:
    now = clock.now()

    async def body(session: AsyncSession) -> None:
        units = await _grow(session, above)
        await _happen(session, units, tallied, due, now)
        for n, (where, what, hours, more) in enumerate(lived):
            await _live(session, units[where % len(units)], what, now, hours, more, n)
        told = [(units[where % len(units)], *rest) for where, *rest in tallied]
        owed = [(units[where % len(units)], *rest) for where, *rest in due]
        period = Period(now - DAY, now)
        found = await count_below(session, units[0], period, SECTIONS)
        for unit in units:
            truth: Counter[str] = Counter()
            for there, *rest in told:
                if there.path.startswith(unit.path):
                    truth += _counted(*rest)
            for there, *rest in owed:
                if there.path.startswith(unit.path):
                    truth += _became(*rest)
            for where, *rest in lived:
                if units[where % len(units)].path.startswith(unit.path):
                    truth += _came_to(*rest)
            assert +Counter(found[unit.id]) == truth
            assert (await count_below(session, unit, period, SECTIONS))[unit.id] == found[unit.id]
            one = await count_figures(session, unit, period, SECTIONS)
            assert one == {name: found[unit.id].get(name, 0) for name in one}
            assert one.keys() >= {f"{s.code}.{f}" for s in SECTIONS for f in s.names}
            earlier = await count_figures(session, unit, previous(period), SECTIONS)
            assert mismatches(checks_of(SECTIONS), one, earlier) == []

    run(body)


def _counted(told: tuple[str, str], hours: int, n: int) -> Counter[str]:
    """What a tally comes to in the day that ends now."""
    register, figure = told
    today, total = n if -24 < hours <= 0 else 0, n if hours <= 0 else 0
    if register == ADDED:
        return +Counter({figure: today, f"{ADDED}.{figure}": today, "leads.total": total})
    return +Counter({f"{register}.{figure}": today, f"{register}.{figure}_total": total})


def _became(kind: Kind, hours: int, outcome: Outcome | None, late: int) -> Counter[str]:
    """What an obligation comes to; it opens an hour before it is due."""
    known = outcome if hours + late - 10 <= 0 else None
    gone = known in GONE
    if kind == Kind.ALERT:
        new = -24 < hours - 1 <= 0 and not gone
        return +Counter({"alerts.new": int(new), "alerts.open": int(hours <= 1 and not known)})
    if not -24 < hours <= 0:
        return Counter()
    became = "reported" if known in REPORTED else str(known or "missing")
    parts = () if gone else ("due", became)
    return Counter({f"{kind}.{part}": 1 for part in parts})


def _came_to(what: str, hours: int, more: int) -> Counter[str]:
    """What one event of `_live` comes to in the day that ends now."""
    today, ever = int(-24 < hours <= 0), int(hours <= 0)
    match what:
        case "resident":  # two behind one door; they leave after `more` times six hours
            left = hours + 6 * more
            here, before = int(hours <= 0 < left), int(hours <= -24 < left)
            return +Counter(
                {
                    "roster.households": here,
                    "roster.people": 2 * here,
                    "roster.before": 2 * before,
                    "roster.joined": 2 * today,
                    "roster.left": 2 * int(hours <= 0 and -24 < left <= 0),
                    "visits.doors": 1,
                }
            )
        case "visit":  # twice; an even one met somebody in the end
            met = int(more % 2 == 0)
            seen = {"visited": today, "met": today * met, "unmet": today * (1 - met)}
            return +Counter({"visits.doors": 1, **{f"visits.{k}": n for k, n in seen.items()}})
        case "away":
            ended = hours + 6 * more
            open_, back = int(hours <= 0 < ended), int(hours <= 0 and -24 < ended <= 0)
            how = "unannounced" if more % 2 else "returned"
            return +Counter({"away.now": open_, "away.by_word": open_, f"away.{how}": back})
        case "ring":
            told = int(ever and more % 2)
            return +Counter(
                {
                    "visits.doors": more,
                    "rings.rings": ever,
                    "rings.doors": more * ever,
                    "rings.told": told * today,
                }
            )
        case "observed":
            return +Counter(
                {
                    "observed.before": int(hours <= -24),
                    "observed.new": today,
                    "observed.now": ever,
                    "observed.total": ever,
                    "measures.central": ever * int(more <= 2),
                    "measures.home_monitoring": ever * int(more > 2),
                }
            )
        case _:
            late = int(more > 2)
            return +Counter(
                {
                    "leads.new": today,
                    "leads.waiting": ever,
                    "leads.total": ever,
                    "from_visit.new": today,
                    "from_visit.open": ever,
                    "arrivals.came": today,
                    "arrivals.late": today * late,
                    "arrivals.in_time": today * (1 - late),
                }
            )


async def _live(
    session: AsyncSession, unit: Unit, what: str, now: datetime, hours: int, more: int, n: int
) -> None:
    """Something at the doors of a unit, as `_came_to` knows it."""
    at = now + hours * HOUR
    by = (await session.scalars(select(Account.id))).first()
    assert by is not None
    homes = [Household(unit_id=unit.id, address=f"{n}-{i}", address_index=f"{n}-{i}")
             for i in range({"resident": 1, "visit": 1, "ring": more}.get(what, 0))]  # fmt: skip
    person = Person(unit_id=unit.id, name="x", created_at=at)
    session.add_all([*homes, person])
    await session.flush()
    match what:
        case "resident":
            person.household_id = homes[0].id
            second = Person(unit_id=unit.id, name="y", created_at=at, household_id=homes[0].id)
            for one in (person, second):
                one.listed_at, one.moved_out_at = at, at + 6 * more * HOUR
            session.add(second)
        case "visit":
            home = {"household_id": homes[0].id, "unit_id": unit.id, "account_id": by, "at": at}
            for found in (Found.ABSENT, Found.ABSENT if more % 2 else Found.WELL):
                session.add(Visit(**home, found=found))
        case "away":
            absence = Absence(person_id=person.id, unit_id=unit.id, created_at=at, created_by=by)
            absence.intention, absence.promise = Intention.STAYING, Promise.WORD
            absence.ended_at = at + 6 * more * HOUR
            absence.ended_how = AwayEnd.UNANNOUNCED if more % 2 else AwayEnd.RETURNED
            session.add(absence)
        case "ring":
            ring = Ring(unit_id=unit.id, number=n, created_at=at, created_by=by)
            session.add(ring)
            await session.flush()
            for one in homes:
                session.add(RingHome(ring_id=ring.id, household_id=one.id, joined_at=at))
            if more % 2:
                word = {"word": Word.WELL, "doors": more, "at": at, "by_id": by}
                session.add(RingWord(ring_id=ring.id, **word))
        case "observed":
            episode = Episode(person_id=person.id, unit_id=unit.id, pack="cn-covid-v9")
            # Seven days in a centre, then three at home.
            episode.pack_version, episode.category = 1, "contact"
            episode.anchor_on = local_day(now, ZONE) - timedelta(days=3 * more)
            episode.opened_at, episode.opened_by, episode.ends_on = at, by, at.date()
            session.add(episode)
        case _:
            lead = Lead(person_id=person.id, unit_id=unit.id, created_at=at, known_at=at)
            lead.source, lead.expected_at = LeadSource.VISIT, at - more * HOUR
            lead.purge_on = at.date()
            session.add(lead)
    await session.flush()


async def _grow(session: AsyncSession, above: list[int]) -> list[Unit]:
    """A tree in which each unit hangs on one before it, at most four levels deep."""
    units = [await add_unit(session, "u", "u", ORDER[0])]
    for n, chosen in enumerate(above):
        parent = units[chosen % len(units)]
        depth = min(parent.path.count("/") - 1, 3)
        units.append(await add_unit(session, f"u{n}", f"u{n}", ORDER[depth], parent))
    return units


async def _happen(
    session: AsyncSession, units: list[Unit], tallied: list[Any], due: list[Any], now: Any
) -> None:
    account = Account(chat="phone:1", created_at=now)
    session.add(account)
    await session.flush()
    note = Submission(form="x", version=1, receipt="r", answers="{}", actor_id=account.id, at=now)
    session.add(note)
    await session.flush()
    for where, (register, figure), hours, n in tallied:
        row = {"register": register, "figure": figure, "unit_id": units[where % len(units)].id}
        at = now + hours * HOUR
        await session.execute(insert(Tally), [{**row, "at": at, "n": n, "submission_id": note.id}])
    for n, (where, kind, hours, outcome, late) in enumerate(due):
        at = now + hours * HOUR
        item = Obligation(
            key=f"k{n}", kind=kind, unit_id=units[where % len(units)].id, opens_at=at - HOUR
        )
        item.due_at, item.outcome = at, outcome
        item.outcome_at = at + (late - 10) * HOUR if outcome else None
        session.add(item)
    await session.flush()
