"""A supervision team's day: which venues it goes to, and that it has begun.

Drawn on the day itself and kept, so that nobody knows before and nobody draws until it suits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import under
from models.accounts import Assignment
from models.actors import Action, Actor
from models.clock import at_local
from models.obligations import Kind, by_key, fulfil, oblige
from models.rules import Rules
from models.units import Unit
from models.venues.colours import colours_of
from models.venues.kinds import Trading
from models.venues.problem import Problem, State
from models.venues.team import Outing, OutingMember, Team, Why
from models.venues.venue import Venue

BEGINS, ENDS = time(7, 30), time(18)


@dataclass(frozen=True, slots=True)
class Going:
    """One day of a team with the names of those who go."""

    outing: Outing
    team: Team
    names: tuple[str, ...]


# -- the rota -------------------------------------------------------------------------------------


async def plan_outing(
    session: AsyncSession, team: Team, on: date, members: Sequence[Assignment], zone: ZoneInfo
) -> set[int]:
    """Put a team's day on the rota, or add to it: the numbers of the roles that are new there. Each
    of those who go is asked on its morning."""
    outing = await session.scalar(select(Outing).where(Outing.team_id == team.id, Outing.on == on))
    if outing is None:
        outing = Outing(team_id=team.id, unit_id=team.unit_id, on=on, sites=[])
        session.add(outing)
        await session.flush()
    known = set(
        await session.scalars(
            select(OutingMember.assignment_id).where(OutingMember.outing_id == outing.id)
        )
    )
    fresh = list({one.id: one for one in members if one.id not in known}.values())
    session.add_all(OutingMember(outing_id=outing.id, assignment_id=one.id) for one in fresh)
    await oblige(session, [_asked(outing, team, one, zone) for one in fresh if one.account_id])
    await session.flush()
    return {one.id for one in fresh}


def _asked(outing: Outing, team: Team, member: Assignment, zone: ZoneInfo) -> dict[str, object]:
    return {
        "key": f"{Kind.OUTING}:{outing.id}:{member.account_id}",
        "kind": Kind.OUTING,
        "unit_id": outing.unit_id,
        "owner_id": member.account_id,
        "opens_at": at_local(outing.on, BEGINS, zone),
        "due_at": at_local(outing.on, ENDS, zone),
        "facts": {"outing": outing.id, "team": team.name},
    }


async def outings_between(
    session: AsyncSession, actor: Actor, since: date, until: date
) -> Sequence[Going]:
    """The rota of her units and her own days, each with who goes, by day."""
    mine = select(OutingMember.outing_id).join(
        Assignment, Assignment.id == OutingMember.assignment_id
    )
    hers = Outing.id.in_(mine.where(Assignment.account_id == actor.account_id))
    found = await session.execute(
        select(Outing, Team, Assignment.name)
        .join(Team, Team.id == Outing.team_id)
        .join(OutingMember, OutingMember.outing_id == Outing.id)
        .join(Assignment, Assignment.id == OutingMember.assignment_id)
        .where(
            or_(hers, under(actor.paths(Action.OVERSEE), Outing.unit_id)),
            Outing.on.between(since, until),
        )
        .order_by(Outing.on, Team.name, OutingMember.id)
    )
    going: dict[int, Going] = {}
    for outing, team, name in found:
        before = going.get(outing.id)
        names = (*(before.names if before else ()), name or "")
        going[outing.id] = Going(outing, team, names)
    return list(going.values())


async def outing_today(session: AsyncSession, account_id: int, today: date) -> Outing | None:
    """The outing on which she goes today: her team's, else the one that she has begun alone."""
    team = (
        select(Outing)
        .join(OutingMember, OutingMember.outing_id == Outing.id)
        .join(Assignment, Assignment.id == OutingMember.assignment_id)
        .where(
            Assignment.account_id == account_id, Assignment.until_at.is_(None), Outing.on == today
        )
        .order_by(Outing.id)
        .limit(1)
        .with_for_update(of=Outing)
    )
    alone = select(Outing).where(Outing.account_id == account_id, Outing.on == today)
    return await session.scalar(team) or await session.scalar(alone)


# -- the day --------------------------------------------------------------------------------------


async def sites_of(
    session: AsyncSession, outing: Outing, rules: Rules, now: datetime, zone: ZoneInfo
) -> Sequence[tuple[Venue, Why]]:
    """Where the team goes, in the order in which it was drawn: what is back, what has a card or
    problems, where nobody has been for longest, and at least one by lot."""
    if not outing.sites:
        drawn = await _draw(session, outing, rules, now, zone)
        outing.sites = [f"{number}:{why}" for number, why in drawn]
    given = outing.given()
    found = await session.scalars(
        select(Venue).where(Venue.id.in_(given), Venue.trading != Trading.GONE)
    )
    venues = {venue.id: venue for venue in found}
    return [(venues[number], why) for number, why in given.items() if number in venues]


async def _draw(
    session: AsyncSession, outing: Outing, rules: Rules, now: datetime, zone: ZoneInfo
) -> list[tuple[int, Why]]:
    unit = await session.get_one(Unit, outing.unit_id)
    reach = under((unit.path,), Venue.unit_id)
    oldest = (Venue.inspected_at.is_not(None), Venue.inspected_at, Venue.id)
    there = list(
        await session.scalars(
            select(Venue.id).where(reach, Venue.trading != Trading.GONE).order_by(*oldest)
        )
    )
    problems = await _troubled(session, unit, there, now, rules, zone)
    wanted: dict[int, Why] = {**problems}
    picked = dict(list(wanted.items())[: max(rules.team_sites // 2, 1)])
    unseen = [number for number in there if number not in picked]
    for number in unseen[: max(rules.team_sites - 1 - len(picked), 0)]:
        picked[number] = problems.get(number, Why.UNSEEN)
    rest = [number for number in there if number not in picked]
    lots = min(rules.team_sites - len(picked), len(rest))
    chosen = Random(outing.id).sample(rest, lots)  # noqa: S311 -- a lot, not a secret
    return [*picked.items(), *((number, Why.DRAWN) for number in chosen)]


async def _troubled(
    session: AsyncSession,
    unit: Unit,
    there: Sequence[int],
    now: datetime,
    rules: Rules,
    zone: ZoneInfo,
) -> dict[int, Why]:
    """Venues with open problems, and why each is worth a look, the gravest first."""
    found = await session.execute(
        select(Problem.venue_id, func.max(Problem.relapses), func.min(Problem.due_at))
        .where(under((unit.path,), Problem.unit_id), Problem.state != State.CLOSED)
        .group_by(Problem.venue_id)
        .order_by(func.min(Problem.due_at))
    )
    rows = [row for row in found.all() if row[0] in set(there)]
    coloured = await colours_of(session, [row[0] for row in rows], now, rules, zone)
    troubled = {
        number: Why.RELAPSED if back else Why.COLOUR if number in coloured else Why.PROBLEMS
        for number, back, _ in rows
    }
    order = list(Why)
    return dict(sorted(troubled.items(), key=lambda pair: order.index(pair[1])))


async def begin_outing(
    session: AsyncSession, account_id: int, unit_id: int, today: date, now: datetime
) -> Outing:
    """The outing that a walk of hers belongs to: her team's of today, else one of her own."""
    outing = await outing_today(session, account_id, today)
    if outing is None:
        outing = Outing(account_id=account_id, unit_id=unit_id, on=today, sites=[])
        session.add(outing)
        await session.flush()
    if outing.begun_at is None:
        outing.begun_at = now
        await _met(session, outing, now)
    return outing


async def _met(session: AsyncSession, outing: Outing, now: datetime) -> None:
    """The team is out: nobody of it is asked any more."""
    members = await session.scalars(
        select(Assignment.account_id)
        .join(OutingMember, OutingMember.assignment_id == Assignment.id)
        .where(OutingMember.outing_id == outing.id)
    )
    for account_id in members:
        item = await by_key(session, f"{Kind.OUTING}:{outing.id}:{account_id}")
        if item is not None and item.is_open():
            await fulfil(session, item, account_id, now)
