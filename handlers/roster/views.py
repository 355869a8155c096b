"""How a door and somebody behind it look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.identity import mask_id, mask_phone
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.people import Household, Person, Residence
from models.tenancies import Tenancy

PAGE = 8


@dataclass(frozen=True, slots=True)
class Home:
    """A door with what a worker may know of those behind it."""

    household: Household
    unit: str
    people: Sequence[Person]
    observed: Mapping[int, date]
    cares: bool  # may the reader see special groups?


def overview(people: int, households: int, pairs: int) -> Outbound:
    """What there is, and how to find somebody in it."""
    lines = [Text("roster.overview", {"people": people, "households": households})]
    rows: Rows = ()
    if pairs:
        lines.append(Text("roster.pairs", {"n": pairs}))
        rows = ((Button(Text("command.twins.label"), "a:go:twins"),),)
    return Outbound((*lines, Text("roster.how")), rows)


def doors(found: Sequence[tuple[Household, Sequence[str]]], more: bool) -> Outbound:
    """Several doors to choose from."""
    rows = tuple(
        (Button(_door(household, names), f"a:home:{household.id}"),) for household, names in found
    )
    lines = [Text("roster.several", {"n": len(found)})]
    if more:
        lines.append(Text("roster.narrower"))
    return Outbound(tuple(lines), rows, protect=True)


def _door(household: Household, names: Sequence[str]) -> Text:
    head = names[0] if names else Text("roster.nobody")
    return Text("roster.door", {"address": household.address, "name": head})


def home(shown: Home, done: tuple[Text, ...] = ()) -> Outbound:
    """The household's card: a line and a button each."""
    head: dict[str, Value] = {
        "address": shown.household.address,
        "unit": shown.unit,
        "n": len(shown.people),
    }
    lines = [*done, Text("roster.home", head)]
    lines += [_member(n, person, shown) for n, person in enumerate(shown.people, 1)]
    names = [
        Button(verbatim(f"{n} {person.name[:12]}"), f"a:member:{person.id}")
        for n, person in enumerate(shown.people, 1)
    ]
    rows = [tuple(names[at : at + 3]) for at in range(0, len(names), 3)]
    number = shown.household.id
    last = [Button(Text("roster.add"), f"a:newcomer:{number}", style=Style.PRIMARY)]
    if len(shown.people) > 1:
        last.append(Button(Text("roster.head"), f"a:newhead:{number}"))
    return Outbound(tuple(lines), (*rows, tuple(last)), protect=True)


def _member(number: int, person: Person, shown: Home) -> Text:
    facts: dict[str, Value] = {
        "n": number,
        "name": person.name,
        "phone": mask_phone(person.phone) if person.phone else Text("card.no_phone"),
        "marks": marks(person, shown),
    }
    return Text("roster.member" if facts["marks"] else "roster.member_plain", facts)


def marks(person: Person, shown: Home) -> list[Text]:
    """What is particular about somebody, as far as the reader may know."""
    found = []
    if person.id == shown.household.head_id:
        found.append(Text("roster.is_head"))
    if person.residence in (Residence.TENANT, Residence.AWAY):
        found.append(Text(f"residence.{person.residence}"))
    if shown.cares:
        found += [Text(f"care.{group}") for group in person.groups]
    if person.id in shown.observed:
        found.append(Text("roster.observed", {"until": shown.observed[person.id]}))
    return found


def member(person: Person, shown: Home, rent: Tenancy | None) -> Outbound:
    """Somebody behind the door, and what can be mended."""
    document = mask_id(person.id_number) if person.id_number else Text("twins.no_papers")
    lines = [
        Text(
            "roster.person",
            {
                "name": person.name,
                "document": document,
                "phone": mask_phone(person.phone) if person.phone else Text("card.no_phone"),
                "address": shown.household.address,
                "residence": Text(f"residence.{person.residence or 'untold'}"),
            },
        )
    ]
    found = marks(person, shown)
    if found:
        lines.append(Text("roster.marks", {"marks": found}))
    if rent is not None:
        lines.append(_rent(rent))
    return Outbound(tuple(lines), _deeds(person, shown), protect=True)


def _rent(rent: Tenancy) -> Text:
    facts: dict[str, Value] = {
        "since": rent.since_on or Text("card.unknown"),
        "landlord": rent.landlord_name or Text("card.unknown"),
        "phone": mask_phone(rent.landlord_phone) if rent.landlord_phone else Text("card.no_phone"),
    }
    return Text("roster.rent", facts)


def _deeds(person: Person, shown: Home) -> Rows:
    def deed(verb: str) -> Button:
        return Button(Text(f"roster.deed.{verb}"), f"a:{verb}:{person.id}")

    first = (deed("newphone"), deed("letting"))
    second = (deed("caring"), deed("moveout")) if shown.cares else (deed("moveout"),)
    back = Button(Text("roster.back"), f"a:home:{shown.household.id}")
    return (first, second, (deed("why"), back))
