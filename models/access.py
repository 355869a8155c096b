"""Who may see and do what: the only way to a personal row. Denies by default.

An id in a button is a claim; each `access_*` checks it again against the actor's units.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.accounts import SUPERVISORS, TEAM, Account, Assignment, Role
from models.duty import Shift
from models.episodes import Episode
from models.groups import Group
from models.leads import Lead
from models.messages import UserError
from models.obligations import Kind, Obligation
from models.people import Household, Person
from models.registers import Submission
from models.rings import Ring
from models.service import Call, Task
from models.sources import Batch
from models.units import Level, Unit
from models.venues.inspection import Inspection
from models.venues.problem import Problem
from models.venues.staff import VenueStaff
from models.venues.suspension import Suspension
from models.venues.venue import Venue
from models.volunteers import Volunteer


class Action(StrEnum):
    """What can be done to somebody's record."""

    SEE = "see"
    REPORT = "report"  # a check-in, a test: for her or on her behalf
    VERIFY = "verify"
    CLAIM = "claim"
    REVEAL = "reveal"  # whole phone or ID, audited
    EXCUSE = "excuse"  # waive, unreachable
    RELEASE = "release"
    KEEP = "keep"  # the base roster: find, add, mend
    CARE = "care"  # special groups: those who look in
    INSPECT = "inspect"  # venues and their problems
    SUSPEND = "suspend"  # order that a venue closes
    ISSUE = "issue"  # notices, bulletins and the ledger of problems, in a unit's name
    EXPORT = "export"  # ledgers of people, masked
    UNMASK = "unmask"  # a ledger with whole names and numbers, for a reason
    OVERSEE = "oversee"  # digests, names of the overdue
    ADMINISTER = "administer"


_ROLES: dict[Action, tuple[Role, ...]] = {
    Action.SEE: TEAM,
    # Whoever a ladder climbs to must be able to act on what she is told.
    Action.REPORT: TEAM,
    Action.VERIFY: TEAM,
    Action.CLAIM: TEAM,
    Action.REVEAL: TEAM,
    Action.EXCUSE: TEAM,
    Action.RELEASE: TEAM,
    Action.KEEP: TEAM,
    Action.CARE: (Role.GRID_WORKER, Role.COMMUNITY),
    Action.INSPECT: (Role.INSPECTOR, *TEAM),
    # Beside the officer of the venue's trade, who has it put before her.
    Action.SUSPEND: (Role.TOWNSHIP, Role.DISTRICT),
    Action.ISSUE: (Role.INSPECTOR, *SUPERVISORS),
    Action.EXPORT: TEAM,
    Action.UNMASK: SUPERVISORS,
    Action.OVERSEE: SUPERVISORS,
    Action.ADMINISTER: (Role.ADMIN,),
}
_OWN = (Action.SEE, Action.REPORT)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a unit and all below it."""

    role: Role
    unit_id: int
    path: str
    level: Level


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with everything that she was given."""

    account_id: int
    person_id: int | None
    grants: tuple[Grant, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    def paths(self, action: Action) -> tuple[str, ...]:
        """The branches of the tree where she may do this."""
        return tuple({g.path for g in self.grants if g.role in _ROLES[action]})

    def may(self, action: Action, path: str = "") -> bool:
        """May she do this in the unit at `path` (anywhere at all when empty)?"""
        return any(path.startswith(granted) or not path for granted in self.paths(action))

    def paths_as(self, roles: Collection[Role]) -> tuple[str, ...]:
        """The branches where she holds one of these roles."""
        return tuple({g.path for g in self.grants if g.role in roles})

    def speaks(self, action: Action, path: str = "") -> Grant | None:
        """Her highest grant that lets her do this in the unit at `path`: in whose name she does."""
        mine = [g for g in self.grants if g.role in _ROLES[action]]
        there = [g for g in mine if path.startswith(g.path) or not path]
        return min(there, key=lambda g: g.path.count("/"), default=None)

    def top(self, *roles: Role) -> Grant | None:
        """Her highest grant among `roles`: the unit that she speaks for."""
        mine = [g for g in self.grants if g.role in roles]
        return min(mine, key=lambda g: g.path.count("/"), default=None)


async def actor_of(session: AsyncSession, account: Account, now: datetime) -> Actor:
    """The actor behind an account, with her roles at `now`."""
    found = await session.execute(
        select(Assignment.role, Unit.id, Unit.path, Unit.level)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            Assignment.account_id == account.id,
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
        )
        .order_by(Assignment.id)
    )
    grants = tuple(Grant(Role(r), unit, path, Level(level)) for r, unit, path, level in found)
    return Actor(account.id, account.person_id, grants)


def under(
    paths: tuple[str, ...],
    unit_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
) -> ColumnElement[bool]:
    """Rows whose unit lies in one of these branches."""
    if not paths:
        return false()
    branches = or_(*(Unit.path.startswith(path) for path in paths))
    return unit_id.in_(select(Unit.id).where(branches))


def _answered_for(actor: Actor) -> ColumnElement[bool]:
    """Condition on Person: herself, those whom she answers for, those of whom she is head."""
    wards = Person.guardian_id == actor.account_id
    if actor.person_id is None:
        # Equal to None is IS NULL: every household without a head, work without a person.
        return wards
    homes = select(Household.id).where(Household.head_id == actor.person_id)
    return or_(Person.id == actor.person_id, wards, Person.household_id.in_(homes))


def visible(actor: Actor, action: Action = Action.SEE) -> ColumnElement[bool]:
    """Condition on Person: her own record, those she answers for, those of her units."""
    mine = _answered_for(actor)
    theirs = under(actor.paths(action), Person.unit_id)
    return or_(mine, theirs) if action in _OWN else theirs


async def access_person(
    session: AsyncSession, actor: Actor, person_id: int | None, action: Action = Action.SEE
) -> Person:
    """The person, if the actor may do this to her record; UserError otherwise."""
    person = await session.scalar(
        select(Person).where(Person.id == person_id, visible(actor, action))
    )
    if person is None:
        raise UserError("access.denied")
    return person


async def access_household(
    session: AsyncSession, actor: Actor, household_id: int, action: Action
) -> Household:
    """The household, locked, if it lies in the actor's units."""
    home = await session.scalar(
        select(Household)
        .where(Household.id == household_id, under(actor.paths(action), Household.unit_id))
        .with_for_update()
    )
    if home is None:
        raise UserError("access.denied")
    return home


async def access_unit(session: AsyncSession, actor: Actor, unit_id: int, action: Action) -> Unit:
    """The unit, if it lies in the branches where the actor may do this."""
    unit = await session.get(Unit, unit_id)
    if unit is None or not actor.may(action, unit.path):
        raise UserError("access.denied")
    return unit


async def access_lead(
    session: AsyncSession, actor: Actor, lead_id: int, action: Action = Action.VERIFY
) -> Lead:
    """The lead, locked, if it lies in the actor's units."""
    lead = await session.scalar(
        select(Lead)
        .where(Lead.id == lead_id, under(actor.paths(action), Lead.unit_id))
        .with_for_update()
    )
    if lead is None:
        raise UserError("access.denied")
    return lead


async def access_episode(
    session: AsyncSession, actor: Actor, episode_id: int, action: Action
) -> Episode:
    """The episode, locked, if its person is in reach of the actor."""
    episode = await session.scalar(
        select(Episode)
        .join(Person, Person.id == Episode.person_id)
        .where(Episode.id == episode_id, visible(actor, action))
        .with_for_update(of=Episode)
    )
    if episode is None:
        raise UserError("access.denied")
    return episode


async def access_batch(session: AsyncSession, actor: Actor, batch_id: int, action: Action) -> Batch:
    """The batch, if it is of the actor's units, wherever its people were found."""
    batch = await session.scalar(
        select(Batch).where(Batch.id == batch_id, under(actor.paths(action), Batch.unit_id))
    )
    if batch is None:
        raise UserError("access.denied")
    return batch


def tended(actor: Actor) -> ColumnElement[bool]:
    """Condition on Group: of her units, or brought in by her and of nobody yet."""
    hers = under(actor.paths(Action.SEE), Group.unit_id)
    new = and_(Group.unit_id.is_(None), Group.added_by == actor.account_id)
    return and_(Group.left_at.is_(None), or_(hers, new))


async def access_group(session: AsyncSession, actor: Actor, group_id: int) -> Group:
    """The group chat, locked, if it is the actor's to look after."""
    group = await session.scalar(
        select(Group).where(Group.id == group_id, tended(actor)).with_for_update()
    )
    if group is None:
        raise UserError("access.denied")
    return group


async def access_obligation(
    session: AsyncSession, actor: Actor, obligation_id: int, action: Action
) -> Obligation:
    """The obligation, locked, if its person or its unit is in reach of the actor."""
    own = _answered_for(actor)
    reach = under(actor.paths(action), Obligation.unit_id)
    found = await session.scalar(
        select(Obligation)
        .outerjoin(Person, Person.id == Obligation.person_id)
        .where(Obligation.id == obligation_id, or_(own, reach) if action in _OWN else reach)
        .with_for_update(of=Obligation)
    )
    if found is None:
        raise UserError("access.denied")
    return found


async def access_shift(session: AsyncSession, actor: Actor, shift_id: int, action: Action) -> Shift:
    """The shift, locked. To sign in and out is its holder's alone; a colleague who was asked to
    stand in sees it, those above the post see it and dispose of it."""
    holder = Shift.account_id == actor.account_id
    reach = under(actor.paths(action), Shift.unit_id)
    match action:
        case Action.REPORT:
            may: ColumnElement[bool] = holder
        case Action.SEE:
            may = or_(holder, Shift.asked_id == actor.account_id, reach)
        case _:
            may = reach
    shift = await session.scalar(select(Shift).where(Shift.id == shift_id, may).with_for_update())
    if shift is None:
        raise UserError("access.denied")
    return shift


def managed(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Condition on Venue: hers to answer for inside, as its manager or as the manager's deputy."""
    hers = select(Assignment.id).where(
        Assignment.account_id == actor.account_id,
        Assignment.role == Role.VENUE,
        or_(Assignment.until_at.is_(None), Assignment.until_at > now),
    )
    return or_(Venue.manager_id.in_(hers), Venue.deputy_id.in_(hers))


async def access_own_venue(
    session: AsyncSession, actor: Actor, venue_id: int, now: datetime
) -> Venue:
    """The venue, locked, if she answers for it inside."""
    venue = await session.scalar(
        select(Venue).where(Venue.id == venue_id, managed(actor, now)).with_for_update()
    )
    if venue is None:
        raise UserError("access.denied")
    return venue


async def access_venue_staff(
    session: AsyncSession, actor: Actor, staff_id: int, now: datetime
) -> tuple[VenueStaff, Venue]:
    """Somebody who works in a venue that she answers for inside, and the venue, locked."""
    worker = await session.get(VenueStaff, staff_id)
    if worker is None or worker.left_at is not None:
        raise UserError("access.denied")
    return worker, await access_own_venue(session, actor, worker.venue_id, now)


async def access_venue(session: AsyncSession, actor: Actor, venue_id: int) -> Venue:
    """The venue, locked, if it lies where she inspects."""
    reach = under(actor.paths(Action.INSPECT), Venue.unit_id)
    venue = await session.scalar(select(Venue).where(Venue.id == venue_id, reach).with_for_update())
    if venue is None:
        raise UserError("access.denied")
    return venue


async def access_inspection(
    session: AsyncSession, actor: Actor, inspection_id: int, now: datetime, *, own: bool = True
) -> Inspection:
    """The inspection, locked, of a venue that she answers for inside; without `own`, one that
    lies where she issues notices."""
    hers = Inspection.venue_id.in_(select(Venue.id).where(managed(actor, now)))
    may = hers if own else under(actor.paths(Action.ISSUE), Inspection.unit_id)
    row = await session.scalar(
        select(Inspection).where(Inspection.id == inspection_id, may).with_for_update()
    )
    if row is None:
        raise UserError("access.denied")
    return row


async def access_problem(
    session: AsyncSession, actor: Actor, problem_id: int, now: datetime, *, own: bool = False
) -> Problem:
    """The problem, locked, if it lies where she inspects; with `own`, if she has to put it right
    in the venue that she answers for."""
    hers = Problem.venue_id.in_(select(Venue.id).where(managed(actor, now)))
    may = hers if own else under(actor.paths(Action.INSPECT), Problem.unit_id)
    await _lock_venue(session, select(Problem.venue_id).where(Problem.id == problem_id, may))
    return await session.get_one(Problem, problem_id, with_for_update=True)


async def _lock_venue(session: AsyncSession, claimed: Select[int]) -> None:
    """Whoever changes what hangs on a venue has the venue first: two would wait for each other."""
    venue_id = await session.scalar(claimed)
    if venue_id is None:
        raise UserError("access.denied")
    await session.scalar(select(Venue.id).where(Venue.id == venue_id).with_for_update())


async def access_walk(session: AsyncSession, actor: Actor, inspection_id: int) -> Inspection:
    """The inspection, if it was of a venue where she inspects."""
    reach = under(actor.paths(Action.INSPECT), Inspection.unit_id)
    row = await session.scalar(select(Inspection).where(Inspection.id == inspection_id, reach))
    if row is None:
        raise UserError("access.denied")
    return row


def decides(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Condition on Suspension: put before her as the venue's officer, unless she proposed it
    herself, or hers to order."""
    hers = select(Assignment.id).where(
        Assignment.account_id == actor.account_id,
        Assignment.role.in_((Role.INSPECTOR, *SUPERVISORS)),
        or_(Assignment.until_at.is_(None), Assignment.until_at > now),
    )
    reach = under(actor.paths(Action.SUSPEND), Suspension.unit_id)
    proposed = Suspension.drafted_by.is_distinct_from(actor.account_id)
    return or_(and_(Suspension.officer_id.in_(hers), proposed), reach)


async def access_suspension(
    session: AsyncSession, actor: Actor, number: int, now: datetime, *, decide: bool = False
) -> Suspension:
    """The suspension, locked behind its venue, if it lies where she inspects; with `decide`, if
    she may order it."""
    reach = under(actor.paths(Action.INSPECT), Suspension.unit_id)
    may = decides(actor, now) if decide else reach
    await _lock_venue(session, select(Suspension.venue_id).where(Suspension.id == number, may))
    return await session.get_one(Suspension, number, with_for_update=True)


async def access_asked(session: AsyncSession, actor: Actor, obligation_id: int) -> Obligation:
    """The request for help, locked, if it was she who asked."""
    item = await session.scalar(
        select(Obligation)
        .where(Obligation.id == obligation_id, Obligation.kind == Kind.HELP)
        .with_for_update()
    )
    if item is None or item.facts.get("asker") != actor.account_id:
        raise UserError("access.denied")
    return item


async def access_volunteer(
    session: AsyncSession, actor: Actor, volunteer_id: int, action: Action
) -> Volunteer:
    """The volunteer, locked: herself, or staff of the units that she serves."""
    reach = under(actor.paths(action), Volunteer.unit_id)
    own = Volunteer.account_id == actor.account_id
    found = await session.scalar(
        select(Volunteer)
        .where(Volunteer.id == volunteer_id, or_(own, reach) if action in _OWN else reach)
        .with_for_update()
    )
    if found is None:
        raise UserError("access.denied")
    return found


async def access_task(
    session: AsyncSession, actor: Actor, task_id: int
) -> tuple[Task, Obligation, Volunteer]:
    """A task, its request and herself as a volunteer who was asked for it; the request is locked
    before the task, as whoever comes from the request does it."""
    found = await session.execute(
        select(Task.obligation_id, Volunteer)
        .join(Call, Call.task_id == Task.id)
        .join(Volunteer, Volunteer.id == Call.volunteer_id)
        .where(Task.id == task_id, Volunteer.account_id == actor.account_id)
    )
    row = found.first()
    if row is None:
        raise UserError("access.denied")
    item = await session.get_one(Obligation, row[0], with_for_update=True)
    task = await session.get_one(Task, task_id, with_for_update=True)
    return task, item, row[1]


def recorded(actor: Actor, roles: Collection[Role]) -> ColumnElement[bool]:
    """Condition on Submission: what she filed herself, and what was filed in a branch where she
    holds one of these roles."""
    own = Submission.actor_id == actor.account_id
    return or_(own, under(actor.paths_as(roles), Submission.unit_id))


async def access_record(
    session: AsyncSession, actor: Actor, submission_id: int, roles: Collection[Role]
) -> Submission:
    """The record, locked, if she filed it or holds one of these roles where it was filed."""
    found = await session.scalar(
        select(Submission)
        .where(Submission.id == submission_id, recorded(actor, roles))
        .with_for_update()
    )
    if found is None:
        raise UserError("access.denied")
    return found


async def access_ring(session: AsyncSession, actor: Actor, ring_id: int, action: Action) -> Ring:
    """The contact ring, locked: of the actor's units; to report for it also its head's."""
    reach = under(actor.paths(action), Ring.unit_id)
    mine = Ring.head_id == actor.person_id if actor.person_id is not None else false()
    found = await session.scalar(
        select(Ring)
        .where(
            Ring.id == ring_id,
            Ring.ended_at.is_(None),
            or_(reach, mine) if action in _OWN else reach,
        )
        .with_for_update()
    )
    if found is None:
        raise UserError("access.denied")
    return found
