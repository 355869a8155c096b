"""What the sheets with people in them share: how their rows are gone through, and how an address
is put together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeAlias, TypeVar

from bot.imports.result import Result, refused
from bot.imports.sheet import Reading, Row
from bot.imports.vocabulary import with_suffix
from models.messages import Text

T = TypeVar("T")
Answers: TypeAlias = Iterator[tuple[int, T | Result]]  # by row number; a Result is a refusal

_DOOR = ("building", "entrance", "room")


def each(
    rows: Iterable[Row],
    read: Callable[[Reading], T | None],
    identity: Callable[[T], Hashable],
) -> Answers[T]:
    """Row after row what is in it, or why it is refused; the second of one `identity` is."""
    seen: dict[Hashable, int] = {}
    for row in rows:
        reading = Reading(row)
        found = read(reading)
        if found is not None:
            first = seen.setdefault(identity(found), row.number)
            if first != row.number:
                reading.reasons.append(Text("import.duplicate_row", {"row": first}))
        if found is None or reading.reasons:
            yield row.number, refused(*reading.reasons)
        else:
            yield row.number, found


def address_of(reading: Reading) -> str:
    """The address, with building, entrance and room where they have columns of their own."""
    parts = [with_suffix(name, text) for name in _DOOR if (text := reading.text(name))]
    return reading.text("address") + "".join(parts)
