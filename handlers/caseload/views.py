"""The numbers to call, the reasons behind a second tap, and what became of a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.cards import Brief, action, facts
from models.messages import Button, Outbound, Text, UserError, Value
from models.obligations import Obligation
from models.people import Person


def numbers(person: Person, answers: Person | None, told: Mapping[str, Sequence[Text]]) -> Outbound:
    """Whom to call about somebody: the number, or all that differ and whose word each is."""
    if answers is None and not told:
        raise UserError("call.no_phone")
    every = {phone: list(sources) for phone, sources in told.items()}
    if answers is not None and answers.id != person.id and answers.phone:
        if not told:
            family = {"name": person.name, "by": answers.name, "phone": answers.phone}
            return Outbound((Text("call.guardian", family),), protect=True)
        every.setdefault(answers.phone, []).append(Text("call.family", {"name": answers.name}))
    if len(every) == 1:
        (phone,) = every
        return Outbound((Text("call.number", {"name": person.name, "phone": phone}),), protect=True)
    head: dict[str, Value] = {"name": person.name, "n": len(every)}
    lines = [
        Text("call.by_source", {"phone": phone, "source": sources})
        for phone, sources in every.items()
    ]
    return Outbound((Text("call.numbers", head), *lines, Text("call.recorded")), protect=True)


def reasons(item: Obligation, verb: str, codes: Sequence[str]) -> Outbound:
    """Which of these? The answer goes back to the same action."""
    rows = tuple((Button(Text(f"{verb}.{code}"), action(verb, item, code)),) for code in codes)
    return Outbound((Text(f"{verb}.ask"),), rows)


def ended(brief: Brief) -> Text:
    """What became of an obligation that is over."""
    outcome = Text(f"outcome.{brief.obligation.outcome}")
    return Text("card.ended", {**facts(brief), "outcome": outcome})
