"""The walk as a worker sees it: a grid's buildings, a building's doors, one door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from models.addresses import parse
from models.buildings import Building
from models.coverage import Door, New, Tally, Window, total
from models.identity import mask_phone
from models.leads import LeadSource
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.people import Household, Person
from models.units import Level, Unit
from models.visits import Found, Visit

PAGE = 8
LABEL = 24  # characters of an address on a button
OTHERS = (Found.EMPTY, Found.MOVED, Found.REFUSED, Found.NO_DOOR)


@dataclass(frozen=True, slots=True)
class Walk:
    """A grid in its round: how far it is, and how far each of its buildings."""

    unit: Unit
    window: Window
    tallies: Mapping[int | None, Tally]

    @property
    def total(self) -> Tally:
        return total(self.tallies.values())

    def progress(self) -> Text:
        return Text("visits.progress", counts(self.total))


def counts(tally: Tally) -> dict[str, int]:
    return {"done": tally.done, "due": tally.due, "unmet": tally.unmet}


def named(address: str) -> str:
    """A door as it is told from its neighbours; one that cannot be read, as it is written."""
    door = parse(address)
    return (door.door if door.is_read else address)[:LABEL]


def tap(label: Text, data: str, style: Style = Style.PLAIN) -> Button:
    """A button of the walk."""
    return Button(label, f"a:{data}", style=style)


def turning(data: str, page: int, more: bool) -> Rows:
    """Back and forth in a long list."""
    row = []
    if page:
        row.append(Button(Text("list.previous"), f"a:{data}:{page - 1}"))
    if more:
        row.append(Button(Text("list.next"), f"a:{data}:{page + 1}"))
    return (tuple(row),) if row else ()


# -- buildings ------------------------------------------------------------------------------------


def buildings(walk: Walk, blocks: Sequence[Building], page: int) -> Outbound:
    """The walk list: those with doors to visit in walking order, then those that are done."""
    if not walk.total.due:
        return Outbound((Text("visits.no_doors", {"unit": walk.unit.name}),))
    listed = [(block.id, block.name) for block in blocks if block.id in walk.tallies]
    open_ = [one for one in listed if not walk.tallies[one[0]].is_done]
    done = [one for one in listed if walk.tallies[one[0]].is_done]
    rows = [_building(walk, number, verbatim(name)) for number, name in (*open_, *done)]
    if None in walk.tallies:
        rows.append(_building(walk, None, Text("visits.unnamed")))
    shown = tuple(rows[page * PAGE : (page + 1) * PAGE])
    lines = (
        in_round(walk.window, walk.unit.name),
        walk.progress(),
        Text("visits.all_done" if walk.total.is_done else "visits.pick_building"),
    )
    more = len(rows) > (page + 1) * PAGE
    order = (tap(Text("visits.reorder"), f"order:u{walk.unit.id}"),) if len(listed) > 1 else ()
    return Outbound(
        lines, (*shown, *turning(f"walk:u{walk.unit.id}", page, more), *((order,) if order else ()))
    )


def _building(walk: Walk, number: int | None, name: Text) -> tuple[Button, ...]:
    tally = walk.tallies[number]
    key = "visits.building_done" if tally.is_done else "visits.building"
    label = Text(key, {"name": name, **counts(tally)})
    return (Button(label, f"a:doors:u{walk.unit.id}:b{number or 0}"),)


def order(unit: Unit, blocks: Sequence[Building], page: int) -> Outbound:
    """The buildings to be put into the order in which she walks."""
    rows: list[tuple[Button, ...]] = []
    for block in blocks[page * PAGE : (page + 1) * PAGE]:
        rows.append(
            (
                Button(verbatim(block.name[:LABEL]), f"a:doors:u{unit.id}:b{block.id}"),
                tap(Text("visits.up"), f"shift:b{block.id}:up"),
                tap(Text("visits.down"), f"shift:b{block.id}:down"),
            )
        )
    more = len(blocks) > (page + 1) * PAGE
    downwards = any(block.downwards for block in blocks)
    lines = (Text("visits.order"), Text("visits.downwards" if downwards else "visits.upwards"))
    foot = (
        tap(Text("visits.turn_round"), f"storeys:u{unit.id}"),
        tap(Text("visits.back"), f"walk:u{unit.id}"),
    )
    return Outbound(lines, (*rows, *turning(f"order:u{unit.id}", page, more), foot))


def in_round(window: Window, name: Value) -> Text:
    """Which unit, which round, until when."""
    facts: dict[str, Value] = {"unit": name, "until": window.until_on, "purpose": window.purpose}
    return Text("visits.title_round" if window.purpose else "visits.title", facts)


def overview(
    top: Unit | None,
    window: Window,
    units: Sequence[tuple[Unit, Tally]],
    page: int,
    notice: Sequence[Text],
    found: Text | None,
    *,
    oversees: bool,
) -> Outbound:
    """How far some units are, those that are furthest behind first."""
    behind = sorted(units, key=lambda one: (one[1].share, -one[1].due, one[0].path))
    whole = total(tally for _, tally in units)
    name = top.name if top else Text("visits.your_units")
    lines = [*notice, in_round(window, name), Text("visits.progress", counts(whole))]
    if found is not None:
        lines.append(found)
    rows: list[tuple[Button, ...]] = []
    for unit, tally in behind[page * PAGE : (page + 1) * PAGE]:
        data = "walk" if unit.level == Level.GRID else "grids"
        key = "visits.unit_done" if tally.is_done else "visits.unit"
        label = Text(key, {"name": verbatim(unit.name), **counts(tally)})
        rows.append((Button(label, f"a:{data}:u{unit.id}"),))
    more = len(behind) > (page + 1) * PAGE
    turn = turning(f"grids:u{top.id}", page, more) if top else ()
    acts = _round_acts(top, window) if top and oversees else ()
    return Outbound(tuple(lines), (*rows, *turn, *acts))


def found(new: Mapping[LeadSource, New], hours: int) -> Text:
    """People found since the round began, by channel."""
    by_source = [
        Text("visits.by_source", {"source": Text(f"source.{source}"), "n": one.n})
        for source, one in sorted(new.items())
    ]
    facts: dict[str, Value] = {
        "n": sum(one.n for one in new.values()),
        "in_time": sum(one.in_time for one in new.values()),
        "hours": hours,
        "sources": by_source,
    }
    return Text("visits.found_new", facts)


def _round_acts(top: Unit, window: Window) -> Rows:
    """A supervisor starts a round, and ends that of her own unit."""
    begin = tap(Text("visits.start_round"), f"newround:u{top.id}")
    if window.round_id is None or window.unit_id != top.id:
        return ((begin,),)
    return ((begin, tap(Text("visits.end_round"), f"endround:r{window.round_id}")),)


# -- doors ----------------------------------------------------------------------------------------


def doors(
    walk: Walk,
    building: Building | None,
    found: Sequence[Door],
    page: int,
    notice: Sequence[Text] = (),
    acts: Rows = (),
    onward: Building | None = None,
) -> Outbound:
    """A building's doors; `notice` and `acts` are about the door that was just visited, `onward`
    is the building to go to from one that is done."""
    number = building.id if building else None
    name = verbatim(building.name) if building else Text("visits.unnamed")
    tally = walk.tallies.get(number, Tally())
    head = Text("visits.in_building", {"name": name, **counts(tally)})
    rows = tuple((_door(door),) for door in found[:PAGE])
    data = f"doors:u{walk.unit.id}:b{number or 0}"
    foot = ((tap(Text("visits.buildings"), f"walk:u{walk.unit.id}"),),)
    lines = [*notice, head, walk.progress()]
    following: Rows = ()
    if tally.is_done:
        lines.append(Text("visits.building_finished"))
    if onward is not None:
        facts: dict[str, Value] = {
            "name": verbatim(onward.name),
            **counts(walk.tallies[onward.id]),
        }
        data_on = f"a:doors:u{walk.unit.id}:b{onward.id}"
        following = ((Button(Text("visits.onward", facts), data_on, style=Style.PRIMARY),),)
    return Outbound(
        tuple(lines),
        (*following, *rows, *turning(data, page, len(found) > PAGE), *acts, *foot),
        protect=True,
    )


def _door(door: Door) -> Button:
    facts: dict[str, Value] = {"door": named(door.home.address), "n": door.people}
    if door.met is None:
        label = Text("visits.door" if door.people else "visits.door_empty", facts)
    else:
        label = Text("visits.door_done" if door.met else "visits.door_unmet", facts)
    return Button(label, f"a:door:h{door.home.id}")


def acts(visit: Visit) -> Rows:
    """What can still be done about the door that was just visited."""
    undo = tap(Text("visits.undo"), f"unvisit:v{visit.id}")
    if visit.found not in (Found.ABSENT, Found.REFUSED):
        return ((undo,),)
    slip = tap(Text("visits.leave_slip"), f"slip:v{visit.id}")
    return ((slip,), (tap(Text("visits.other_time"), f"when:v{visit.id}"), undo))


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who lives behind a door; `until` is the last day of her observation."""

    person: Person
    is_head: bool
    until: date | None


def door(
    home: Household,
    members: Sequence[Member],
    visit: Visit | None,
    by: Value,
    standing: Sequence[Visit],
) -> Outbound:
    """One door: who lives there, what was found, what she can say with a tap."""
    where: dict[str, Value] = {"address": home.address, "n": len(members)}
    lines = [Text("visits.at_door" if members else "visits.at_empty_door", where)]
    lines += [_member(member) for member in members]
    if any(member.until for member in members):
        lines.append(Text("visits.protect"))
    if visit is not None:
        facts: dict[str, Value] = {
            "by": by,
            "at": visit.at,
            "found": Text(f"visits.found.{visit.found}"),
        }
        lines.append(Text("visits.done_by", facts))
    elif standing:
        missed: dict[str, Value] = {"n": len(standing), "at": standing[-1].at}
        lines.append(Text("visits.missed", missed))
    rows = (
        (tap(Text("visits.well"), f"seen:h{home.id}:{Found.WELL}", Style.PRIMARY),),
        (
            tap(Text("visits.newcomer"), f"arrival:h{home.id}"),
            tap(Text("visits.sick"), f"sick:h{home.id}"),
        ),
        (
            tap(Text("visits.absent"), f"seen:h{home.id}:{Found.ABSENT}"),
            tap(Text("visits.other"), f"other:h{home.id}"),
        ),
        (tap(Text("visits.back"), f"doors:u{home.unit_id}:b{home.building_id or 0}"),),
    )
    return Outbound(tuple(lines), rows, protect=True)


def _member(member: Member) -> Text:
    person = member.person
    facts: dict[str, Value] = {
        "name": person.name,
        "phone": mask_phone(person.phone) if person.phone else Text("card.no_phone"),
        "head": Text("visits.head") if member.is_head else "",
        "state": Text("visits.observed", {"until": member.until}) if member.until else "",
    }
    return Text("visits.member", facts)


def next_door(home: Household) -> tuple[Button, ...]:
    """From a receipt on with the walk."""
    data = f"doors:u{home.unit_id}:b{home.building_id or 0}"
    return (tap(Text("visits.next_door"), data),)


def others(home: Household) -> Outbound:
    """What else may be behind a door."""
    rows = tuple(
        (tap(Text(f"visits.found.{found}"), f"seen:h{home.id}:{found}"),) for found in OTHERS
    )
    back = ((tap(Text("visits.back"), f"door:h{home.id}"),),)
    return Outbound(
        (Text("visits.other_ask", {"address": home.address}),), (*rows, *back), protect=True
    )


def hours(visit: Visit, choices: Mapping[str, datetime]) -> Outbound:
    """When does she want to come again?"""
    rows = tuple(
        (Button(Text("visits.at", {"at": at}), f"a:when:v{visit.id}:{name}"),)
        for name, at in choices.items()
    )
    return Outbound((Text("visits.when_ask"),), rows)
