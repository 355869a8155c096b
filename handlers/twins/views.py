"""How a pair looks: two people side by side, masked, what agrees and what does not."""

from __future__ import annotations

from dataclasses import replace

from models.identity import mask_id, mask_phone
from models.likeness import Fact, agreeing
from models.merging import keeper
from models.messages import Button, Outbound, Rows, Style, Text, Value
from models.people import Person
from models.twins import Twins, traits

_ORDER = (Fact.NAME, Fact.PHONE, Fact.PAPER, Fact.DOOR)


def card(pair: Twins, one: Person, other: Person, left: int, done: tuple[Text, ...]) -> Outbound:
    """The pair and what she can say about it."""
    head = Text("twins.head", {"n": left})
    lines = (*done, head, _side(1, one), _side(2, other), *_compared(one, other))
    rows: Rows = (
        (
            _choice("same", pair, style=Style.PRIMARY),
            _choice("parted", pair),
        ),
        (_choice("later", pair),),
    )
    return Outbound(lines, rows, protect=True)


def _choice(verb: str, pair: Twins, *rest: str, style: Style = Style.PLAIN) -> Button:
    data = ":".join(("a", "twins", verb, str(pair.id), *rest))
    return Button(Text(f"twins.action.{verb}"), data, style=style)


def _side(number: int, person: Person) -> Text:
    facts: dict[str, Value] = {
        "n": number,
        "name": person.name,
        "document": mask_id(person.id_number) if person.id_number else Text("twins.no_papers"),
        "phone": mask_phone(person.phone) if person.phone else Text("card.no_phone"),
        "address": person.address or Text("card.unknown"),
    }
    return Text("twins.side", facts)


def _compared(one: Person, other: Person) -> tuple[Text, ...]:
    """Which facts agree, and which are told of both and do not."""
    agree = agreeing(traits(one), traits(other))
    told = {
        Fact.NAME: True,
        Fact.PHONE: bool(one.phone and other.phone),
        Fact.PAPER: bool(one.id_number and other.id_number),
        Fact.DOOR: bool(one.address and other.address),
    }
    differ = [fact for fact in _ORDER if told[fact] and fact not in agree]
    same = [_agreement(fact, one, other) for fact in _ORDER if fact in agree]
    lines = [Text("twins.agree", {"facts": same})]
    if differ:
        lines.append(Text("twins.differ", {"facts": [Text(f"twins.fact.{f}") for f in differ]}))
    return tuple(lines)


def _agreement(fact: Fact, one: Person, other: Person) -> Text:
    if fact is Fact.NAME and one.name == other.name:
        return Text("twins.same_name")
    if fact is Fact.PHONE and one.phone == other.phone:
        return Text("twins.same_phone")
    return Text(f"twins.agrees.{fact}")


def which(pair: Twins, one: Person, other: Person) -> Outbound:
    """Merging cannot be taken back, so it is asked once more; where both have papers, whose are
    right."""
    both = one.id_number is not None and other.id_number is not None
    kept = [one, other] if both else [keeper(one, other)[0]]
    buttons = [
        (
            Button(
                Text("twins.keep", {"name": person.name, "document": _paper(person)}),
                f"a:twins:keep:{pair.id}:{person.id}",
                style=Style.PRIMARY,
            ),
        )
        for person in kept
    ]
    lines = (Text("twins.which" if both else "twins.confirm"), _side(1, one), _side(2, other))
    return Outbound(lines, (*buttons, (_choice("later", pair),)), protect=True)


def _paper(person: Person) -> Value:
    return mask_id(person.id_number) if person.id_number else Text("twins.no_papers")


def nothing(left: int, done: tuple[Text, ...]) -> Outbound:
    """No pair to show now."""
    return Outbound((*done, Text("twins.later_left", {"n": left}) if left else Text("twins.none")))


def after_parting(
    pair: Twins, following: tuple[Twins, Person, Person] | None, left: int, done: Text
) -> Outbound:
    """The next pair, with a way back to the one before."""
    message = card(*following, left, (done,)) if following else nothing(left, (done,))
    return replace(message, rows=(*message.rows, (_choice("again", pair),)))
