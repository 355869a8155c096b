"""Residents away: who is where, who is to be called, what she said, and that she is back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from handlers.away import views
from handlers.away.deeds import MOST_SHOWN, deed, note_contact, open_record
from handlers.away.form import AwayBack, AwayEntry, AwayPlan
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.places import divisions_named
from handlers.residents import mine, name_in, residents_at_home
from handlers.turn import Turn
from models.access import access_person, under
from models.accounts import TEAM, Role
from models.actors import Action
from models.away import (
    Absence,
    AwayEnd,
    Intention,
    Promise,
    Told,
    end_absence,
    note_reached,
    open_absence_of,
    say,
)
from models.cards import LIST_LENGTH
from models.entries import ROSTER_KEPT
from models.leads import Lead
from models.messages import Text, UserError
from models.people import Person, phone_index
from models.reports.arrivals import arrivals
from models.reports.periods import Period, running_period
from models.returns import expect
from models.rules import rules_for
from models.units import Unit, unit_by_code


async def away(turn: Turn, argument: str) -> None:
    """Those away from her units, whoever is due first."""
    await _show_list(turn, int(argument) if argument.isdecimal() and len(argument) < 4 else 0)


async def page(turn: Turn, arguments: Sequence[str]) -> None:
    await away(turn, arguments[0] if arguments else "")


async def _show_list(turn: Turn, number: int) -> None:
    actor = await turn.actor()
    grant = actor.top(*TEAM)
    if grant is None:
        raise UserError("access.staff_only")
    hers = (Absence.ended_at.is_(None), under(actor.paths(Action.SEE), Absence.unit_id))
    expected = (
        select(func.max(Lead.id))
        .where(Lead.person_id == Absence.person_id, Lead.outcome.is_(None))
        .correlate(Absence)
        .scalar_subquery()
    )
    found = await turn.session.execute(
        select(Absence, Person, Lead)
        .join(Person, Person.id == Absence.person_id)
        .outerjoin(Lead, Lead.id == expected)
        .where(*hers)
        .order_by(Absence.next_on.is_(None), Absence.next_on, Absence.id)
        .offset(number * LIST_LENGTH)
        .limit(LIST_LENGTH + 1)
    )
    rows = [(absence, person, lead) for absence, person, lead in found]
    if number and not rows:
        await _show_list(turn, 0)
        return
    counted = await turn.session.execute(
        select(Absence.intention, Absence.promise, func.count())
        .where(*hers)
        .group_by(Absence.intention, Absence.promise)
    )
    unit = await turn.session.get_one(Unit, grant.unit_id)
    period = await running_period(turn.session, unit, turn.now, turn.zone)
    ends = [absence.ended_how for absence, _ in await _back(turn, unit, period)]
    known = await arrivals(turn.session, unit, period, await rules_for(turn.session, unit))
    day = views.Day(len(ends), ends.count(AwayEnd.UNANNOUNCED), known)
    sums = [(Intention(i), Promise(p), n) for i, p, n in counted]
    turn.send(views.listing(rows, sums, number, day, turn.now, turn.zone))


async def _back(turn: Turn, unit: Unit, period: Period) -> list[tuple[Absence, Person]]:
    """Those whom somebody has found back in the period."""
    found = await turn.session.execute(
        select(Absence, Person)
        .join(Person, Person.id == Absence.person_id)
        .join(Unit, Unit.id == Absence.unit_id)
        .where(
            Unit.path.startswith(unit.path),
            Absence.ended_at > period.since_at,
            Absence.ended_at <= period.until_at,
            Absence.ended_how.in_((AwayEnd.RETURNED, AwayEnd.UNANNOUNCED)),
        )
        .order_by(Absence.ended_at, Absence.id)
    )
    return [(absence, person) for absence, person in found]


async def names(turn: Turn, arguments: Sequence[str]) -> None:
    """The names behind a figure of the day; that they were looked at is written down."""
    grant = (await turn.actor()).top(*TEAM)
    if grant is None:
        raise UserError("access.staff_only")
    unit = await turn.session.get_one(Unit, grant.unit_id)
    period = await running_period(turn.session, unit, turn.now, turn.zone)
    if arguments == ["back"]:
        back = (await _back(turn, unit, period))[:MOST_SHOWN]
        shown, message = [person for _, person in back], views.returned(back)
    else:
        known = await arrivals(turn.session, unit, period, await rules_for(turn.session, unit))
        late = await _with_people(turn, known.late[:MOST_SHOWN])
        shown, message = [person for _, person in late], views.late(known, late)
    for person in shown:
        turn.audit("name.shown", f"person:{person.id}", "away")
    turn.send(message)


async def _with_people(turn: Turn, leads: Sequence[Lead]) -> list[tuple[Lead, Person]]:
    found = await turn.session.scalars(
        select(Person).where(Person.id.in_([lead.person_id for lead in leads]))
    )
    people = {person.id: person for person in found}
    return [(lead, people[lead.person_id]) for lead in leads]


# -- forms ----------------------------------------------------------------------------------------


async def enter(turn: Turn, _arguments: Sequence[str]) -> None:
    if not (await turn.actor()).may(Action.VERIFY):
        raise UserError("access.staff_only")
    await turn.begin(AwayEntry)


async def submit_entry(turn: Turn, filled: AwayEntry, draft: Draft) -> Filed:
    """The record; of somebody who is not on the roster her row as well."""
    told = Told(filled.intention, filled.promise, filled.planned_at)
    _must_be_ahead(turn, told)
    person, absence = await _entered(turn, filled, draft)
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=absence.unit_id)
    absence.submission_id = submission.id
    await note_contact(turn, absence, person, told, put_right=True)
    turn.audit("away.entered", f"person:{person.id}")
    return Filed(submission, views.entered(absence, person))


async def _entered(turn: Turn, filled: AwayEntry, draft: Draft) -> tuple[Person, Absence]:
    """The person and her record: the one that this corrects, or a new one."""
    person = await _person(turn, filled)
    corrected = draft.context.get("corrects")
    found = await open_absence_of(turn.session, person.id)
    if found is not None and (corrected is None or found.submission_id != corrected):
        raise UserError("away.known_already", name=person.name)
    if found is None:
        await _drop_corrected(turn, corrected)
        worker = (await turn.actor()).top(Role.GRID_WORKER)
        found = Absence(
            person_id=person.id,
            unit_id=person.unit_id,
            owner_id=turn.account.id if worker else None,
            created_at=turn.now,
            created_by=turn.account.id,
            rounds=0,
        )
        turn.session.add(found)
    say(found, Told(filled.intention, filled.promise, filled.planned_at))
    found.place = filled.place
    await turn.session.flush()
    return person, found


async def _drop_corrected(turn: Turn, corrected: int | None) -> None:
    """It was about somebody else."""
    wrong = await turn.session.scalar(
        select(Absence).where(Absence.submission_id == corrected, Absence.ended_at.is_(None))
    )
    if corrected is not None and wrong is not None:
        await end_absence(turn.session, wrong, AwayEnd.MISTAKE, turn.account.id, turn.now)


async def _person(turn: Turn, filled: AwayEntry) -> Person:
    if filled.person.isdecimal():
        actor = await turn.actor()
        return await access_person(turn.session, actor, int(filled.person[:15]), Action.VERIFY)
    unit = await unit_by_code(turn.session, filled.unit or "")
    if unit is None or not (await turn.actor()).may(Action.VERIFY, unit.path):
        raise UserError("access.denied")
    person = Person(
        unit_id=unit.id,
        name=name_in(filled.person),
        phone=filled.phone,
        phone_index=phone_index(filled.phone) if filled.phone else None,
        created_at=turn.now,
        purge_on=(turn.now + ROSTER_KEPT).date(),
    )
    turn.session.add(person)
    await turn.session.flush()
    return person


def _must_be_ahead(turn: Turn, told: Told) -> None:
    if told.planned_at is not None and told.planned_at <= turn.now:
        raise UserError("away.plan_past", at=told.planned_at)


async def submit_plan(turn: Turn, filled: AwayPlan, draft: Draft) -> Filed:
    """She told the day: it becomes a lead then."""
    absence, person = await open_record(turn, draft.context["away"])
    told = Told(Intention.PLANNED, Promise(absence.promise), filled.planned_at)
    _must_be_ahead(turn, told)
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=absence.unit_id)
    again = "corrects" in draft.context
    noted = await note_contact(turn, absence, person, told, put_right=again)
    return Filed(submission, noted.lines, noted.rows)


async def submit_back(turn: Turn, filled: AwayBack, draft: Draft) -> Filed:
    """She is here: that is a lead, and the record ends when it is verified."""
    absence, person = await open_record(turn, draft.context["away"])
    if filled.arrived_at > turn.now:
        raise UserError("away.back_future", at=filled.arrived_at)
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=absence.unit_id)
    await note_reached(turn.session, absence, turn.account.id, turn.now)
    await expect(turn.session, absence, person, filled.arrived_at, turn.now, turn.zone)
    turn.audit("away.back", f"person:{person.id}")
    return Filed(submission, (Text("away.back_noted", {"name": person.name}),))


FEATURE = Feature(
    commands={"away": away},
    actions={"away": deed, "awaynew": enter, "awaypage": page, "awaynames": names},
    forms=(
        FormSpec(
            AwayEntry,
            submit_entry,
            {"residents": residents_at_home, "mine": mine, "divisions": divisions_named},
        ),
        FormSpec(AwayPlan, submit_plan),
        FormSpec(AwayBack, submit_back),
    ),
    menu=(MenuItem("away", TEAM[:2], drawer=Drawer.PEOPLE),),
)
