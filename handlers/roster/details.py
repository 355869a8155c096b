"""What is mended about somebody who lives here, or about the household.

Whatever is sealed comes from the rows; a context holds ids and what is no secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.roster.form import Caring, Letting, NewHead, NewPhone
from handlers.roster.homes import (
    back_to,
    door_of,
    file,
    number_in,
    person_of,
    subject_of,
)
from handlers.turn import Turn
from models.actors import Action
from models.households import (
    access_household,
    members,
)
from models.messages import Text, UserError, verbatim
from models.people import (
    Person,
    Residence,
    dump_care,
    phone_index,
)
from models.registers import Submission
from models.tenancies import Tenancy, open_tenancies

# -- phone, tenancy, groups ------------------------------------------------------------------------


async def begin_newphone(turn: Turn, arguments: Sequence[str]) -> None:
    person, _ = await person_of(turn, arguments)
    await turn.begin(NewPhone, {"person": person.id})


async def change_phone(turn: Turn, filled: NewPhone, draft: Draft) -> Filed:
    person, household = await person_of(turn, [str(draft.context["person"])])
    person.phone, person.phone_index = filled.phone, phone_index(filled.phone)
    submission = await file(turn, filled, draft, person)
    turn.audit("roster.phone", f"person:{person.id}")
    done = Text("newphone.done", {"name": person.name})
    return Filed(submission, (done,), back_to(household.id))


async def begin_letting(turn: Turn, arguments: Sequence[str]) -> None:
    person, _ = await person_of(turn, arguments)
    known = bool(await open_tenancies(turn.session, [person.id]))
    context = {"person": person.id, "residence": person.residence, "known": known}
    await turn.begin(Letting, context)


async def let(turn: Turn, filled: Letting, draft: Draft) -> Filed:
    person, household = await person_of(turn, [str(draft.context["person"])])
    if filled.since_on is not None and filled.since_on > turn.today:
        raise UserError("letting.future")
    person.residence = Residence.TENANT
    await rent(
        turn,
        person,
        household.id,
        filled.since_on,
        filled.landlord_name,
        filled.landlord_phone,
    )
    submission = await file(turn, filled, draft, person)
    turn.audit("roster.let", f"person:{person.id}")
    done = Text("letting.done", {"name": person.name, "address": household.address})
    return Filed(submission, (done,), back_to(household.id))


async def rent(
    turn: Turn,
    person: Person,
    household_id: int,
    since_on: date | None,
    landlord_name: str | None,
    landlord_phone: str | None,
) -> None:
    """Her running tenancy, with what is told now; a skipped answer erases nothing."""
    rents = (await open_tenancies(turn.session, [person.id])).get(person.id)
    if rents is None:
        rents = Tenancy(person_id=person.id, household_id=household_id)
        turn.session.add(rents)
    rents.since_on = since_on or rents.since_on
    rents.landlord_name = landlord_name or rents.landlord_name
    rents.landlord_phone = landlord_phone or rents.landlord_phone
    await turn.session.flush()


async def not_let(turn: Turn, submission: Submission) -> None:
    """She does not rent: as it was before; a tenancy that was known already stays."""
    person = await subject_of(turn, submission)
    if submission.context["known"]:
        raise UserError("letting.known_before", name=person.name)
    rents = (await open_tenancies(turn.session, [person.id])).get(person.id)
    if rents is not None:
        await turn.session.delete(rents)
    person.residence = submission.context["residence"]
    turn.audit("roster.not_let", f"person:{person.id}")


async def begin_caring(turn: Turn, arguments: Sequence[str]) -> None:
    person, _ = await person_of(turn, arguments, Action.CARE)
    await turn.begin(Caring, {"person": person.id})


async def care(turn: Turn, filled: Caring, draft: Draft) -> Filed:
    person, household = await person_of(turn, [str(draft.context["person"])], Action.CARE)
    person.care = dump_care(filled.groups)
    submission = await file(turn, filled, draft, person)
    turn.audit("roster.care", f"person:{person.id}")
    groups = [Text(f"care.{group}") for group in person.groups]
    key = "caring.done" if groups else "caring.none"
    return Filed(
        submission, (Text(key, {"name": person.name, "groups": groups}),), back_to(household.id)
    )


# -- the head --------------------------------------------------------------------------------------


async def begin_newhead(turn: Turn, arguments: Sequence[str]) -> None:
    household = await access_household(turn.session, await turn.actor(), number_in(arguments))
    await turn.begin(NewHead, {"household": household.id, "before": household.head_id})


async def household(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    """Those who live behind the door."""
    door = await door_of(turn, draft)
    people = await members(turn.session, door)
    if not people:
        raise UserError("newhead.nobody")
    return [Option(str(person.id), verbatim(person.name)) for person in people]


async def change_head(turn: Turn, filled: NewHead, draft: Draft) -> Filed:
    door = await door_of(turn, draft)
    people = {str(person.id): person for person in await members(turn.session, door)}
    if filled.head not in people:
        raise UserError("newhead.gone")
    person = people[filled.head]
    door.head_id = person.id
    submission = await file(turn, filled, draft, person)
    turn.audit("roster.head", f"person:{person.id}")
    done = Text("newhead.done", {"name": person.name, "address": door.address})
    return Filed(submission, (done,), back_to(door.id))


async def old_head(turn: Turn, submission: Submission) -> None:
    """The one before speaks for them again, if she lives there still."""
    number = int(submission.context["household"])
    door = await access_household(turn.session, await turn.actor(), number)
    before = submission.context["before"]
    at_home = {person.id for person in await members(turn.session, door)}
    door.head_id = before if before in at_home else None
    turn.audit("roster.head", f"household:{door.id}")
