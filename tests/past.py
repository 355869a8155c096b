"""A random past of the cast, for tests of what is counted and written about it: what was due and
what became of it, who came, shifts, registers, and what was added to a report by hand.

Knows the models and the cast, no chat.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from cases import account_of, duties_of, duty, episode_of, lead_of, manned, unit_of
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.alerts import raise_alert
from models.episodes import EpisodeEnd
from models.leads import LeadOutcome
from models.obligations import Kind, Obligation, Outcome, settle
from models.observation import close_episode
from models.registers import Submission
from models.samples import Result, record_result
from models.tallies import ADDED, tally
from models.verification import close_lead

HOUR = timedelta(hours=1)
GRIDS = ("花园小区一网格", "花园小区二网格", "柳林村一网格", "花园社区")
KINDS = (Kind.CHECKIN, Kind.TEST, Kind.ZERO, Kind.ALERT, Kind.HELP)


async def lived(session: AsyncSession, now: datetime, seed: int, days: int = 9) -> datetime:
    """So many days, and the hour at which they are over; much is told days after it was due."""
    chance, by = Random(seed), (await account_of(session, "李强")).id
    end = now + timedelta(days=days)
    for n in range(90):
        at = now + chance.random() * (end - now)
        await duty(session, f"p{n}", at, kind=chance.choice(KINDS), unit=chance.choice(GRIDS))
    for name in ("王芳", "周涛", "David", "林志明"):
        await _came(session, name, now + chance.random() * timedelta(days=days - 3), chance, by)
    open_ = select(Obligation).where(Obligation.outcome.is_(None), Obligation.due_at <= end)
    for item in list(await session.scalars(open_.order_by(Obligation.id))):
        at = item.due_at + chance.randrange(-5, 60) * HOUR
        if chance.random() < 0.7 and at <= end:
            await settle(session, [item], chance.choice(list(Outcome)), by, at)
        if chance.random() < 0.1:
            await raise_alert(session, "fever", item, item.due_at, {})
    for n in range(6):
        shift = await manned(session, now + n * 30 * HOUR, now, name=f"卡口{n}")
        if chance.random() < 0.6:
            shift.signed_in_at = shift.due_at + chance.randrange(-20, 90) * timedelta(minutes=1)
    for n in range(12):
        await _recorded(session, n, now + chance.random() * (end - now), chance, by)
    await session.flush()
    return end


async def _came(session: AsyncSession, name: str, at: datetime, chance: Random, by: int) -> None:
    if chance.random() < 0.6:
        episode = await episode_of(session, name, at)
        test = (await duties_of(session, episode, Kind.TEST))[0]
        result = chance.choice([Result.POSITIVE, Result.NEGATIVE])
        await record_result(session, test, result, None, by, at + HOUR)
        if chance.random() < 0.5:
            await close_episode(session, episode, EpisodeEnd.RELEASED, by, at + 30 * HOUR)
        return
    lead = await lead_of(session, name, at)
    if chance.random() < 0.5:
        await close_lead(session, lead, LeadOutcome.NO_RISK, by, at + 30 * HOUR)


async def _recorded(session: AsyncSession, n: int, at: datetime, chance: Random, by: int) -> None:
    """A sale of medicine, or somebody whom no record has."""
    form, figures = chance.choice(
        [("drugsale", {"total": 1, "fever": chance.randrange(2)}), (ADDED, {"leads.new": 2})]
    )
    paper = Submission(
        form=form, version=1, receipt=f"past{n}", answers="{}", actor_id=by,
        unit_id=(await unit_of(session, chance.choice(GRIDS))).id, context={}, at=at,
    )  # fmt: skip
    session.add(paper)
    await session.flush()
    await tally(session, paper, figures, at)
