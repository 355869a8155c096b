"""Which rows of a sheet of units grow a sound tree on the units that are known.

Pure: rows may stand in any order, and what depends on a refused row is refused with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from models.addresses import compact
from models.messages import Text
from models.units import ORDER, Level

Places = Mapping[str, "Place"]  # by code


@dataclass(frozen=True, slots=True)
class Place:
    """A unit. `parent` is a code, empty at the top; `number` is its row, 0 in the database."""

    code: str
    title: str
    level: Level | None
    parent: str
    number: int = 0


def connect(
    drafts: Mapping[str, Place], known: Places, numbers: Mapping[str, int]
) -> tuple[dict[str, Place], dict[int, Text]]:
    """Turn the parents that were typed, codes or names, into codes; refusals by row number.

    `numbers` has the row of every code in the sheet, refused ones too. An empty parent or level
    of a known unit means that it stays as it is.
    """
    everywhere = {**known, **drafts}
    by_name: dict[str, list[Place]] = {}
    for place in everywhere.values():
        by_name.setdefault(compact(place.title), []).append(place)
    codes = {*everywhere, *numbers}
    good: dict[str, Place] = {}
    refused: dict[int, Text] = {}
    for draft in drafts.values():
        parent = _parent(draft, known, codes, by_name)
        if isinstance(parent, Text):
            refused[draft.number] = parent
            continue
        old = known.get(draft.code)
        level = draft.level or (old.level if old else None)
        good[draft.code] = replace(draft, parent=parent, level=level)
    return good, refused


def _parent(
    draft: Place, known: Places, codes: Set[str], by_name: Mapping[str, list[Place]]
) -> str | Text:
    if draft.parent in codes:
        return draft.parent
    if not draft.parent:
        if draft.code in known:
            return known[draft.code].parent
        if draft.level in (None, Level.DISTRICT):
            return ""
        return Text("import.parent_empty")
    found = [
        place
        for place in by_name.get(compact(draft.parent), ())
        if place.code != draft.code and _may_stand_above(place, draft)
    ]
    if len(found) == 1:
        return found[0].code
    return Text(f"import.unit_{'ambiguous' if found else 'unknown'}", {"unit": draft.parent})


def _may_stand_above(place: Place, draft: Place) -> bool:
    if place.level is None or draft.level is None:
        return True
    return ORDER.index(place.level) < ORDER.index(draft.level)


def grow(
    rows: Places, known: Places, numbers: Mapping[str, int]
) -> tuple[dict[str, Place], dict[int, Text]]:
    """The rows that fit, with their levels, and why the others do not, by row number.

    Refusing a row may uproot others, hence round after round until all that is left stands.
    """
    left = dict(rows)
    refused: dict[int, Text] = {}
    while True:
        merged = {**known, **left}
        wrong = _faults(merged, numbers)
        if not wrong:
            break
        for code, reason in wrong.items():
            refused[left.pop(code).number] = reason
    return {code: replace(p, level=_level(p, merged)) for code, p in left.items()}, refused


def _faults(merged: Places, numbers: Mapping[str, int]) -> dict[str, Text]:
    """The rows to blame, each the highest one at fault in its line of parents."""
    wrong: dict[str, Text] = {}
    for place in merged.values():
        line = _line(place, merged)
        if line is None:
            if place.number:
                wrong[place.code] = Text("import.parent_loop")
            continue
        for parent, child in zip([None, *line], line, strict=False):
            reason = _fault(child, parent, merged, numbers)
            if reason is None:
                continue
            if child.number:
                wrong.setdefault(child.code, reason)
            elif parent is not None and parent.number:
                wrong.setdefault(parent.code, Text("import.level_children", {"unit": child.title}))
            break
    return wrong


def _fault(
    child: Place, parent: Place | None, merged: Places, numbers: Mapping[str, int]
) -> Text | None:
    """What is wrong between a unit and the one above it."""
    if parent is None:
        if child.parent:
            return Text("import.parent_refused", {"row": numbers[child.parent]})
        if child.number and child.level not in (None, Level.DISTRICT):
            return Text("import.parent_empty")
        return None
    above = _level(parent, merged)
    level = _level(child, merged)
    if above is None or level is None or ORDER.index(level) <= ORDER.index(above):
        return Text("import.level_order", {"unit": parent.title})
    return None


def _line(place: Place, merged: Places) -> list[Place] | None:
    """From the top down to the unit, as far up as it is known; None when it has no end."""
    line = [place]
    while line[0].parent in merged:
        line.insert(0, merged[line[0].parent])
        if len(line) > len(ORDER) + 1:  # one too deep is a fault of levels, told more exactly
            return None
    return line


def _level(place: Place, merged: Places) -> Level | None:
    """Its own level, or the one below its parent's; None below a grid."""
    if place.level is not None:
        return place.level
    if not place.parent:
        return Level.DISTRICT
    above = _level(merged[place.parent], merged)
    if above is None or above is ORDER[-1]:
        return None
    return ORDER[ORDER.index(above) + 1]
