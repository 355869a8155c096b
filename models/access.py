"""Who may see and do what: the only way to a personal row. Denies by default.

An id in a button is a claim; each `access_*` checks it again against the actor's units.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.accounts import Account, Assignment, Role
from models.actors import Action, Actor, Grant
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
from models.volunteers import Volunteer

_OWN = (Action.SEE, Action.REPORT)


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
