"""Errands: somebody asks for help, a worker takes it on, whoever asked confirms.

Psychological help stays with the unit's own workers; the program never handles money.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from handlers.claims import claimed_number
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.helping import views
from handlers.helping.form import AskHelp, Lack, When
from handlers.places import units_near
from handlers.turn import Turn
from models import service
from models.access import access_asked, access_person
from models.accounts import TEAM, Assignment, Role
from models.actors import Action
from models.helpcards import coming, delivered, help_facts
from models.helping import (
    Errand,
    Need,
    ask,
    call_off,
    confirm,
    deliver,
    give_back,
    go_on,
    take_on,
)
from models.messages import Outbound, Text, UserError
from models.obligations import Kind, Obligation
from models.outbox import Priority
from models.people import Person
from models.rules import rules_for
from models.service import Ended
from models.units import Level, Unit, root, unit_by_code
from models.volunteers import Volunteer
from models.wards import answering


async def need(turn: Turn, _argument: str) -> None:
    """What is known is filled in: a resident's own data, a worker's own grid."""
    if await root(turn.session) is None:
        raise UserError("selfreport.no_district")
    answers, labels = await _known(turn)
    behalf = bool((await turn.actor()).roles & set(TEAM))
    await turn.begin(AskHelp, {"behalf": behalf}, answers, labels)


async def _known(turn: Turn) -> tuple[dict[str, Any], dict[str, str]]:
    actor = await turn.actor()
    if actor.roles & set(TEAM):
        grid = actor.top(*TEAM)
        unit = await turn.session.get(Unit, grid.unit_id) if grid else None
        mine = unit if unit is not None and unit.level == Level.GRID else None
        return ({"unit": mine.code}, {f"helpunits:{mine.code}": mine.name}) if mine else ({}, {})
    person = (
        await turn.session.get(Person, turn.account.person_id) if turn.account.person_id else None
    )
    return await _known_of(turn, person) if person is not None and person.name else ({}, {})


async def _known_of(turn: Turn, person: Person) -> tuple[dict[str, Any], dict[str, str]]:
    unit = await turn.session.get_one(Unit, person.unit_id)
    called = await answering(turn.session, person)
    phone = called.phone if called else None
    known = {"name": person.name, "phone": phone, "address": person.address}
    answers = {name: value for name, value in known.items() if value}
    return {**answers, "unit": unit.code}, {f"helpunits:{unit.code}": unit.name}


async def for_person(turn: Turn, person: Person) -> None:
    """A worker asks for somebody who has agreed by word; the phone is that of whoever answers."""
    answers, labels = await _known_of(turn, person)
    await turn.begin(AskHelp, {"behalf": True, "person": person.id}, answers, labels)


async def submit(turn: Turn, filled: AskHelp, draft: Draft) -> Filed:
    unit = await unit_by_code(turn.session, filled.unit)
    if unit is None:
        raise UserError("selfreport.unit_gone")
    behalf = bool(draft.context.get("behalf"))
    person_id = await _whom(turn, draft) if behalf else turn.account.person_id
    submission = await turn.file(
        filled, draft, person_id=person_id, unit_id=unit.id, on_behalf=behalf
    )
    errand = Errand(
        need=filled.need,
        urgent=filled.urgency == When.URGENT,
        what=filled.what or filled.worry or "",
        name=filled.name,
        phone=filled.phone,
        address=filled.address,
        unit=unit,
        person_id=person_id,
        asker_id=turn.account.id,
        behalf=behalf,
    )
    item = await ask(turn.session, errand, f"help:s{submission.id}", turn.now, turn.zone)
    turn.audit("help.asked", f"obligation:{item.id}", need=filled.need, behalf=behalf)
    hotline = (await rules_for(turn.session, unit)).comfort_line
    return Filed(submission, views.asked(item, unit.name, hotline), views.off_rows(item))


async def _whom(turn: Turn, draft: Draft) -> int | None:
    """Whom a worker asks for, if she stands on record and is still the worker's to act for."""
    claimed = draft.context.get("person")
    if claimed is None:
        return None
    return (await access_person(turn.session, await turn.actor(), claimed, Action.CLAIM)).id


# -- the helping side ------------------------------------------------------------------------------


async def take(turn: Turn, arguments: Sequence[str]) -> None:
    """The first one to tap has it; only then does she see the whole address and number."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.HELP)
    first = item.owner_id is None
    await take_on(item, turn.account.id)
    turn.audit("help.opened", f"obligation:{item.id}")
    turn.replace(views.taken(item, await _sent(turn, item)))
    if first and not item.facts["behalf"]:
        _tell_asker(turn, item, coming(item, await _own_name(turn)), "coming")


async def _sent(turn: Turn, item: Obligation) -> Volunteer | None:
    """The volunteer who is on her way; without one the worker goes, and nobody else is to."""
    task = await service.task_of(turn.session, item.id)
    if task is None or task.volunteer_id is not None:
        return await turn.session.get_one(Volunteer, task.volunteer_id) if task else None
    await service.close(turn.session, task, Ended.OFF, turn.now)
    return None


async def _spare_volunteer(turn: Turn, item: Obligation) -> None:
    """It is done, given on or called off: whoever was to go need not."""
    task = await service.task_of(turn.session, item.id)
    if task is None:
        return
    await service.close(turn.session, task, Ended.OFF, turn.now)
    if task.volunteer_id is not None:
        sent = await turn.session.get_one(Volunteer, task.volunteer_id)
        if sent.account_id is not None:
            message = Outbound((Text("volunteer.not_needed", help_facts(item)),))
            turn.tell(sent.account_id, message, f"service:off:t{task.id}", Priority.ALERT)


async def _own_name(turn: Turn) -> str:
    """As the staff list has her: a resident opens her door to that name."""
    listed = await turn.session.scalar(
        select(Assignment.name)
        .where(Assignment.account_id == turn.account.id, Assignment.role.in_(TEAM))
        .order_by(Assignment.id)
        .limit(1)
    )
    return listed or turn.account.name or ""


def _tell_asker(turn: Turn, item: Obligation, message: Outbound, what: str) -> None:
    key = f"help:{what}:ob{item.id}:{turn.event.update_id}"
    turn.tell(int(item.facts["asker"]), message, key, Priority.NOTICE)


async def _mine(turn: Turn, arguments: Sequence[str]) -> Obligation:
    """An errand that she has taken on."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.HELP)
    if item.owner_id != turn.account.id:
        raise UserError("help.not_yours")
    return item


async def done(turn: Turn, arguments: Sequence[str]) -> None:
    """Delivered. Whoever asked is asked whether it is right; on behalf, the worker knows."""
    item = await _mine(turn, arguments)
    await deliver(turn.session, item, turn.account.id, turn.now)
    await _spare_volunteer(turn, item)
    turn.audit("help.delivered", f"obligation:{item.id}")
    behalf = bool(item.facts["behalf"])
    if not behalf:
        _tell_asker(turn, item, delivered(item), "delivered")
    turn.replace(Outbound((Text("help.done_behalf" if behalf else "help.done"),)))


async def back(turn: Turn, arguments: Sequence[str]) -> None:
    item = await _mine(turn, arguments)
    if not item.is_open():
        raise UserError("help.over")
    await give_back(turn.session, item, turn.now)
    await _spare_volunteer(turn, item)
    turn.audit("help.given_back", f"obligation:{item.id}")
    turn.replace(Outbound((Text("help.given_back", {"due": item.due_at}),)))


# -- the asking side -------------------------------------------------------------------------------


async def _asked(turn: Turn, arguments: Sequence[str]) -> Obligation:
    claimed = arguments[0] if arguments else ""
    number = claimed_number(claimed)
    return await access_asked(turn.session, await turn.actor(), number)


async def got(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap ends it."""
    item = await _asked(turn, arguments)
    await confirm(item, turn.now)
    comfort = item.facts["need"] == Need.COMFORT
    if not comfort and item.outcome_by not in (None, turn.account.id):
        message = Outbound((Text("help.thanked"),))
        turn.tell(item.outcome_by or 0, message, f"help:thanked:ob{item.id}")
    turn.replace(Outbound((Text("help.confirmed_comfort" if comfort else "help.confirmed"),)))


async def lacking(turn: Turn, arguments: Sequence[str]) -> None:
    item = await _asked(turn, arguments)
    if "confirmed" in item.facts:
        raise UserError("help.confirmed_already")
    await turn.begin(Lack, {"errand": item.id})


async def submit_lack(turn: Turn, filled: Lack, draft: Draft) -> Filed:
    item = await access_asked(turn.session, await turn.actor(), int(draft.context["errand"]))
    await go_on(turn.session, item, filled.what, turn.now)
    turn.audit("help.lacking", f"obligation:{item.id}")
    submission = await turn.file(
        filled, draft, person_id=item.person_id, unit_id=item.unit_id, obligation_id=item.id
    )
    if item.owner_id is not None:
        key = f"help:lack:ob{item.id}:{submission.id}"
        turn.tell(item.owner_id, views.taken(item), key, Priority.ALERT)
    return Filed(submission, (Text("help.lack_told", {"due": item.due_at}),), views.off_rows(item))


async def more(turn: Turn, arguments: Sequence[str]) -> None:
    """She would like to talk again: one tap, no questions."""
    item = await _asked(turn, arguments)
    await go_on(turn.session, item, "", turn.now)
    turn.audit("help.again", f"obligation:{item.id}")
    if item.owner_id is not None:
        key = f"help:again:ob{item.id}:{turn.event.update_id}"
        turn.tell(item.owner_id, views.taken(item), key, Priority.ALERT)
    turn.replace(Outbound((Text("help.again", {"due": item.due_at}),), views.off_rows(item)))


async def off(turn: Turn, arguments: Sequence[str]) -> None:
    """Not needed any more."""
    item = await _asked(turn, arguments)
    await call_off(turn.session, item, turn.account.id, turn.now)
    await _spare_volunteer(turn, item)
    turn.audit("help.called_off", f"obligation:{item.id}")
    if item.owner_id not in (None, turn.account.id):
        message = Outbound((Text("help.off_told", {"name": item.details().get("staff", "")}),))
        turn.tell(item.owner_id or 0, message, f"help:off:ob{item.id}:{turn.event.update_id}")
    turn.replace(Outbound((Text("help.off"),)))


FEATURE = Feature(
    commands={"need": need},
    actions={
        "helptake": take,
        "helpdone": done,
        "helpback": back,
        "helpgot": got,
        "helpfine": got,
        "helplack": lacking,
        "helpmore": more,
        "helpoff": off,
    },
    forms=(
        FormSpec(AskHelp, submit, {"helpunits": units_near}, final=True),
        FormSpec(Lack, submit_lack, final=True),
    ),
    menu=(MenuItem("need", (Role.RESIDENT, *TEAM[:2]), drawer=Drawer.PEOPLE),),
    on_behalf={"help": for_person},
)
