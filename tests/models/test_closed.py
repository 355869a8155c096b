"""Days that are over: what is kept of them is what a full count finds, for every unit; it moves
when it is counted again, and whoever was sent it hears what has moved."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from cases import ZONE, account_of, duty, episode_of, heads, lead_of, unit_of
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from test_registers import submit

from models.closed import KEPT, ClosedSheet, closed_numbers, keep_closed
from models.corrections import reconsider, reconsider_day
from models.daily import DailyReport
from models.leads import Lead, LeadOutcome
from models.obligations import Kind, Obligation, Outcome, settle
from models.reports.figures import count_below, count_figures, mended
from models.reports.numbers import Numbers, count, digested
from models.reports.periods import Period, previous
from models.reports.sections import COUNTED, SECTIONS
from models.reports.sheet import compact, differences
from models.tallies import ADDED, tally
from models.units import Level, Unit
from models.verification import close_lead

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY = 1
GRIDS = ("花园小区一网格", "花园小区二网格", "柳林村一网格")
ABOVE = ("清河区", "城关镇", "柳林乡", "花园社区", "柳林村")


async def close(session: AsyncSession, period: Period, now: datetime) -> None:
    top = await unit_of(session, "清河区")
    sheets = await count_below(session, top, period, COUNTED)
    await keep_closed(session, top, sheets, period, now)


async def kept(session: AsyncSession, name: str, period: Period) -> Numbers:
    unit = await unit_of(session, name)
    (found,) = await closed_numbers(session, unit, [period], period.until_at)
    return found


async def told(session: AsyncSession, period: Period, name: str) -> None:
    """The supervisors of all units were sent their digests."""
    by = (await account_of(session, name)).id
    await session.execute(update(ClosedSheet).values(told=[by]))


async def happen(session: AsyncSession, now: datetime, chance: random.Random) -> None:
    """A day and a half of duties, leads, episodes and records."""
    for n in range(40):
        item = await duty(
            session,
            f"k{n}",
            now + timedelta(minutes=chance.randrange(-900, 1200)),
            kind=chance.choice([Kind.CHECKIN, Kind.TEST, Kind.ALERT]),
        )
        item.unit_id = (await unit_of(session, chance.choice(GRIDS))).id
        if chance.random() < 0.7:
            at = item.due_at + timedelta(minutes=chance.randrange(-200, 900))
            await settle(session, [item], chance.choice(list(Outcome)), BY, at)
    for name in ("王芳", "周涛", "David", "林志明"):
        at = now + chance.randrange(-12, 12) * HOUR
        if chance.random() < 0.4:
            await episode_of(session, name, at)
        else:
            lead = await lead_of(session, name, at)
            if chance.random() < 0.5:
                await close_lead(session, lead, LeadOutcome.NO_RISK, BY, at + 5 * HOUR)
    for n in range(3):
        unit = await unit_of(session, chance.choice(GRIDS))
        note = await submit(session, f"r{n}", now, form=ADDED, unit_id=unit.id)
        await tally(
            session, note, {"leads.new": chance.randrange(3)}, now - chance.randrange(9) * HOUR
        )


async def correct(session: AsyncSession, now: datetime, chance: random.Random) -> None:
    """What may come to light later: somebody told twice, in another grid, withdrawn as it was."""
    for lead in list(await session.scalars(select(Lead))):
        if chance.random() < 0.4:
            lead.outcome, lead.outcome_at = LeadOutcome.MERGED, now
        elif chance.random() < 0.4:
            lead.unit_id = (await unit_of(session, chance.choice(GRIDS))).id
    for item in list(await session.scalars(select(Obligation))):
        if chance.random() < 0.2:
            item.outcome, item.outcome_at = Outcome.CANCELLED, item.due_at
        elif chance.random() < 0.1:
            item.unit_id = (await unit_of(session, chance.choice(GRIDS))).id
    await session.flush()


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_kept_is_a_full_count_when_it_was_counted_and_when_it_is_again(
    session: AsyncSession, now: datetime, seed: int
) -> None:
    chance = random.Random(seed)
    await happen(session, now, chance)
    period = Period(now - DAY, now, ZONE)
    for cut_off in (now - DAY, now):
        await close(session, Period(cut_off - DAY, cut_off, ZONE), now)
    await _is_a_full_count(session, period)
    before = {name: (await kept(session, name, period)).figures for name in ABOVE}
    await told(session, period, "吴刚")
    await correct(session, now + 5 * HOUR, chance)
    assert {name: (await kept(session, name, period)).figures for name in ABOVE} == before
    top = await unit_of(session, "清河区")
    await reconsider_day(session, top, period.on, now + DAY, ZONE)
    await _is_a_full_count(session, period)
    after = (await kept(session, "清河区", period)).figures
    moved = differences(digested(before["清河区"]), digested(after))
    assert ("digest.corrected" in await heads(session, "吴刚")) is bool(moved)


async def _is_a_full_count(session: AsyncSession, period: Period) -> None:
    for name in ABOVE:
        unit = await unit_of(session, name)
        numbers = await kept(session, name, period)
        counted = await count(session, unit, period)
        assert +Counter(digested(numbers.figures)) == +Counter(digested(counted.figures)), name
        below = await session.scalars(select(Unit).where(Unit.parent_id == unit.id))
        own = await count_below(session, unit, period, COUNTED)
        parts = [own[one.id] for one in below]
        for figure, n in counted.figures.items():
            # Nothing lies in these units themselves.
            assert n == sum(part.get(figure, 0) for part in parts), (name, figure)
        assert numbers.mismatches(await kept(session, name, previous(period))) == []


async def test_what_is_known_later_is_no_correction(session: AsyncSession, now: datetime) -> None:
    items = [await duty(session, f"k{n}", now - 5 * HOUR) for n in range(3)]
    lead = await lead_of(session, "王芳", now - HOUR)
    period = Period(now - DAY, now, ZONE)
    await close(session, period, now)
    await told(session, period, "吴刚")
    await settle(session, items, Outcome.LATE, BY, now + HOUR)
    await close_lead(session, lead, LeadOutcome.NO_RISK, BY, now + HOUR)
    await reconsider_day(session, await unit_of(session, "清河区"), period.on, now + DAY, ZONE)
    assert "digest.corrected" not in await heads(session, "吴刚")


async def test_many_corrections_are_one_message_and_the_next_day_none(
    session: AsyncSession, now: datetime
) -> None:
    leads = [await lead_of(session, name, now - HOUR) for name in ("王芳", "周涛", "David")]
    period = Period(now - DAY, now, ZONE)
    await close(session, period, now)
    await told(session, period, "吴刚")
    top = await unit_of(session, "清河区")
    for lead in leads:
        await close_lead(session, lead, LeadOutcome.MERGED, BY, now + HOUR)
    for days in (1, 1, 2):
        await reconsider_day(session, top, period.on, now + days * DAY, ZONE)
    assert (await heads(session, "吴刚")).count("digest.corrected") == 1
    assert "digest.corrected" not in await heads(session, "钱伟"), "she was sent none"


async def test_what_is_mended_days_later_is_counted_again_at_the_next_cut_off(
    session: AsyncSession, now: datetime
) -> None:
    period = Period(now - 6 * DAY, now - 5 * DAY, ZONE)
    await close(session, period, now - 5 * DAY)
    village = await unit_of(session, "花园社区")
    note = await submit(session, "1", now, form=ADDED, unit_id=village.id)
    await tally(session, note, {"leads.new": 2}, period.until_at)
    await reconsider(session, village, period.until_at, now)
    top = await unit_of(session, "清河区")
    await reconsider_day(session, top, (period.until_at + 4 * DAY).date(), now, ZONE)
    for name, n in (("清河区", 2), ("花园社区", 2), ("柳林乡", 0)):
        assert (await kept(session, name, period))["leads.new"] == n
    assert await session.scalar(select(func.count()).where(ClosedSheet.stale)) == 0


async def test_a_day_that_nobody_counted_is_counted_when_it_is_asked_for(
    session: AsyncSession, now: datetime
) -> None:
    await lead_of(session, "王芳", now - HOUR)
    period = Period(now - DAY, now, ZONE)
    assert (await kept(session, "清河区", period))["leads.new"] == 1
    moved = Period(now - DAY + HOUR, now, ZONE)  # the district has another cut-off since
    await lead_of(session, "周涛", now - DAY + timedelta(minutes=30))
    assert (await kept(session, "清河区", moved))["leads.new"] == 1
    assert (await kept(session, "清河区", period))["leads.new"] == 1, "as it was counted"


async def test_old_days_go_and_grids_keep_none(session: AsyncSession, now: datetime) -> None:
    for days in (60, 1):
        await close(session, Period(now - days * DAY, now - (days - 1) * DAY, ZONE), now)
    await close(session, Period(now - DAY, now, ZONE), now)
    sheets = list(await session.scalars(select(ClosedSheet)))
    assert min(sheet.until_at for sheet in sheets) > now - KEPT
    levels = await session.scalars(select(Unit.level).where(Unit.id.in_(s.unit_id for s in sheets)))
    assert Level.GRID not in set(levels)
    assert len(sheets) == len(ABOVE) * len({sheet.until_at for sheet in sheets})


@pytest.mark.parametrize("seed", range(4))
async def test_what_somebody_mended_comes_to_the_same_as_a_full_count(
    session: AsyncSession, now: datetime, seed: int
) -> None:
    chance = random.Random(seed)
    await happen(session, now - HOUR, chance)
    period = Period(now - DAY, now, ZONE)
    village = await unit_of(session, "花园社区")
    before = compact((await count_below(session, village, period, SECTIONS))[village.id])
    for n in range(4):
        form = chance.choice([ADDED, "drugsale"])
        figures = {"leads.new": 2, "alerts.new": 1} if form == ADDED else {"total": 1, "fever": n}
        note = await submit(session, f"m{n}", now, form=form, unit_id=village.id)
        await tally(session, note, figures, now - chance.randrange(40) * HOUR)
    whole = (await count_below(session, village, period, SECTIONS))[village.id]
    found = await mended(session, village, period, before, SECTIONS)
    assert differences(found, whole) == {}
    shown = await count_figures(session, village, period, SECTIONS)
    assert found.get("leads.new", 0) == shown["leads.new"]


async def test_a_correction_does_not_count_the_sheet_again(
    session: AsyncSession, now: datetime
) -> None:
    village = await unit_of(session, "花园社区")
    period = Period(now - DAY, now, ZONE)
    figures = compact((await count_below(session, village, period, SECTIONS))[village.id])
    span = {"since_at": period.since_at, "until_at": period.until_at}
    session.add(
        DailyReport(
            unit_id=village.id, on_day=now.date(), version=1, figures=figures, zero=True, at=now,
            by_id=(await account_of(session, "孙丽")).id, **span,
        )
    )  # fmt: skip
    await lead_of(session, "王芳", now - HOUR)  # of which the next cut-off will tell
    note = await submit(session, "1", now, form=ADDED, unit_id=village.id)
    await tally(session, note, {"leads.new": 2}, now)
    await reconsider(session, village, now, now)
    newest = await session.scalar(select(DailyReport).where(DailyReport.version == 2))
    assert newest is not None
    assert (newest.figures["leads.new"], newest.figures["added.leads.new"]) == (2, 2)
