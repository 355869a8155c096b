"""Somebody offers herself, tells anew what she can do, pauses, ends it; or a worker offers her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from handlers.volunteers import views
from handlers.volunteers.form import Volunteering
from handlers.volunteers.serving import let_go
from models.access import access_person
from models.accounts import account_of_person
from models.actors import Action
from models.messages import Outbound, Text, UserError, verbatim
from models.people import Person
from models.served import served_minutes
from models.units import Level, Unit, chain, root, unit_by_code
from models.volunteers import Offer, Volunteer, end, offer_herself, pause, resume, volunteer_of

LOCAL = (Level.TOWNSHIP, Level.VILLAGE, Level.GRID)


async def herself(turn: Turn) -> None:
    """Her card, or the questions when she is not on the list."""
    mine = await volunteer_of(turn.session, turn.account.id, turn.account.person_id)
    if mine is None:
        await begin(turn, ())
    else:
        turn.send(await _card(turn, mine))


async def _card(turn: Turn, mine: Volunteer) -> Outbound:
    unit = await turn.session.get_one(Unit, mine.unit_id)
    return views.own_card(mine, unit.name, await served_minutes(turn.session, mine))


async def begin(turn: Turn, _arguments: Sequence[str]) -> None:
    """What is on record is not asked again; somebody on the list tells anew what she can do."""
    if await root(turn.session) is None:
        raise UserError("selfreport.no_district")
    mine = await volunteer_of(turn.session, turn.account.id, turn.account.person_id)
    person_id = turn.account.person_id
    person = await turn.session.get(Person, person_id) if person_id else None
    if mine is not None:
        answers, labels = await _known(turn, mine.name, mine.phone, mine.unit_id)
    elif person is not None and person.name:
        answers, labels = await _known(turn, person.name, person.phone, person.unit_id)
    else:
        answers, labels = {}, {}
    await turn.begin(Volunteering, answers=answers, labels=labels)


async def for_person(turn: Turn, person: Person) -> None:
    """A worker puts somebody on the list who has agreed by word."""
    answers, labels = await _known(turn, person.name, person.phone, person.unit_id)
    await turn.begin(Volunteering, {"person": person.id}, answers, labels)


async def _known(
    turn: Turn, name: str | None, phone: str | None, unit_id: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """Where she lives she serves, unless she names more: there staff know her."""
    line = await chain(turn.session, await turn.session.get_one(Unit, unit_id))
    told = {"name": name, "phone": phone}
    answers: dict[str, Any] = {field: value for field, value in told.items() if value}
    unit = next((line[level] for level in reversed(LOCAL) if level in line), None)
    if unit is None:
        return answers, {}
    return {**answers, "unit": unit.code}, {f"volunits:{unit.code}": unit.name}


async def units(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    """Her grid, village and township where they are known, else every village and township."""
    line = await _line(turn, draft)
    found = [line[level] for level in reversed(LOCAL) if level in line]
    if not found:
        wider = select(Unit).where(Unit.level.in_((Level.VILLAGE, Level.TOWNSHIP)))
        every = list(await turn.session.scalars(wider.order_by(Unit.path)))
        found = sorted(every, key=lambda unit: unit.level != Level.VILLAGE)
    return [Option(unit.code, verbatim(unit.name)) for unit in found]


async def _line(turn: Turn, draft: Draft) -> Mapping[Level, Unit]:
    person_id = draft.context.get("person") or turn.account.person_id
    person = await turn.session.get(Person, person_id) if person_id else None
    unit_id = person.unit_id if person else turn.account.gate_unit_id
    unit = await turn.session.get(Unit, unit_id) if unit_id else None
    return await chain(turn.session, unit) if unit else {}


async def submit(turn: Turn, filled: Volunteering, draft: Draft) -> Filed:
    unit = await unit_by_code(turn.session, filled.unit)
    if unit is None:
        raise UserError("selfreport.unit_gone")
    account_id, person_id, stead = await _whose(turn, draft)
    offer = Offer(
        unit=unit,
        name=filled.name,
        phone=filled.phone,
        skills=filled.skills,
        days=filled.days,
        parts=filled.parts,
        account_id=account_id,
        person_id=person_id,
    )
    volunteer = await offer_herself(turn.session, offer, turn.now)
    turn.audit("volunteer.offered", f"volunteer:{volunteer.id}")
    submission = await turn.file(
        filled, draft, person_id=person_id, unit_id=unit.id, on_behalf=stead
    )
    if stead:
        return Filed(submission, (Text("volunteer.offered_stead", {"name": filled.name}),))
    key = "volunteer.offered" if volunteer.confirmed_at is None else "volunteer.changed"
    return Filed(submission, (Text(key, {"unit": unit.name}),))


async def _whose(turn: Turn, draft: Draft) -> tuple[int | None, int | None, bool]:
    """Account and person of whom it is about, and whether a worker speaks for her."""
    claimed = draft.context.get("person")
    if claimed is None:
        return turn.account.id, turn.account.person_id, False
    person = await access_person(turn.session, await turn.actor(), claimed, Action.CLAIM)
    own = await account_of_person(turn.session, person.id)
    return own.id if own else None, person.id, True


# -- one tap each ----------------------------------------------------------------------------------


async def _mine(turn: Turn) -> Volunteer:
    found = await volunteer_of(turn.session, turn.account.id, turn.account.person_id)
    if found is None:
        raise UserError("volunteer.none")
    return found


async def pause_asking(turn: Turn, _arguments: Sequence[str]) -> None:
    """She is not asked for a while; what she has accepted stays hers."""
    mine = await _mine(turn)
    pause(mine, turn.now)
    turn.audit("volunteer.paused", f"volunteer:{mine.id}")
    turn.replace(await _card(turn, mine))


async def go_on(turn: Turn, _arguments: Sequence[str]) -> None:
    mine = await _mine(turn)
    resume(mine)
    turn.audit("volunteer.resumed", f"volunteer:{mine.id}")
    turn.replace(await _card(turn, mine))


async def leave(turn: Turn, _arguments: Sequence[str]) -> None:
    """She is on the list no more; what she had accepted goes back to whoever offered it."""
    mine = await _mine(turn)
    await let_go(turn, mine)
    await end(turn.session, mine, turn.account.id, turn.now)
    turn.audit("volunteer.ended", f"volunteer:{mine.id}", by="herself")
    again = views.again_rows()
    turn.replace(Outbound((Text("volunteer.left"),), again))
