"""The numbers to call, the reasons behind a second tap, and what became of a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from models.cards import Brief, action, card, facts
from models.cards.calls import timed
from models.cards.face import button
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


def mine(brief: Brief, now: datetime) -> Outbound:
    """An alert that she has in hand; she may give it back."""
    message = card(brief, "claimed")
    back = (button("giveback", brief.obligation),)
    return timed(replace(message, rows=(*message.rows, back)), brief.obligation, now)


def opened(brief: Brief, by: str, now: datetime) -> Outbound:
    """An alert that is nobody's yet, or that a colleague has in hand."""
    message = timed(card(brief, "open"), brief.obligation, now)
    if not by:
        return message
    lines = (Text("alert.in_hand", {"by": by}), *message.lines)
    if now > brief.obligation.due_at:
        return replace(message, lines=lines)
    return replace(message, lines=lines, rows=((button("call", brief.obligation),),))


def taken_over(brief: Brief, by: str) -> Outbound:
    """To whoever had an alert that was past its time: a colleague goes on with it."""
    said = {**facts(brief), "by": by}
    return Outbound((Text("alert.taken_over", said),), protect=True)


def ended(brief: Brief) -> Text:
    """What became of an obligation that is over."""
    outcome = Text(f"outcome.{brief.obligation.outcome}")
    return Text("card.ended", {**facts(brief), "outcome": outcome})
