"""How the ledger of sends looks: what was due, and under it a line for each step of its ladder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from models.cards import Brief, line
from models.messages import Button, Outbound, Text
from models.people import Person
from models.sendledger import Expected, Rung

LONGEST = 30  # characters of what was asked for, said back


def several(found: Sequence[Person]) -> Outbound:
    """More than one may be meant."""
    rows = tuple((Button(_who(person), f"a:why:{person.id}"),) for person in found)
    return Outbound((Text("why.several", {"n": len(found)}),), rows, protect=True)


def _who(person: Person) -> Text:
    if person.address:
        return Text("why.resident", {"name": person.name, "address": person.address})
    return Text("why.named", {"name": person.name})


def ledger(
    person: Person,
    items: Sequence[tuple[Brief, Expected]],
    now: datetime,
    first: int,
    since: datetime,
) -> Outbound:
    """What was due since then, each thing with its messages."""
    lines = [Text("why.head" if items else "why.nothing", {"name": person.name, "since": since})]
    for number, (brief, item) in enumerate(items, first):
        lines.append(line(brief, number, now))
        lines += _steps(item, now)
    return Outbound(tuple(lines), protect=True)


def _steps(item: Expected, now: datetime) -> Iterator[Text]:
    for rung in item.rungs:
        yield Text("why.step", {"at": rung.at, "to": _audience(rung), "fate": _fate(rung)})
    if item.obligation.is_open() and item.next_at is not None and item.next_at > now:
        yield Text("why.next", {"at": item.next_at})
    elif not item.rungs:
        yield Text("why.unsaid")


def _audience(rung: Rung) -> Text:
    to = Text(f"why.to.{rung.audience}")
    return Text("why.told", {"to": to, "name": rung.name}) if rung.name else to


def _fate(rung: Rung) -> Text:
    return Text(f"why.fate.{rung.fate}", {"at": rung.told_at or rung.at})


def paged(message: Outbound, person: Person, page: int, more: bool) -> Outbound:
    """With the way to what was due before, and back."""
    cells = []
    if page:
        cells.append(Button(Text("why.newer"), f"a:why:{person.id}:{page - 1}"))
    if more:
        cells.append(Button(Text("why.older"), f"a:why:{person.id}:{page + 1}"))
    return replace(message, rows=(tuple(cells),)) if cells else message
