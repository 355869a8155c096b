"""How the day looks: what is left of it, its groups, the units and the lines behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from handlers import way
from models.cards import GROUPS, LIST_LENGTH, REMIND, Brief, Group, line, list_buttons
from models.messages import Button, Outbound, Rows, Text, Value, verbatim
from models.obligations import Kind
from models.reminders import Reminded
from models.units import Unit
from models.worklist import Sum, total, urgent


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit, and what is open in it and below it."""

    unit_id: int
    name: str
    sum: Sum


def _name(group: Group) -> Text:
    return Text(f"today.group.{group.code}")


def _state(part: Sum) -> Text:
    return Text("today.late", {"n": part.late}) if part.late else Text("line.open")


def head(parts: Mapping[Kind, Sum], on: date, done: int) -> Text:
    """What is left of the day, and what was done."""
    whole = total(parts)
    if whole is None:
        return Text("today.nothing_done" if done else "today.nothing", {"n": done})
    told: dict[str, Value] = {"on": on, "n": whole.n, "urgent": urgent(parts), "done": done}
    return Text("today.title", told)


def groups(top: Text, parts: Mapping[Kind, Sum]) -> Outbound:
    """A line and a button for each group that is not empty."""
    lines, cells = [top], []
    for group in GROUPS:
        part = total(parts, group.kinds)
        if part is None:
            continue
        told: dict[str, Value] = {
            "group": _name(group), "n": part.n, "due": part.due_at, "state": _state(part),
        }  # fmt: skip
        lines.append(Text("today.line", told))
        label = Text("today.open", {"group": _name(group), "n": part.n})
        cells.append(Button(label, f"a:day:{group.code}"))
    rows = tuple(tuple(cells[i : i + 2]) for i in range(0, len(cells), 2))
    late = any(part.late for kind, part in parts.items() if kind in REMIND)
    return Outbound(tuple(lines), (*rows, *_remind_row("all", late=late)))


def _remind_row(ref: str, *, late: bool) -> Rows:
    data = ":".join(("a", "again", *ref.split("-")))
    return ((Button(Text("remind.all"), data),),) if late else ()


def group_head(group: Group, unit: Unit | None, whole: Sum, number: int) -> Text:
    told: dict[str, Value] = {
        "group": _name(group),
        "unit": Text("today.in", {"unit": unit.name}) if unit else Text("line.open"),
        "n": whole.n,
        "state": _state(whole),
    }
    pages = (whole.n - 1) // LIST_LENGTH + 1
    if pages == 1:
        return Text("today.group_title", told)
    return Text("today.group_page", {**told, "page": min(number + 1, pages), "pages": pages})


def units(group: Group, whole: Sum, found: Sequence[Branch]) -> Outbound:
    """Where the work lies: a button opens the unit."""
    lines = [group_head(group, None, Sum(whole.n, whole.late, whole.due_at), 0)]
    rows = []
    for branch in found:
        told: dict[str, Value] = {
            "unit": branch.name,
            "n": branch.sum.n,
            "state": _state(branch.sum),
        }
        lines.append(Text("today.unit", told))
        label = Text("today.open", {"group": verbatim(branch.name), "n": branch.sum.n})
        rows.append((Button(label, f"a:day:{group.code}:{branch.unit_id}"),))
    return Outbound(tuple(lines), (*rows, *_remind_group(group, whole), (_home(),)))


def _home() -> Button:
    return Button(Text("list.back"), "a:day")


def _remind_group(group: Group, whole: Sum, ref: str = "") -> Rows:
    own = any(kind in REMIND for kind in group.kinds)
    return _remind_row(ref or group.code, late=own and whole.late > 0)


def lines(
    top: Text, shown: Sequence[Brief], ref: str, start: int, whole: Sum, now: datetime
) -> Outbound:
    """A line and a button each; what the button does leads back here."""
    said = [top, *(line(brief, i, now) for i, brief in enumerate(shown, 1))]
    turning = []
    place = [*ref.split("-"), "0"][:2]
    number = start // LIST_LENGTH
    if start:
        data = ":".join(("a", "day", *place, str(number - 1)))
        turning.append(Button(Text("list.previous"), data))
    if whole.n > start + LIST_LENGTH:
        turning.append(Button(Text("list.next"), ":".join(("a", "day", *place, str(number + 1)))))
    late = whole.late > 0 and any(brief.obligation.kind in REMIND for brief in shown)
    rows: Rows = (
        *way.mark(list_buttons(shown), ref),
        *((tuple(turning),) if turning else ()),
        *_remind_row(ref, late=late),
        *(((_home(),),) if place[0] != "all" else ()),
    )
    return Outbound(tuple(said), rows, protect=True)


def emptied(group: Group) -> Outbound:
    """The last of a group is done."""
    return Outbound((Text("today.emptied", {"group": _name(group)}),), ((_home(),),))


def reminded(found: Reminded, shown: Sequence[Brief], ref: str, now: datetime) -> Outbound:
    """Who was reminded, who was lately, and who has to be called."""
    said = [Text("remind.told", {"n": len(found.told)}) if found.told else Text("remind.nobody")]
    if found.lately:
        said.append(Text("remind.lately", {"n": len(found.lately)}))
    if found.unheard:
        said.append(Text("remind.unheard", {"n": len(found.unheard)}))
        said += [line(brief, i, now) for i, brief in enumerate(shown, 1)]
    if len(found.unheard) > len(shown):
        said.append(Text("line.more", {"n": len(found.unheard) - len(shown)}))
    if found.more:
        said.append(Text("remind.more"))
    rows = (*way.mark(list_buttons(shown), ref), (way.button(ref),))
    return Outbound(tuple(said), rows, protect=bool(shown))
