"""A contact ring as the worker sees it, its head, and a household that is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from models.addresses import parse
from models.buildings import Building
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.people import Household, Person
from models.ringcards import name_of, well_rows
from models.rings import Ring, RingHome, Word
from models.units import Unit

PAGE = 8
DOORS = 16
HEADS = 16
LABEL = 24


@dataclass(frozen=True, slots=True)
class Known:
    """A ring with all that its cards speak of."""

    ring: Ring
    unit: Unit
    doors: Sequence[tuple[RingHome, Household]]
    head: Person | None
    told: Mapping[tuple[int, Word], datetime]

    @property
    def name(self) -> Text:
        return name_of(self.ring, self.unit)

    def at(self, word: Word) -> Value:
        """When it was last told."""
        return self.told.get((self.ring.id, word)) or Text("ring.not_yet")


def short(address: str) -> str:
    """A door without the name of the compound."""
    door = parse(address)
    return (replace(door, place="").key if door.is_read else address)[:LABEL]


def tap(label: Text, data: str, style: Style = Style.PLAIN) -> Button:
    return Button(label, f"a:{data}", style=style)


def ring_tap(label: Text, known: Known, *rest: str, style: Style = Style.PLAIN) -> Button:
    return tap(label, ":".join(("ring", str(known.ring.id), *rest)), style)


def _turning(data: str, page: int, more: bool) -> Rows:
    row = []
    if page:
        row.append(Button(Text("list.previous"), f"a:{data}:{page - 1}"))
    if more:
        row.append(Button(Text("list.next"), f"a:{data}:{page + 1}"))
    return (tuple(row),) if row else ()


# -- the worker -----------------------------------------------------------------------------------


def listing(
    rows: Sequence[tuple[Ring, Unit, int, str | None]],
    told: Mapping[tuple[int, Word], datetime],
    page: int,
    rings: int,
    doors: int,
) -> Outbound:
    """Her rings: how many doors, who the head is, when it was last heard of."""
    lines = [Text("ring.list" if rings else "ring.list_none", {"rings": rings, "doors": doors})]
    buttons: list[tuple[Button, ...]] = []
    for ring, unit, n, head in rows[:PAGE]:
        facts: dict[str, Value] = {
            "ring": name_of(ring, unit),
            "doors": n,
            "head": head or Text("ring.no_head"),
            "at": told.get((ring.id, Word.WELL)) or Text("ring.not_yet"),
        }
        lines.append(Text("ring.line", facts))
        buttons.append((Button(name_of(ring, unit), f"a:ring:{ring.id}"),))
    turn = _turning("rings:page", page, len(rows) > PAGE)
    foot = [tap(Text("ring.new"), "rings:new", Style.PRIMARY)]
    if rings:
        foot.append(tap(Text("ring.tell_all"), "rings:tell"))
    return Outbound(tuple(lines), (*buttons, *turn, tuple(foot)), protect=True)


def grids(units: Sequence[Unit], page: int) -> Outbound:
    rows = tuple(
        (Button(verbatim(unit.name), f"a:rings:grid:u{unit.id}"),)
        for unit in units[page * PAGE : (page + 1) * PAGE]
    )
    turn = _turning("rings:new", page, len(units) > (page + 1) * PAGE)
    return Outbound((Text("ring.which_grid"),), (*rows, *turn))


def buildings(
    unit: Unit, blocks: Sequence[Building], loose: Mapping[int | None, int], page: int
) -> Outbound:
    """Where doors are left that are in no ring."""
    listed: list[tuple[int, Text]] = [
        (block.id, verbatim(block.name)) for block in blocks if loose.get(block.id)
    ]
    if loose.get(None):
        listed.append((0, Text("visits.unnamed")))
    if not listed:
        return Outbound((Text("ring.none_loose", {"unit": unit.name}),))
    rows = []
    for number, name in listed[page * PAGE : (page + 1) * PAGE]:
        label = Text("ring.building", {"name": name, "n": loose[number or None]})
        rows.append((Button(label, f"a:rings:make:u{unit.id}:b{number}"),))
    turn = _turning(f"rings:grid:u{unit.id}", page, len(listed) > (page + 1) * PAGE)
    return Outbound((Text("ring.pick_building", {"unit": unit.name}),), (*rows, *turn))


def doors(known: Known, loose: Sequence[Household], page: int) -> Outbound:
    """Its doors and those that could be in it: a tap takes one in or leaves it out."""
    inside = [(home, True) for _, home in known.doors]
    every = [*inside, *((home, False) for home in loose)]
    shown = every[page * DOORS : (page + 1) * DOORS]
    buttons = [
        Button(
            Text("ring.door_in" if is_in else "ring.door_out", {"door": short(home.address)}),
            f"a:ring:{known.ring.id}:door:h{home.id}:{page}",
        )
        for home, is_in in shown
    ]
    rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
    turn = _turning(f"ring:{known.ring.id}:doors", page, len(every) > (page + 1) * DOORS)
    head = ring_tap(Text("ring.to_head"), known, "head", style=Style.PRIMARY)
    foot = (head,) if known.head is None else (ring_tap(Text("ring.back"), known),)
    facts: dict[str, Value] = {"ring": known.name, "n": len(known.doors)}
    return Outbound((Text("ring.doors", facts),), (*rows, *turn, foot), protect=True)


def heads(known: Known, people: Sequence[Person], chatting: frozenset[int], page: int) -> Outbound:
    """Who could be its head: those with a chat first."""
    order = sorted(people, key=lambda person: person.id not in chatting)
    rows = []
    for person in order[page * HEADS : (page + 1) * HEADS]:
        said = {"name": person.name, "door": short(person.address or "")}
        label = Text("ring.with_chat" if person.id in chatting else "ring.without_chat", said)
        rows.append((Button(label, f"a:ring:{known.ring.id}:head:p{person.id}"),))
    turn = _turning(f"ring:{known.ring.id}:head", page, len(order) > (page + 1) * HEADS)
    key = "ring.pick_head" if people else "ring.nobody_there"
    lines = (Text(key, {"ring": known.name}),)
    return Outbound(lines, (*rows, *turn, (ring_tap(Text("ring.back"), known),)), protect=True)


def card(known: Known, *news: Text) -> Outbound:
    """The ring for the worker: everything that its head can do, and its doors."""
    ring, n = known.ring, len(known.doors)
    facts: dict[str, Value] = {
        "ring": known.name,
        "n": n,
        "doors": [verbatim(short(home.address)) for _, home in known.doors],
        "well": known.at(Word.WELL),
        "passed": known.at(Word.PASSED),
    }
    lines = [*news, Text("ring.card", facts), _head(known)]
    if quiet := sum(home.quiet for home, _ in known.doors):
        lines.append(Text("ring.quiet_doors", {"n": quiet}))
    if known.head is None:
        act: Rows = ((ring_tap(Text("ring.to_head"), known, "head", style=Style.PRIMARY),),)
    elif ring.agreed_at is None:
        act = ()
    else:
        act = (*well_rows(ring, n), (ring_tap(Text("ring.tell"), known, "tell"),))
    foot = (
        ring_tap(Text("ring.change_doors"), known, "doors"),
        ring_tap(Text("ring.change_head"), known, "head"),
    )
    return Outbound(
        tuple(lines), (*act, foot, (ring_tap(Text("ring.end"), known, "end"),)), protect=True
    )


def _head(known: Known) -> Text:
    if known.head is None:
        return Text("ring.head_lacks")
    agreed = "ring.head" if known.ring.agreed_at else "ring.head_asked"
    return Text(agreed, {"name": known.head.name, "door": short(known.head.address or "")})


def sure(known: Known) -> Outbound:
    yes = ring_tap(Text("ring.end_yes"), known, "end", "yes")
    return Outbound(
        (Text("ring.end_sure", {"ring": known.name}),), ((yes, ring_tap(Text("ring.back"), known)),)
    )


# -- its head -------------------------------------------------------------------------------------


def invitation(known: Known, worker: str) -> Outbound:
    """What is asked of her, and what is not."""
    facts: dict[str, Value] = {"ring": known.name, "n": len(known.doors), "worker": worker}
    lines = (Text("ring.please", facts), Text("ring.asks"), Text("ring.no_blame"))
    yes = ring_tap(Text("ring.yes"), known, "yes", style=Style.PRIMARY)
    return Outbound(lines, ((yes, ring_tap(Text("ring.no"), known, "no")),))


def has_agreed(ring: Text, name: str) -> Text:
    return Text("ring.head_agreed", {"ring": ring, "name": name})


def has_declined(ring: Text, name: str) -> Text:
    return Text("ring.head_declined", {"ring": ring, "name": name})


def head_card(known: Known, *news: Text) -> Outbound:
    """One tap when everybody is well."""
    n = len(known.doors)
    facts: dict[str, Value] = {
        "ring": known.name,
        "n": n,
        "doors": [verbatim(short(home.address)) for _, home in known.doors],
        "well": known.at(Word.WELL),
    }
    lines = (*news, Text("ring.yours", facts))
    stop = (ring_tap(Text("ring.stop"), known, "no"),)
    return Outbound(lines, (*well_rows(known.ring, n), stop), protect=True)


def which_door(known: Known, deed: str) -> Outbound:
    """Where somebody needs help, or has come: `deed` is what the door's button does."""
    buttons = [
        Button(verbatim(short(home.address)), f"a:ring:{known.ring.id}:{deed}:h{home.id}")
        for _, home in known.doors
    ]
    rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
    return Outbound(
        (Text("ring.which_door"),), (*rows, (ring_tap(Text("ring.back"), known),)), protect=True
    )


# -- a household in it ----------------------------------------------------------------------------


def joined(known: Known) -> Outbound:
    """Told to the household: what it is in, and that it need not be."""
    facts: dict[str, Value] = {"ring": known.name, "head": _who(known)}
    return _home(Text("ring.joined", facts), quiet=False)


def home_card(known: Known, *news: Text, quiet: bool) -> Outbound:
    facts: dict[str, Value] = {"ring": known.name, "head": _who(known)}
    return _home(*news, Text("ring.home", facts), quiet=quiet)


def _who(known: Known) -> Text:
    if known.head is None or known.ring.agreed_at is None:
        return Text("ring.no_head")
    return Text("ring.who", {"name": known.head.name, "door": short(known.head.address or "")})


def _home(*lines: Text, quiet: bool) -> Outbound:
    knock = tap(Text("ring.knock_again" if quiet else "ring.no_knock"), "ringhome:quiet")
    leave = tap(Text("ring.leave"), "ringhome:leave")
    return Outbound((*lines, Text("ring.no_blame")), ((knock, leave),))
