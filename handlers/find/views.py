"""What a search shows: one person's card, several to choose from, too many, none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.identity import mask_id, mask_phone
from models.messages import Button, Outbound, Rows, Text, Value
from models.people import Household, Person
from models.wanted import Part, Sort

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found, and the button of the feature that shows it."""

    label: Text
    data: str

    @property
    def button(self) -> Button:
        return Button(self.label, self.data)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who was found, and what there is of her."""

    person: Person
    unit: str
    observed_until: date | None
    lead: int | None  # her open verification


def card(known: Known) -> Outbound:
    """Her card, numbers masked; each button is checked again by whoever answers it."""
    person = known.person
    told: dict[str, Value] = {
        "name": person.name,
        "unit": known.unit,
        "document": mask_id(person.id_number) if person.id_number else Text("card.unknown"),
        "phone": mask_phone(person.phone) if person.phone else Text("card.no_phone"),
        "address": person.address or Text("card.unknown"),
    }
    lines = [Text("find.person", told)]
    if known.observed_until is not None:
        lines.append(Text("behalf.observed", {"until": known.observed_until}))
    lines.append(Text("find.recorded"))
    return Outbound(tuple(lines), _deeds(known), protect=True)


def _deeds(known: Known) -> Rows:
    person = known.person
    first = [Button(Text("command.for.label"), f"a:for:{person.id}")]
    if person.household_id is not None and person.moved_out_at is None:
        first.insert(0, Button(Text("find.home"), f"a:home:{person.household_id}"))
    second = [Button(Text("command.why.label"), f"a:why:{person.id}")]
    if known.lead is not None:
        second.insert(0, Button(Text("find.open_lead"), f"a:card:{known.lead}"))
    return (tuple(first), tuple(second))


def several(people: Sequence[Person], homes: Sequence[Household], hits: Sequence[Hit]) -> Outbound:
    """A button each: doors, people, then venues and numbers."""
    buttons = [Button(_home(home), f"a:home:{home.id}") for home in homes]
    buttons += [Button(_person(person), f"a:found:{person.id}") for person in people]
    buttons += [hit.button for hit in hits]
    lines = [Text("find.several", {"n": len(buttons)})]
    if people:
        lines.append(Text("find.recorded"))
    return Outbound(tuple(lines), tuple((button,) for button in buttons), protect=True)


def _home(home: Household) -> Text:
    return Text("find.door", {"address": home.address})


def _person(person: Person) -> Text:
    told: dict[str, Value] = {
        "name": person.name,
        "phone": mask_phone(person.phone) if person.phone else Text("card.no_phone"),
        "address": person.address or "",
    }
    return Text("find.choice", told)


def _understood(parts: Sequence[Part]) -> list[Text]:
    return [Text(f"find.part.{part.sort}", {"text": part.text}) for part in parts]


def many(parts: Sequence[Part], total: int, most: int) -> Outbound:
    """How many there are; nobody is named."""
    key = "find.many" if total < most else "find.most"
    return Outbound((Text(key, {"n": total, "parts": _understood(parts)}),), protect=True)


def wide(parts: Sequence[Part]) -> Outbound:
    """Too many live there to be looked through for this."""
    return Outbound((Text("find.wide", {"parts": _understood(parts)}),), protect=True)


def none(parts: Sequence[Part]) -> Outbound:
    """What was understood, what to try next."""
    lines = [Text("find.none", {"parts": _understood(parts)})]
    told = {part.sort for part in parts}
    if len(parts) > 1:
        lines.append(Text("find.try.fewer"))
    elif told & {Sort.PHONE, Sort.PAPER}:
        lines.append(Text("find.try.name"))
    elif told & {Sort.WORD, Sort.DOOR}:
        lines.append(Text("find.try.number"))
    else:
        lines.append(Text("find.try.check"))
    again = ((Button(Text("find.again"), "a:go:find"),),)
    return Outbound(tuple(lines), again, protect=True)
