"""Somebody of the team is away for a while, and somebody else stands in for her.

Who holds whose work follows from the leaves that are running: `arrange` puts roles and claims where
they belong now, and says what moved. Doing it twice changes nothing; what it did not get to do ends
by itself, since a stand-in's role has its end from the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import TEAM, Account, Assignment, Role
from models.away import move_absences
from models.base import Base, Id
from models.leads import Lead
from models.obligations import Kind, Obligation
from models.statements import queue_up
from models.units import Level, Unit, ancestor_ids

MOST_RECEIVERS = 7
INSTANT = timedelta(microseconds=1)


class Leave(Base):
    """From an hour, perhaps one to come, until another. `receiver_id` was chosen, `holder_id` has
    the work now: another one when the receiver is away herself, nobody while nobody has been named
    or the leave is to come."""

    __tablename__ = "leaves"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))  # which names a receiver
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    since_at: Mapped[datetime]
    until_at: Mapped[datetime] = mapped_column(index=True)
    refusals: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]

    def stands(self, now: datetime) -> bool:
        """It is to come, or she is away."""
        return self.ended_at is None and now < self.until_at

    def to_come(self, now: datetime) -> bool:
        return self.stands(now) and now < self.since_at


@dataclass(frozen=True, slots=True)
class Shift:
    """The work of somebody who is away went from one to another; None: to nobody."""

    leave: Leave
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could stand in."""

    account_id: int
    name: str
    unit: str
    path: str


def running(now: datetime) -> ColumnElement[bool]:
    return and_(Leave.ended_at.is_(None), Leave.since_at <= now, Leave.until_at > now)


def standing(since: datetime, until: datetime | None = None) -> ColumnElement[bool]:
    """Running or to come: on some day before `until`, if that is given."""
    stands = and_(Leave.ended_at.is_(None), Leave.until_at > since)
    return stands if until is None else and_(stands, Leave.since_at < until)


def away(now: datetime) -> ColumnElement[bool]:
    """Condition on Account."""
    return Account.id.in_(select(Leave.account_id).where(running(now)))


def held(now: datetime) -> ColumnElement[bool]:
    """Condition on Assignment: a role that somebody has now."""
    return or_(Assignment.until_at.is_(None), Assignment.until_at > now)


async def leave_of(session: AsyncSession, account_id: int, now: datetime) -> Leave | None:
    """The leave that she is on."""
    return await session.scalar(
        select(Leave).where(Leave.account_id == account_id, running(now)).with_for_update()
    )


async def leaves_of(session: AsyncSession, account_id: int, now: datetime) -> list[Leave]:
    """The leave that she is on and those to come, the next one first."""
    found = await session.scalars(
        select(Leave)
        .where(Leave.account_id == account_id, standing(now))
        .order_by(Leave.since_at, Leave.id)
        .with_for_update()
    )
    return list(found)


async def serialize(session: AsyncSession) -> None:
    """Leaves change one after the other: two who hand over to each other would both be gone."""
    await queue_up(session, ["leave"])


async def own_roles(session: AsyncSession, account_id: int, now: datetime) -> list[Assignment]:
    """Her own roles in the team, the first one first; not those that she stands in for."""
    found = await session.scalars(
        select(Assignment)
        .where(
            Assignment.account_id == account_id,
            Assignment.role.in_(TEAM),
            Assignment.held_for_id.is_(None),
            held(now),
        )
        .order_by(Assignment.id)
    )
    return list(found)


async def name_of(session: AsyncSession, account_id: int) -> str:
    """As the staff list has it, else as the platform does."""
    return (await names_of(session, [account_id])).get(account_id, "")


async def names_of(session: AsyncSession, accounts: Iterable[int]) -> dict[int, str]:
    """The same of many, in one query."""
    found = await session.execute(
        select(Account.id, Assignment.name, Account.name)
        .outerjoin(Assignment, Assignment.account_id == Account.id)
        .where(Account.id.in_(list(accounts)))
        .order_by(Assignment.id)
    )
    out: dict[int, str] = {}
    for account_id, staff_name, chat_name in found:
        out[account_id] = out.get(account_id) or staff_name or chat_name or ""
    return out


async def candidates(
    session: AsyncSession, account_id: int, now: datetime, until: datetime | None = None
) -> list[Candidate]:
    """Colleagues of her unit, of the grids beside it, then those above: signed in and not away,
    neither now nor on any day until then."""
    here_all_the_time = Account.id.not_in(
        select(Leave.account_id).where(standing(now, until or now + INSTANT))
    )
    units: dict[int, Unit] = {}
    for role in await own_roles(session, account_id, now):
        unit = await session.get(Unit, role.unit_id)
        assert unit is not None, "a role belongs to a unit"
        units[unit.id] = unit
    above = {i for unit in units.values() for i in ancestor_ids(unit.path)}
    beside = {unit.parent_id for unit in units.values() if unit.level == Level.GRID}
    found = await session.execute(
        select(Assignment.account_id, Assignment.name, Account.name, Unit)
        .join(Account, Account.id == Assignment.account_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            or_(
                Unit.id.in_(above),
                and_(Unit.parent_id.in_(beside), Unit.level == Level.GRID),
            ),
            Assignment.role.in_(TEAM),
            Assignment.held_for_id.is_(None),
            Assignment.account_id != account_id,
            held(now),
            Account.blocked_at.is_(None),
            here_all_the_time,
        )
        .order_by(Assignment.id)
    )
    rows = sorted(found.all(), key=lambda row: (row[3].id not in units, -row[3].path.count("/")))
    out: dict[int, Candidate] = {}
    for account, staff_name, chat_name, unit in rows:
        name = staff_name or chat_name or unit.name
        out.setdefault(account or 0, Candidate(account or 0, name, unit.name, unit.path))
    return list(out.values())[:MOST_RECEIVERS]


def _holder(account: int, leaves: Mapping[int, Leave]) -> tuple[int | None, datetime]:
    """Whoever has her work in the end, and until when that is settled."""
    until, seen = leaves[account].until_at, {account}
    following = leaves[account].receiver_id
    while following is not None and following in leaves:
        if following in seen:
            return None, until
        seen.add(following)
        until = min(until, leaves[following].until_at)
        following = leaves[following].receiver_id
    return following, until


async def arrange(session: AsyncSession, now: datetime) -> list[Shift]:
    """Roles and claims of those who are away to whoever holds them now; of those who are back to
    themselves."""
    await session.flush()
    found = await session.scalars(select(Leave).where(running(now)).order_by(Leave.id))
    leaves = {leave.account_id: leave for leave in found}
    holders = {account: _holder(account, leaves) for account in leaves}
    await _lend_roles(session, holders, now)
    now_with = {account: holder for account, (holder, _) in holders.items()}
    await _move_claims(session, now_with)
    await move_absences(session, now_with)
    shifts = []
    for account, leave in leaves.items():
        holder = holders[account][0]
        if leave.holder_id != holder:
            shifts.append(Shift(leave, leave.holder_id, holder))
            leave.holder_id = holder
    await session.flush()
    return shifts


async def _lend_roles(
    session: AsyncSession, holders: Mapping[int, tuple[int | None, datetime]], now: datetime
) -> None:
    lent = select(Assignment).where(Assignment.held_for_id.is_not(None), held(now))
    standing = {
        (row.account_id, row.held_for_id, row.role, row.unit_id): row
        for row in await session.scalars(lent)
    }
    own = select(Assignment).where(
        Assignment.held_for_id.is_(None), Assignment.role.in_(TEAM), held(now)
    )
    theirs = await session.scalars(own.where(Assignment.account_id.in_(holders)))
    able = [holder for holder, _ in holders.values() if holder is not None]
    colleagues = {
        (row.account_id, row.role, row.unit_id)
        for row in await session.scalars(own.where(Assignment.account_id.in_(able)))
    }
    for role in theirs:
        holder, until = holders[role.account_id or 0]
        if holder is None or (holder, role.role, role.unit_id) in colleagues:
            continue
        row = standing.pop((holder, role.account_id, Role(role.role), role.unit_id), None)
        if row is None:
            row = Assignment(
                role=role.role,
                unit_id=role.unit_id,
                account_id=holder,
                held_for_id=role.account_id,
                since_at=now,
            )
            session.add(row)
        row.until_at = until
    for row in standing.values():
        row.until_at = now
    await session.flush()


async def _move_claims(session: AsyncSession, holders: Mapping[int, int | None]) -> None:
    found = await session.scalars(
        select(Obligation)
        .where(
            Obligation.outcome.is_(None),
            # A shift is stood in for, not handed over with the rest.
            Obligation.kind.not_in((Kind.DUTY, Kind.SIGNOUT)),
            or_(Obligation.owner_id.in_(holders), Obligation.held_for_id.is_not(None)),
        )
        .with_for_update()
    )
    for item in found:
        home = item.held_for_id or item.owner_id
        assert home is not None, "it is claimed"
        await move_claim(session, item, holders.get(home) or home, home)


async def move_claim(
    session: AsyncSession, item: Obligation, to: int | None, home: int | None
) -> None:
    """Another one has it now; it is `home`'s when she is back. Its lead goes with it."""
    if item.owner_id != to and item.lead_id is not None:
        await session.execute(update(Lead).where(Lead.id == item.lead_id).values(claimed_by=to))
    item.owner_id, item.held_for_id = to, None if home == to else home


async def stood_in_for(
    session: AsyncSession, account_id: int, unit_id: int, now: datetime
) -> int | None:
    """For whom she works in a unit: somebody whose role is nearer to it than any of her own."""
    unit = await session.get(Unit, unit_id)
    assert unit is not None, "what is claimed belongs to a unit"
    above = ancestor_ids(unit.path)
    found = await session.execute(
        select(Assignment.unit_id, Assignment.held_for_id)
        .where(
            Assignment.account_id == account_id,
            Assignment.unit_id.in_(above),
            Assignment.role.in_(TEAM),
            held(now),
        )
        .order_by(Assignment.id)
    )
    nearest = max(found.all(), key=lambda row: (above.index(row[0]), row[1] is None), default=None)
    return nearest[1] if nearest else None
