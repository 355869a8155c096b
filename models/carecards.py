"""Words about what somebody carries: for her supervisors, and for herself."""

from __future__ import annotations

from collections.abc import Sequence

from models.care import Burden
from models.messages import Button, Outbound, Text, Value, verbatim


def said(one: Burden) -> Text:
    """A person and why she should be thought of."""
    told: dict[str, Value] = {
        "name": one.name,
        "row": one.in_a_row,
        "nights": one.nights,
        "tasks": one.tasks,
    }
    if one.tired and one.loaded:
        return Text("care.both", told)
    return Text("care.tired" if one.tired else "care.loaded", told)


def shown(unit: str, found: Sequence[Burden], nights: int, tasks: int) -> Outbound:
    """Each with what she carries, and the shift of hers tonight that somebody could take."""
    limits = Text("care.limits", {"nights": nights, "tasks": tasks})
    if not found:
        return Outbound((Text("care.nobody", {"unit": unit}), limits))
    lines = [Text("care.head", {"unit": unit, "n": len(found)})]
    rows = []
    for number, one in enumerate(found, 1):
        lines.append(Text("care.line", {"n": number, "unit": one.unit, "what": said(one)}))
        if one.shift_id is not None:
            label = Text("care.tonight", {"name": one.name})
            rows.append((Button(label, f"a:dutyshift:{one.shift_id}"),))
    rows.append((Button(Text("command.staff.label"), "a:go:staff"),))
    return Outbound((*lines, limits, Text("care.how")), tuple(rows), protect=True)


def to_herself(one: Burden, told: Sequence[str]) -> Outbound:
    """Gently; `told` are the names of those who have just been told as well."""
    facts: dict[str, Value] = {"row": one.in_a_row, "tasks": one.tasks}
    lines = [Text("care.you_tired" if one.tired else "care.you_loaded", facts)]
    if told:
        lines.append(Text("care.told", {"names": [verbatim(name) for name in told]}))
    lines.append(Text("care.ways"))
    leave = Button(Text("command.leave.label"), "a:go:leave")
    duty = Button(Text("command.duty.label"), "a:go:duty")
    return Outbound(tuple(lines), ((leave, duty),))
