"""How a notice to many looks: to its writer before and after, and to whoever hears it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import locales
from models.broadcasts import PER_SECOND, Broadcast, Circle, Progress, letter_key
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.outbox import Letter, Priority
from models.units import Unit

MOST_UNITS = 40
SHOWN = 12  # characters of a notice in a button


@dataclass(frozen=True, slots=True)
class Audience:
    """A unit, how many hear in each circle, and whether there are units below it."""

    unit: Unit
    sizes: Mapping[Circle, int]
    parted: bool


def _deed(verb: str, number: int, rest: str = "", style: Style = Style.PLAIN) -> Button:
    data = ":".join(("a", "cast", verb, str(number), *([rest] if rest else [])))
    return Button(Text(f"cast.deed.{verb}"), data, style=style)


def _two(cells: Sequence[Button]) -> Rows:
    return tuple(tuple(cells[at : at + 2]) for at in range(0, len(cells), 2))


def circles(to: Audience, latest: Sequence[Broadcast]) -> Outbound:
    """Who is meant."""
    cells = [
        Button(
            Text("cast.circle", {"circle": Text(f"cast.to.{circle}"), "n": n}),
            f"a:cast:words:{to.unit.id}:{circle}",
        )
        for circle, n in to.sizes.items()
        if n
    ]
    rows = _two(cells)
    if to.parted:
        rows = (*rows, (_deed("units", to.unit.id),))
    rows = (*rows, *((_sent(notice),) for notice in latest))
    return Outbound((Text("cast.ask", {"unit": to.unit.name}), Text("cast.reach")), rows)


def _sent(notice: Broadcast) -> Button:
    words = notice.said_in("")[:SHOWN]
    label = Text("cast.latest", {"at": notice.sent_at, "words": words})
    return Button(label, f"a:cast:show:{notice.id}")


def units(unit: Unit, below: Sequence[Unit]) -> Outbound:
    """One of those below, or the whole."""
    cells = [Button(verbatim(u.name), f"a:cast:to:{u.id}") for u in (unit, *below[:MOST_UNITS])]
    return Outbound((Text("cast.which", {"unit": unit.name}),), _two(cells))


def preview(notice: Broadcast, unit: Unit, counts: Mapping[str, int], own: str) -> Outbound:
    """As it will be read; to how many it goes, and who reads another language."""
    n = sum(counts.values())
    lines: list[Text] = []
    said = notice.said()
    for lang in said:
        lines += [_head(unit), verbatim(said[lang])]
    facts: dict[str, Value] = {
        "unit": unit.name,
        "circle": Text(f"cast.to.{notice.circle}"),
        "n": n,
        "minutes": _minutes(n),
    }
    lines.append(Text("cast.preview", facts))
    others = {lang: m for lang, m in counts.items() if lang not in said and m}
    for lang, m in others.items():
        lines.append(Text("cast.other", {"lang": locales.own_name(lang), "n": m}))
    first: Rows = ((_deed("go", notice.id, style=Style.PRIMARY),),) if n else ()
    write: Rows = tuple(
        (
            Button(
                Text("cast.write_in", {"lang": locales.own_name(lang)}),
                f"a:cast:lang:{notice.id}:{lang}",
            ),
        )
        for lang in others
    )
    last = (_deed("again", notice.id), _deed("drop", notice.id))
    return Outbound(tuple(lines), (*first, *write, last))


def _minutes(n: int) -> int:
    return math.ceil(n / PER_SECOND / 60)


def _head(unit: Unit) -> Text:
    return Text("cast.head", {"unit": unit.name})


def letter(notice: Broadcast, unit: Unit, account_id: int, lang: str) -> Letter:
    """What one of those who hear gets."""
    shown = (_head(unit), verbatim(notice.said_in(lang)))
    rows = ((Button(Text("cast.read"), f"a:heard:{notice.id}"),),)
    key = letter_key(notice.id, account_id)
    return Letter(key, account_id, Outbound(shown, rows), Priority.BROADCAST)


def read(notice: Broadcast, unit: Unit, lang: str) -> Outbound:
    """The same, once she has said so."""
    lines = (_head(unit), verbatim(notice.said_in(lang)), Text("cast.read_by_you"))
    return Outbound(lines if notice.said() else (Text("cast.read_by_you"),))


def sending(notice: Broadcast, unit: Unit, n: int) -> Outbound:
    """It is on its way."""
    facts: dict[str, Value] = {"unit": unit.name, "n": n, "minutes": _minutes(n)}
    rows = ((_deed("show", notice.id), _deed("stop", notice.id, style=Style.DANGER)),)
    return Outbound((Text("cast.sending", facts),), rows)


def state(notice: Broadcast, unit: Unit, found: Progress) -> Outbound:
    """How far it is."""
    head: dict[str, Value] = {
        "unit": unit.name,
        "circle": Text(f"cast.to.{notice.circle}"),
        "at": notice.sent_at,
        "words": notice.said_in("") or Text("cast.purged"),
    }
    counts: dict[str, Value] = {
        "written": found.written,
        "sent": found.sent,
        "waiting": found.waiting,
        "lost": found.lost,
        "read": found.read,
    }
    lines = [Text("cast.state", head), Text("cast.counts", counts)]
    if notice.stopped_at is not None:
        lines.append(Text("cast.stopped", {"at": notice.stopped_at}))
        return Outbound(tuple(lines), ((_deed("show", notice.id),),))
    cells = [_deed("show", notice.id)]
    if found.waiting or notice.finished_at is None:
        cells.append(_deed("stop", notice.id, style=Style.DANGER))
    return Outbound(tuple(lines), (tuple(cells),))


def dropped() -> Outbound:
    return Outbound((Text("cast.dropped"),))
