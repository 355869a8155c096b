"""Who comes and who goes: what becomes of these forms, and of their correction and withdrawal.

Whatever is sealed comes from the rows; a context holds ids and what is no secret.
"""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.roster.details import rent
from handlers.roster.form import MoveOut, Newcomer
from handlers.roster.homes import (
    back_to,
    corrected,
    door_of,
    file,
    number_in,
    person_of,
    subject_of,
)
from handlers.turn import Turn
from models.access import access_person
from models.actors import Action
from models.episodes import running_episode
from models.households import (
    access_household,
    bring_back,
    members,
    move_in,
    move_out,
    strike,
)
from models.messages import Button, Rows, Text, UserError, Value
from models.people import (
    Household,
    Person,
    Residence,
    id_index,
    person_by_document,
    phone_index,
)
from models.registers import Submission
from models.units import Unit

# -- somebody new ----------------------------------------------------------------------------------


async def begin_newcomer(turn: Turn, arguments: Sequence[str]) -> None:
    household = await access_household(turn.session, await turn.actor(), number_in(arguments))
    await turn.begin(Newcomer, {"household": household.id})


async def add(turn: Turn, filled: Newcomer, draft: Draft) -> Filed:
    household = await door_of(turn, draft)
    if (before := await corrected(turn, draft)) is not None:
        await take_away(turn, before)
    person = await _somebody(turn, filled, household)
    _tell(person, filled)
    alike = await move_in(turn.session, person, household, turn.now)
    submission = await file(turn, filled, draft, person)
    if filled.residence == Residence.TENANT:
        await rent(turn, person, household.id, None, filled.landlord_name, filled.landlord_phone)
    turn.audit("roster.added", f"person:{person.id}")
    lines = [Text("newcomer.done", {"name": person.name, "address": household.address})]
    rows: Rows = back_to(household.id)
    if alike:
        lines.append(Text("newcomer.alike"))
        rows = (*rows, (Button(Text("command.twins.label"), "a:go:twins"),))
    return Filed(submission, tuple(lines), rows)


async def _somebody(turn: Turn, filled: Newcomer, household: Household) -> Person:
    """Who is meant: by her document, else a new row. Raises UserError: roster.here_already,
    roster.elsewhere."""
    name = filled.name
    for other in await members(turn.session, household):
        same = filled.document and other.id_index == id_index(filled.document)
        if same or (filled.document is None and other.name == name):
            raise UserError("roster.here_already", name=other.name)
    known = await person_by_document(turn.session, filled.document) if filled.document else None
    if known is None:
        return Person(unit_id=household.unit_id, name=name, created_at=turn.now)
    unit = await turn.session.get_one(Unit, known.unit_id)
    # Who knows a number must not draw its owner into her own grid.
    if known.moved_out_at is None and not (await turn.actor()).may(Action.KEEP, unit.path):
        raise UserError("roster.elsewhere", unit=unit.name)
    return known


def _tell(person: Person, filled: Newcomer) -> None:
    """What the form says of her; what it leaves out stays as it was."""
    person.name, person.residence = filled.name, filled.residence
    if filled.document is not None:
        person.id_kind, person.id_number = filled.document.kind, filled.document.number
        person.id_index = id_index(filled.document)
    if filled.phone is not None:
        person.phone, person.phone_index = filled.phone, phone_index(filled.phone)


async def take_away(turn: Turn, submission: Submission) -> None:
    """Added by mistake. Somebody who was known before, or about whom something was done since,
    is not struck off: she moves out."""
    person = await subject_of(turn, submission)
    fresh = person.created_at == submission.at
    if fresh and await strike(turn.session, person):
        turn.audit("roster.struck", f"submission:{submission.id}")
        return
    await _refuse_observed(turn, person)
    await move_out(turn.session, person, turn.today, turn.now)
    turn.audit("roster.moved_out", f"person:{person.id}")


# -- somebody leaves -------------------------------------------------------------------------------


async def begin_moveout(turn: Turn, arguments: Sequence[str]) -> None:
    person, household = await person_of(turn, arguments)
    await _refuse_observed(turn, person)
    head = household.head_id == person.id
    context = {"person": person.id, "household": household.id, "head": head}
    await turn.begin(MoveOut, context)


async def _refuse_observed(turn: Turn, person: Person) -> None:
    """Whoever is under observation is somebody's to look after until that is settled."""
    episode = await running_episode(turn.session, person.id)
    if episode is not None:
        raise UserError("moveout.observed", name=person.name, until=episode.ends_on)


async def move_away(turn: Turn, filled: MoveOut, draft: Draft) -> Filed:
    if filled.on > turn.today:
        raise UserError("moveout.future")
    before = await corrected(turn, draft)
    if before is not None:
        await not_moved(turn, before)
    person = await access_person(
        turn.session, await turn.actor(), draft.context["person"], Action.KEEP
    )
    if person.moved_out_at is not None:
        raise UserError("moveout.already", name=person.name)
    await _refuse_observed(turn, person)
    household = await door_of(turn, draft)
    headless = household.head_id == person.id
    await move_out(turn.session, person, filled.on, turn.now)
    submission = await file(turn, filled, draft, person)
    turn.audit("roster.moved_out", f"person:{person.id}")
    facts: dict[str, Value] = {"name": person.name, "address": household.address, "on": filled.on}
    lines = [Text("moveout.done", facts)]
    rows = back_to(household.id)
    if headless and len(await members(turn.session, household)) > 1:
        lines.append(Text("moveout.headless"))
        rows = (*rows, (Button(Text("roster.head"), f"a:newhead:{household.id}"),))
    return Filed(submission, tuple(lines), rows)


async def not_moved(turn: Turn, submission: Submission) -> None:
    """She lives here still."""
    person = await subject_of(turn, submission)
    actor = await turn.actor()
    door = await access_household(turn.session, actor, int(submission.context["household"]))
    if person.moved_out_at is None:
        raise UserError("roster.back_already", name=person.name)
    await bring_back(turn.session, person, door, bool(submission.context["head"]))
    turn.audit("roster.brought_back", f"person:{person.id}")
