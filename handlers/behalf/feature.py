"""On behalf: whatever a resident can do, a worker can do for her once she has agreed by word.

What there is to do is each feature's own to say (`Feature.on_behalf`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from sqlalchemy import select

from handlers.behalf.form import Whom
from handlers.claims import claimed_number
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Feature, FormSpec, MenuItem
from handlers.residents import found_residents
from handlers.turn import Turn
from models.access import access_person
from models.accounts import TEAM
from models.actors import Action
from models.audit import AuditRow
from models.clock import at_local
from models.episodes import running_episode
from models.identity import mask_phone
from models.messages import Button, Outbound, Style, Text, UserError, Value
from models.people import Person

AGREED = "behalf.agreed"


async def behalf(turn: Turn, argument: str) -> None:
    """Find somebody: what follows the command is looked for at once."""
    await _worker(turn)
    found = await found_residents(turn, argument) if argument else []
    if len(found) == 1:
        turn.send(await _card(turn, found[0]))
    elif found:
        rows = tuple((Button(_label(one), f"a:for:{one.id}"),) for one in found)
        turn.send(Outbound((Text("behalf.which"),), rows, protect=True))
    else:
        if argument:
            turn.reply("behalf.nobody")
        await turn.begin(Whom)


async def _worker(turn: Turn) -> None:
    if not (await turn.actor()).roles & set(TEAM):
        raise UserError("access.staff_only")


def _label(person: Person) -> Text:
    tail = Text("line.open")
    if person.phone:
        tail = Text("behalf.tail", {"digits": person.phone[-4:]})
    told: dict[str, Value] = {"name": person.name, "address": person.address or "", "tail": tail}
    return Text("behalf.person", told)


async def _people(turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    await _worker(turn)
    return [Option(str(one.id), _label(one)) for one in await found_residents(turn, query)]


async def submit(turn: Turn, filled: Whom, _draft: Draft) -> None:
    turn.replace(await _card(turn, await _hers(turn, filled.person)))


async def _hers(turn: Turn, claimed: str) -> Person:
    """The person that a button claims, as a worker of her unit reaches her."""
    await _worker(turn)
    number = claimed_number(claimed)
    return await access_person(turn.session, await turn.actor(), number, Action.CLAIM)


async def chosen(turn: Turn, arguments: Sequence[str]) -> None:
    """Her card, her word that she agrees, what is done for her."""
    claimed, what, *_ = (*arguments, "", "")
    person = await _hers(turn, claimed)
    if what == "ok":
        turn.audit(AGREED, f"person:{person.id}", "by word")
        turn.replace(_menu(turn, person))
    elif what not in turn.registry.on_behalf or not await _agreed(turn, person):
        turn.replace(await _card(turn, person))
    else:
        await turn.registry.on_behalf[what](turn, person)


async def _agreed(turn: Turn, person: Person) -> bool:
    """Has she said so today, to this worker?"""
    found = await turn.session.scalar(
        select(AuditRow.id)
        .where(
            AuditRow.subject == f"person:{person.id}",
            AuditRow.action == AGREED,
            AuditRow.account_id == turn.account.id,
            AuditRow.at >= at_local(turn.today, time(), turn.zone),
        )
        .limit(1)
    )
    return found is not None


async def _card(turn: Turn, person: Person) -> Outbound:
    if await _agreed(turn, person):
        return _menu(turn, person)
    turn.audit("behalf.shown", f"person:{person.id}")
    episode = await running_episode(turn.session, person.id)
    told: dict[str, Value] = {
        "name": person.name,
        "address": person.address or Text("card.unknown"),
        "phone": mask_phone(person.phone) if person.phone else Text("card.no_phone"),
    }
    lines = [Text("behalf.card", told)]
    if episode is not None:
        lines.append(Text("behalf.observed", {"until": episode.ends_on}))
    lines.append(Text("behalf.consent", {"name": person.name}))
    agreed = Button(Text("behalf.agreed"), f"a:for:{person.id}:ok", style=Style.PRIMARY)
    return Outbound(tuple(lines), ((agreed,),), protect=True)


def _menu(turn: Turn, person: Person) -> Outbound:
    cells = [
        Button(Text(f"behalf.do.{code}"), f"a:for:{person.id}:{code}")
        for code in turn.registry.on_behalf
    ]
    rows = tuple(tuple(cells[i : i + 2]) for i in range(0, len(cells), 2))
    return Outbound((Text("behalf.menu", {"name": person.name}),), rows, protect=True)


FEATURE = Feature(
    commands={"for": behalf},
    actions={"for": chosen},
    forms=(FormSpec(Whom, submit, {"people": _people}),),
    menu=(MenuItem("for", TEAM),),
)
