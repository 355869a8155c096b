"""How the staff looks: a line each, one role, and who could take her work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models.accounts import Assignment
from models.leave import Candidate
from models.messages import Button, Outbound, Style, Text, Value
from models.staffing import Member
from models.units import Unit

BACK = (Button(Text("list.back"), "a:staff:0"),)


def listed(found: Sequence[Member], number: int, more: bool, empty: Text | None) -> Outbound:
    """A page; the first one names the grids where nobody works."""
    lines = [Text("staff.title" if found else "staff.none")]
    lines += [_line(member, i) for i, member in enumerate(found, 1)]
    if empty:
        lines.append(empty)
    cells = [
        Button(Text("staff.open", {"n": i, "name": member.name}), f"a:post:{member.role.id}")
        for i, member in enumerate(found, 1)
    ]
    rows = [tuple(cells[i : i + 2]) for i in range(0, len(cells), 2)]
    turning = []
    if number:
        turning.append(Button(Text("list.previous"), f"a:staff:{number - 1}"))
    if more:
        turning.append(Button(Text("list.next"), f"a:staff:{number + 1}"))
    return Outbound(tuple(lines), (*rows, tuple(turning)) if turning else tuple(rows), protect=True)


def _line(member: Member, number: int) -> Text:
    told: dict[str, Value] = {
        "n": number,
        "name": member.name,
        "role": Text(f"role.{member.role.role}"),
        "unit": member.unit.name,
    }
    if member.role.account_id is None:
        return Text("staff.line_waiting", told)
    if member.seen_at is None:
        told["seen"] = Text("staff.not_seen")
    else:
        told["seen"] = Text("staff.seen", {"at": member.seen_at})
    return Text("staff.line", {**told, "open": member.load.n, "urgent": member.load.urgent})


def about(row: Assignment, unit: Unit) -> dict[str, Value]:
    return {"role": Text(f"role.{row.role}"), "unit": unit.name}


def post(row: Assignment, name: str, unit: Unit) -> Outbound:
    """One role, and what can be done about it."""
    params: dict[str, Value] = {
        "name": name,
        "role": Text(f"role.{row.role}"),
        "unit": unit.name,
        "since": row.since_at,
    }
    leaves = Button(Text("staff.leaves"), f"a:leaves:{row.id}", style=Style.DANGER)
    again = (Button(Text("staff.new_code"), f"a:newcode:{row.id}"),) if not row.account_id else ()
    return Outbound((Text("staff.post", params),), ((leaves, *again), BACK), protect=True)


def receivers(row: Assignment, name: str, able: Sequence[Candidate], nobody: str) -> Outbound:
    """Who gets her work; without anybody it is the unit's."""
    rows = [
        (
            Button(
                Text("staff.receiver", {"name": one.name, "unit": one.unit}),
                f"a:leaves:{row.id}:{one.account_id}",
            ),
        )
        for one in able
    ]
    rows.append((Button(Text("staff.to_unit"), f"a:leaves:{row.id}:{nobody}"),))
    rows.append((Button(Text("list.back"), f"a:post:{row.id}"),))
    return Outbound((Text("staff.who_gets", {"name": name}),), tuple(rows), protect=True)


def ended(row: Assignment, name: str, unit: Unit, latest: datetime) -> Outbound:
    params: dict[str, Value] = {
        "name": name,
        "role": Text(f"role.{row.role}"),
        "unit": unit.name,
        "at": latest,
    }
    undo = Button(Text("staff.undo"), f"a:stays:{row.id}")
    return Outbound((Text("staff.ended", params),), ((undo,), BACK), protect=True)
