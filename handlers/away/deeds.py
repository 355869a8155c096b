"""What a worker does with one record of a resident away: each button of its card."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.away import views
from handlers.away.form import AwayBack, AwayPlan
from handlers.claims import claimed_number
from handlers.turn import Turn
from models.access import access_person
from models.actors import Action
from models.away import (
    Absence,
    AwayEnd,
    Intention,
    Promise,
    Told,
    Way,
    contacts_of,
    end_absence,
    last_contact,
    missed_in_a_row,
    move_contact,
)
from models.homecoming import expected_by
from models.messages import Outbound, UserError
from models.people import Person
from models.returns import intends, note_missed, record_contact
from models.rules import Rules, rules_for
from models.units import Unit
from models.wards import answering

MOST_SHOWN = 8
DEEDS = ("call", "missed", "staying", "undecided", "planned", "back", "past", "mine", "end")


async def _record(turn: Turn, claimed: object) -> tuple[Absence, Person]:
    """The record that a button or a draft claims, locked, and its person."""
    text = str(claimed)
    number = claimed_number(text)
    absence = await turn.session.scalar(
        select(Absence).where(Absence.id == number).with_for_update()
    )
    actor = await turn.actor()
    person_id = absence.person_id if absence else None
    person = await access_person(turn.session, actor, person_id, Action.VERIFY)
    assert absence is not None, "without a record there is no person"
    return absence, person


async def open_record(turn: Turn, claimed: object) -> tuple[Absence, Person]:
    absence, person = await _record(turn, claimed)
    if absence.ended_at is not None:
        raise UserError("away.over", name=person.name)
    return absence, person


async def rules_of_home(turn: Turn, absence: Absence) -> Rules:
    return await rules_for(turn.session, await turn.session.get_one(Unit, absence.unit_id))


async def deed(turn: Turn, arguments: Sequence[str]) -> None:
    """Everything that a card's buttons do: the record's id, then what."""
    what = arguments[1] if len(arguments) > 1 else ""
    absence, person = await open_record(turn, arguments[0] if arguments else "")
    match what:
        case "":
            await _card(turn, absence, person)
        case Intention.STAYING | Intention.UNDECIDED:
            told = intends(Intention(what), absence)
            turn.replace(await note_contact(turn, absence, person, told))
        case Intention.PLANNED:
            await turn.begin(AwayPlan, {"away": absence.id})
        case Promise.WRITTEN | Promise.WORD:
            await _promised(turn, absence, person, Promise(what))
        case Way.PHONE | Way.MESSAGE | Way.FAMILY:
            await _by_way(turn, absence, person, Way(what))
        case "back":
            await turn.begin(AwayBack, {"away": absence.id})
        case _:
            await _other_deed(turn, absence, person, what)


async def _other_deed(turn: Turn, absence: Absence, person: Person, what: str) -> None:
    match what:
        case "missed":
            await _missed(turn, absence, person)
        case "call":
            await _call(turn, person)
        case "past":
            contacts = await contacts_of(turn.session, absence, MOST_SHOWN)
            turn.send(views.history(person, contacts))
        case "mine":
            absence.owner_id, absence.held_for_id = turn.account.id, None
            turn.audit("away.owner", f"person:{person.id}")
            turn.reply("away.mine", name=person.name)
        case "end":
            turn.replace(views.endings(absence, person))
        case AwayEnd.MOVED | AwayEnd.MISTAKE:
            await end_absence(turn.session, absence, AwayEnd(what), turn.account.id, turn.now)
            turn.audit("away.ended", f"person:{person.id}", what)
            turn.replace(views.ended(person, AwayEnd(what)))
        case _:
            raise UserError("unknown.button")


async def _card(turn: Turn, absence: Absence, person: Person) -> None:
    lead = await expected_by(turn.session, person.id)
    last = await last_contact(turn.session, absence)
    turn.send(views.card(absence, person, lead, last))


async def note_contact(
    turn: Turn, absence: Absence, person: Person, told: Told, *, put_right: bool = False
) -> Outbound:
    """She was reached and told this; what there is to be said of it."""
    await record_contact(
        turn.session,
        absence,
        person,
        told,
        turn.account.id,
        await rules_of_home(turn, absence),
        turn.now,
        turn.zone,
        put_right=put_right,
    )
    turn.audit("away.contacted", f"person:{person.id}", told.intention)
    return views.noted(absence, person, Way.PHONE)


async def _promised(turn: Turn, absence: Absence, person: Person, promise: Promise) -> None:
    """Said after the contact: how she promised; the rhythm follows."""
    last = await last_contact(turn.session, absence)
    if last is None or not last.reached:
        raise UserError("away.contact_first", name=person.name)
    absence.promise = last.promise = promise
    rules = await rules_of_home(turn, absence)
    by = turn.account.id
    await move_contact(turn.session, absence, by, rules, turn.now, turn.zone)
    turn.replace(views.noted(absence, person, Way(last.way)))


async def _by_way(turn: Turn, absence: Absence, person: Person, way: Way) -> None:
    last = await last_contact(turn.session, absence)
    if last is None or not last.reached:
        raise UserError("away.contact_first", name=person.name)
    last.way = way
    turn.replace(views.noted(absence, person, way))


async def _missed(turn: Turn, absence: Absence, person: Person) -> None:
    await note_missed(turn.session, absence, turn.account.id, turn.now)
    turn.audit("away.missed", f"person:{person.id}")
    turn.replace(views.missed(absence, person, await missed_in_a_row(turn.session, absence)))


async def _call(turn: Turn, person: Person) -> None:
    """The whole number, for the one reason that the button states; audited."""
    answers = await answering(turn.session, person)
    if answers is None:
        raise UserError("call.no_phone")
    turn.audit("phone.revealed", f"person:{answers.id}", reason="away")
    key = "call.number" if answers.id == person.id else "call.guardian"
    turn.reply(key, protect=True, name=person.name, by=answers.name, phone=answers.phone)
