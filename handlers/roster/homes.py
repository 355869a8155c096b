"""What a button of the roster claims, checked; and a door as its reader may see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.claims import claimed_number
from handlers.engine.draft import Draft
from handlers.roster import views
from handlers.turn import Turn
from models.access import access_person
from models.actors import Action
from models.households import access_household, members, observed_until
from models.messages import Button, Rows, Text, UserError
from models.people import Household, Person
from models.registers import Submission
from models.units import Unit


def number_in(arguments: Sequence[str]) -> int:
    """The id that a button claims; 0 for what is none."""
    claimed = arguments[0] if arguments else ""
    return claimed_number(claimed)


async def person_of(
    turn: Turn, arguments: Sequence[str], action: Action = Action.KEEP
) -> tuple[Person, Household]:
    """Somebody who lives behind a door of the actor's. Raises UserError: access.denied,
    roster.moved_out."""
    actor = await turn.actor()
    person = await access_person(turn.session, actor, number_in(arguments), action)
    if person.household_id is None or person.moved_out_at is not None:
        raise UserError("roster.moved_out", name=person.name)
    return person, await access_household(turn.session, actor, person.household_id)


async def shown_home(turn: Turn, household: Household, only: Person | None = None) -> views.Home:
    """What is shown of everybody behind the door, or `only` of one, is written down: that it was,
    and whether a special group was with it."""
    people = await members(turn.session, household)
    unit = await turn.session.get_one(Unit, household.unit_id)
    cares = (await turn.actor()).may(Action.CARE, unit.path)
    shown = people if only is None else [only]
    await turn.audit_people("roster.shown", (person.id for person in shown))
    if cares:
        await turn.audit_people("care.shown", (person.id for person in shown if person.care))
    observed = await observed_until(turn.session, people)
    return views.Home(household, unit.name, people, observed, cares)


def back_to(household_id: int | None) -> Rows:
    """The door again, under a receipt."""
    if household_id is None:
        return ()
    return ((Button(Text("roster.back"), f"a:home:{household_id}"),),)


async def door_of(turn: Turn, draft: Draft) -> Household:
    return await access_household(turn.session, await turn.actor(), int(draft.context["household"]))


async def corrected(turn: Turn, draft: Draft) -> Submission | None:
    """The submission that this one corrects."""
    number = draft.context.get("corrects")
    return await turn.session.get(Submission, number) if number else None


async def subject_of(turn: Turn, submission: Submission) -> Person:
    """Whom a submission was about, if she is the actor's still."""
    actor = await turn.actor()
    return await access_person(turn.session, actor, submission.person_id, Action.KEEP)


async def file(turn: Turn, filled: Any, draft: Draft, person: Person) -> Submission:
    return await turn.file(filled, draft, person_id=person.id, unit_id=person.unit_id)
