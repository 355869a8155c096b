"""Service: a request for help that is offered to volunteers, and the hours that they give.

The worker who offers it stays answerable: the request is hers, its ladder goes on, and whatever a
volunteer does not do comes back to her. The first volunteer to accept has it. Knows no chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import Account
from models.base import Base, Id
from models.episodes import Episode
from models.helping import Need, deliver
from models.messages import UserError
from models.obligations import Kind, Obligation, Outcome, by_key, look_again, oblige, settle
from models.points import Holder, Reason, award
from models.rules import Rules, rules_for
from models.sources import MORNING, NIGHT
from models.units import Level, Unit, ancestor_ids, chain
from models.volunteers import SKILLS_FOR, Volunteer, active

REMINDED_AHEAD = timedelta(minutes=30)
LEAST_MINUTES = 30


class Ended(StrEnum):
    """How a task ended."""

    DONE = "done"
    BACK = "back"  # she gave it back
    NOBODY = "nobody"  # nobody accepted it in time
    OFF = "off"  # it is not needed any more, or a worker sees to it


class Task(Base):
    """A request for help put before volunteers. `volunteer_id` is whoever accepted."""

    __tablename__ = "volunteer_tasks"

    id: Mapped[Id]
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligations.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended: Mapped[Ended | None] = mapped_column(String(8))
    minutes: Mapped[int | None]  # of service

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class Call(Base):
    """A volunteer who was asked whether she takes a task."""

    __tablename__ = "volunteer_calls"
    __table_args__ = (UniqueConstraint("task_id", "volunteer_id"),)

    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(ForeignKey("volunteer_tasks.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    asked_at: Mapped[datetime]
    declined_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Offered:
    """A task and those who are asked, the nearest first."""

    task: Task
    asked: Sequence[Volunteer]


def ask_key(task: Task, volunteer: Volunteer) -> str:
    """The letter that asks her."""
    return f"service:t{task.id}:v{volunteer.id}"


def watch_key(task: Task) -> str:
    """The obligation that looks when nobody accepts, and reminds who did."""
    return f"service:t{task.id}"


# -- offering --------------------------------------------------------------------------------------


async def offer(
    session: AsyncSession, item: Obligation, by: int, now: datetime, zone: ZoneInfo
) -> Offered:
    """Ask fitting volunteers, and hold the request for the worker meanwhile. UserError when it is
    somebody else's, at night, or when nobody fits who has not been asked before."""
    if not item.is_open():
        raise UserError("help.over")
    if item.owner_id not in (None, by):
        raise UserError("help.taken_by_other")
    if item.facts["need"] == Need.COMFORT:
        raise UserError("volunteer.not_comfort")
    if await task_of(session, item.id) is not None:
        raise UserError("volunteer.offered_already")
    if not MORNING <= now.astimezone(zone).time() < NIGHT:
        raise UserError("volunteer.night")
    unit = await session.get_one(Unit, item.unit_id)
    rules = await rules_for(session, unit)
    asked = (await fitting(session, item, unit, now, zone))[: rules.volunteers_asked]
    if not asked:
        raise UserError("volunteer.nobody_fits")
    item.owner_id = by
    task = Task(
        obligation_id=item.id,
        unit_id=unit.id,
        by_id=by,
        offered_at=now,
        expires_at=now + timedelta(minutes=rules.volunteer_minutes),
    )
    session.add(task)
    await session.flush()
    session.add_all(Call(task_id=task.id, volunteer_id=one.id, asked_at=now) for one in asked)
    await oblige(session, [_watch(task)])
    return Offered(task, asked)


def _watch(task: Task) -> dict[str, object]:
    return {
        "key": watch_key(task),
        "kind": Kind.SERVICE,
        "unit_id": task.unit_id,
        "opens_at": task.expires_at,
        "due_at": task.expires_at,
        "facts": {"task": task.id},
    }


async def fitting(
    session: AsyncSession, item: Obligation, unit: Unit, now: datetime, zone: ZoneInfo
) -> list[Volunteer]:
    """Who can do it, has time before it is due, is not watched over herself and has not been asked
    for it: of the nearest unit first, then who was not asked for the longest time."""
    line = await chain(session, unit)
    around = line.get(Level.TOWNSHIP, unit)
    lately = (
        select(Call.volunteer_id, func.max(Call.asked_at).label("at"))
        .group_by(Call.volunteer_id)
        .subquery()
    )
    before = (
        select(Call.volunteer_id)
        .join(Task, Task.id == Call.task_id)
        .where(Task.obligation_id == item.id)
    )
    observed = select(Episode.person_id).where(Episode.outcome.is_(None))
    found = await session.execute(
        select(Volunteer, Unit.path, lately.c.at)
        .join(Unit, Unit.id == Volunteer.unit_id)
        .join(Account, Account.id == Volunteer.account_id)
        .outerjoin(lately, lately.c.volunteer_id == Volunteer.id)
        .where(
            active(),
            Unit.path.startswith(around.path),
            Account.blocked_at.is_(None),
            Account.id != int(item.facts["asker"]),
            Volunteer.id.not_in(before),
            Volunteer.person_id.is_(None) | Volunteer.person_id.not_in(observed),
        )
    )
    skills = {str(skill) for skill in SKILLS_FOR[Need(item.facts["need"])]}
    ranked = [
        (-_shared(path, unit.path), asked_at is not None, asked_at or now, one.id, one)
        for one, path, asked_at in found
        if skills & set(one.skills)
        and one.free_between(now, item.due_at, zone)
        and (one.person_id is None or one.person_id != item.person_id)
    ]
    return [row[-1] for row in sorted(ranked, key=lambda row: row[:-1])]


def _shared(path: str, other: str) -> int:
    """How many units two paths have in common."""
    return sum(unit in ancestor_ids(other) for unit in ancestor_ids(path))


# -- the volunteer's side --------------------------------------------------------------------------


async def task_of(session: AsyncSession, obligation_id: int) -> Task | None:
    """The task that a request for help is out as, locked."""
    return await session.scalar(
        select(Task)
        .where(Task.obligation_id == obligation_id, Task.ended_at.is_(None))
        .order_by(Task.id)
        .limit(1)
        .with_for_update()
    )


async def calls_of(session: AsyncSession, task: Task) -> list[tuple[Call, Volunteer]]:
    """Everybody who was asked."""
    found = await session.execute(
        select(Call, Volunteer)
        .join(Volunteer, Volunteer.id == Call.volunteer_id)
        .where(Call.task_id == task.id)
        .order_by(Call.id)
    )
    return [(call, volunteer) for call, volunteer in found]


async def accept(
    session: AsyncSession, task: Task, item: Obligation, volunteer: Volunteer, now: datetime
) -> None:
    """The first one has it; UserError for everybody after her."""
    if task.volunteer_id == volunteer.id and task.is_open:
        raise UserError("volunteer.yours_already")
    if task.volunteer_id is not None:
        raise UserError("volunteer.taken")
    if not task.is_open or not item.is_open() or now >= task.expires_at:
        raise UserError("volunteer.over")
    if not volunteer.serves:
        raise UserError("volunteer.not_serving")
    task.volunteer_id, task.accepted_at = volunteer.id, now
    watch = await by_key(session, watch_key(task))
    if watch is not None:
        await look_again(session, watch, max(now, item.due_at - REMINDED_AHEAD))


async def decline(session: AsyncSession, task: Task, volunteer: Volunteer, now: datetime) -> bool:
    """Not this time; True when she was the last who could have accepted."""
    if not task.is_open or task.volunteer_id is not None:
        return False
    calls = await calls_of(session, task)
    for call, one in calls:
        if one.id == volunteer.id and call.declined_at is None:
            call.declined_at = now
    if any(call.declined_at is None for call, _ in calls):
        return False
    await close(session, task, Ended.NOBODY, now)
    return True


def check_hers(task: Task, volunteer: Volunteer) -> None:
    """Is it hers, and still to do?"""
    if task.volunteer_id != volunteer.id:
        raise UserError("volunteer.not_yours")
    if not task.is_open:
        raise UserError("volunteer.over")


async def give_back(session: AsyncSession, task: Task, volunteer: Volunteer, now: datetime) -> None:
    """She cannot go after all: it is the worker's again."""
    check_hers(task, volunteer)
    await close(session, task, Ended.BACK, now)


async def finish(
    session: AsyncSession, task: Task, item: Obligation, volunteer: Volunteer, now: datetime
) -> int:
    """It is done: whoever asked has the last word. What it brought her in points."""
    check_hers(task, volunteer)
    assert task.accepted_at is not None, "she has accepted"
    assert volunteer.account_id is not None, "she accepted in chat"
    await deliver(session, item, volunteer.account_id, now)
    rules = await rules_for(session, await session.get_one(Unit, task.unit_id))
    spent = -(-int((now - task.accepted_at).total_seconds()) // 60)
    task.minutes = max(LEAST_MINUTES, min(spent, rules.volunteer_most_minutes))
    await close(session, task, Ended.DONE, now)
    return await credit(session, watch_key(task), volunteer, task.minutes, rules, now)


async def close(session: AsyncSession, task: Task, ended: Ended, now: datetime) -> None:
    """The task is over; nobody looks at it again."""
    task.ended, task.ended_at = ended, now
    watch = await by_key(session, watch_key(task))
    if watch is not None and watch.is_open():
        await settle(session, [watch], Outcome.DONE, None, now)


async def held_by(session: AsyncSession, volunteer: Volunteer) -> list[Task]:
    """What she has accepted and not done yet."""
    found = await session.scalars(
        select(Task)
        .where(Task.volunteer_id == volunteer.id, Task.ended_at.is_(None))
        .order_by(Task.id)
        .with_for_update()
    )
    return list(found)


# -- hours and points ------------------------------------------------------------------------------


async def credit(
    session: AsyncSession, key: str, volunteer: Volunteer, minutes: int, rules: Rules, now: datetime
) -> int:
    """Points for minutes of service, once a key; how many."""
    n = rules.points_hour * minutes // 60
    if n:
        holder = Holder(volunteer.person_id, volunteer.account_id)
        await award(session, key, holder, n, Reason.SERVICE, volunteer.unit_id, None, now)
    return n
