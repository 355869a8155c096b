"""Somebody has come to a door of the ring: its head says who and since when, no more, and a worker
looks in. A lead like any other; nobody has to ask her neighbours out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.rings import views
from handlers.rings.form import RingArrival
from handlers.rings.known import claimed, door_of, known
from handlers.turn import Turn
from models.actors import Action
from models.addresses import compact
from models.clock import local_day
from models.leads import Lead, LeadSource
from models.leadwork import source_of, take_back
from models.messages import Outbound, Text, UserError
from models.people import Household, Person
from models.registers import Submission
from models.verification import KEEP_DAYS, Report, open_lead


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:newcomer:<door>, and without one: at which?"""
    ring = await claimed(turn, arguments, Action.REPORT)
    if ring.agreed_at is None:
        raise UserError("ring.no_head_yet")
    found = await known(turn, ring)
    if len(arguments) < 3:
        turn.replace(views.which_door(found, "newcomer"))
        return
    home = door_of(found, arguments, 2)
    turn.audit("ring.door", f"ring:{ring.id}", "newcomer")
    await turn.begin(RingArrival, {"ring": ring.id, "door": home.id})


async def submit(turn: Turn, filled: RingArrival, draft: Draft) -> Filed:
    """She is here by now: the worker of the door has a lead, the head her thanks."""
    where = [str(draft.context["ring"]), "", f"h{draft.context['door']}"]
    home = door_of(await known(turn, await claimed(turn, where, Action.REPORT)), where, 2)
    if local_day(filled.since, turn.zone) > turn.today:
        raise UserError("ringarrival.future")
    since = min(filled.since, turn.now)  # "today" alone is its noon
    if "corrects" in draft.context:
        await _take_back(turn, int(draft.context["corrects"]))
    person = await _waiting(turn, filled, home) or await _written_down(turn, filled, home)
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=home.unit_id)
    report = Report(
        name=filled.name,
        phone=None,
        document=None,
        address=home.address or "",
        origin="",
        transport="",
        expected_at=since,
        unit_id=home.unit_id,
        source=LeadSource.TIP,
    )
    # No account: what comes of it is the newcomer's own matter, and none of her neighbours'.
    await open_lead(turn.session, report, person, None, submission.id, turn.now, turn.zone)
    turn.audit("lead.brought", f"person:{person.id}", channel=LeadSource.TIP)
    return Filed(submission, (Text("ringarrival.done", {"name": filled.name}),))


async def _waiting(turn: Turn, filled: RingArrival, home: Household) -> Person | None:
    """She was told of before, by the same name at the same door, and nobody has been there yet."""
    found = await turn.session.scalars(
        select(Person)
        .join(Lead, Lead.person_id == Person.id)
        .where(Lead.unit_id == home.unit_id, Lead.outcome.is_(None))
        .order_by(Lead.id)
    )
    name, door = compact(filled.name), compact(home.address or "")
    same = (one for one in found if compact(one.name) == name)
    return next((one for one in same if compact(one.address or "") == door), None)


async def _written_down(turn: Turn, filled: RingArrival, home: Household) -> Person:
    person = Person(
        unit_id=home.unit_id,
        name=filled.name,
        address=home.address,
        created_at=turn.now,
        purge_on=turn.today + timedelta(days=KEEP_DAYS),
    )
    turn.session.add(person)
    await turn.session.flush()
    return person


async def _take_back(turn: Turn, submission_id: int) -> None:
    await take_back(turn.session, submission_id, turn.account.id, turn.now)


async def withdraw(turn: Turn, submission: Submission) -> None:
    """It was somebody else, or an error."""
    await _take_back(turn, submission.id)


async def settled(turn: Turn, submission: Submission) -> Outbound | None:
    """A worker has been there; what was told stays as it was."""
    source = await source_of(turn.session, submission.id)
    lead = await turn.session.get(Lead, source.lead_id) if source else None
    if lead is None or lead.outcome is None:
        return None
    return Outbound((Text("newlead.verified_already"),))
