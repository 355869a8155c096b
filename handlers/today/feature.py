"""The worker's day: what is open in her units by what she does with it, most urgent first.

A deed on a line is another feature's; the list that it stood on comes back in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from sqlalchemy import select

from handlers.claims import claimed_number
from handlers.feature import Feature, MenuItem
from handlers.today import views
from handlers.turn import Turn
from models.accounts import SUPERVISORS, TEAM
from models.actors import Action, Actor
from models.cards import GROUPS, LIST_LENGTH, URGENCY, Group, briefs
from models.clock import at_local
from models.messages import Outbound, UserError
from models.obligations import Kind
from models.reminders import remind
from models.sources import after_night
from models.units import Level, Unit, ancestor_ids
from models.worklist import Sum, Where, by_unit, done_since, open_for, page, sums, total

MOST_UNITS = 20
BY_CODE = {group.code: group for group in GROUPS}
ALL = Group("all", URGENCY)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of her day: a group, in one of her units or in all of them."""

    group: Group | None
    unit: Unit | None
    where: Where

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return (self.group or ALL).kinds

    @property
    def ref(self) -> str:
        """As handlers/way.py has it."""
        code = (self.group or ALL).code
        return f"{code}-{self.unit.id}" if self.unit else code


async def _worker(turn: Turn) -> Actor:
    actor = await turn.actor()
    if not actor.roles & set(TEAM):
        raise UserError("access.staff_only")
    return actor


async def _place(turn: Turn, arguments: Sequence[str]) -> Place:
    """The part of the day that a button claims, if the unit is hers to see."""
    actor = await _worker(turn)
    code, claimed, *_ = (*arguments, "", "")
    if code not in ("", ALL.code, *BY_CODE):
        raise UserError("unknown.button")
    number = claimed_number(claimed)
    unit = await turn.session.get(Unit, number) if number else None
    if number and (unit is None or not actor.may(Action.SEE, unit.path)):
        raise UserError("access.denied")
    where = open_for(actor, turn.now, unit.path if unit else "")
    return Place(BY_CODE.get(code), unit, where)


async def today(turn: Turn, _argument: str) -> None:
    turn.send(await _shown(turn, await _place(turn, ()), 0))


async def day(turn: Turn, arguments: Sequence[str]) -> None:
    """The same in place: the groups, one of them, a unit of it, a page."""
    place = await _place(turn, arguments)
    number = arguments[2] if len(arguments) > 2 else ""
    shown = await _shown(turn, place, int(number) if number.isdecimal() and len(number) < 4 else 0)
    turn.replace(Outbound((*turn.news, *shown.lines), shown.rows, protect=shown.protect))


async def _shown(turn: Turn, place: Place, number: int) -> Outbound:
    actor = await turn.actor()
    parts = await sums(turn.session, place.where, turn.now)
    whole = total(parts, place.kinds)
    supervises = bool(actor.roles & set(SUPERVISORS))
    if place.group is None:
        begun = at_local(turn.today, time(), turn.zone)
        done = await done_since(turn.session, actor.account_id, begun)
        head = views.head(parts, turn.today, done)
        if whole is None:
            return Outbound((head,))
        if supervises or whole.n > LIST_LENGTH:
            return views.groups(head, parts)
    elif whole is None:
        return views.emptied(place.group)
    else:
        branches = await _branches(turn, actor, place) if supervises else ()
        if len(branches) > 1:
            return views.units(place.group, whole, branches)
        head = views.group_head(place.group, place.unit, whole, number)
    start = min(number, (whole.n - 1) // LIST_LENGTH) * LIST_LENGTH
    found = await page(turn.session, place.where, turn.now, place.kinds, start, LIST_LENGTH)
    shown = await briefs(turn.session, found)
    return views.lines(head, shown, place.ref, start, whole, turn.now)


async def _branches(turn: Turn, actor: Actor, place: Place) -> list[views.Branch]:
    """Where the work lies, one level below: a supervisor sees units before names."""
    above = [place.unit.path] if place.unit else list(actor.paths(Action.SEE))
    if place.unit is not None and place.unit.level == Level.GRID:
        return []
    found = await by_unit(turn.session, place.where, turn.now, place.kinds)
    out: dict[int, Sum] = {}
    for path, part in found.items():
        top = max((p for p in above if path.startswith(p)), key=len)
        below = ancestor_ids(path[len(top) :])
        unit_id = below[0] if below else ancestor_ids(path)[-1]
        out[unit_id] = out[unit_id] + part if unit_id in out else part
    named = await turn.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(out)))
    every = [views.Branch(unit_id, name, out[unit_id]) for unit_id, name in named]
    return sorted(every, key=lambda b: (-b.sum.late, -b.sum.n, b.unit_id))[:MOST_UNITS]


async def again(turn: Turn, arguments: Sequence[str]) -> None:
    """One more reminder to everybody who is silent, in one tap."""
    place = await _place(turn, arguments)
    morning = after_night(turn.now, turn.zone)
    if morning != turn.now:
        raise UserError("remind.night", at=morning)
    found = await remind(turn.session, place.where, turn.now, place.kinds)
    turn.letters += found.letters
    turn.audit("reminded", f"account:{turn.account.id}", n=len(found.told))
    shown = await briefs(turn.session, found.unheard[:LIST_LENGTH])
    turn.replace(views.reminded(found, shown, place.ref, turn.now))


FEATURE = Feature(
    commands={"today": today},
    actions={"day": day, "again": again},
    menu=(MenuItem("today", TEAM),),
)
