"""An obligation as a person sees it: one card, one line of a list, and the buttons that act on it.

Shared by the sweep that sends cards and by the features that show them again. Words are keys;
what a button asks for is checked when it is tapped, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.episodes import Episode
from models.identity import mask_phone
from models.leads import Lead
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.obligations import Kind, Obligation
from models.people import Person
from models.protocols import catalogue
from models.units import Unit

URGENCY = (
    Kind.ALERT,
    Kind.VERIFY,
    Kind.TEST,
    Kind.RESULT,
    Kind.CHECKIN,
    Kind.RELEASE,
    Kind.CONTACT,
    Kind.CALL,
    Kind.TASK,
)
LIST_LENGTH = 8
# What a tap on a line of a list begins; where one tap would already end it, the card opens.
FIRST_STEP = {
    Kind.ALERT: "claim",
    Kind.VERIFY: "verify",
    Kind.CHECKIN: "behalf",
    Kind.RESULT: "result",
    Kind.RELEASE: "release",
}
# One tap when well: readings that people mostly have, so that a tap tells a real figure.
WELL_READINGS = ("36.2", "36.5", "36.8")


@dataclass(frozen=True, slots=True)
class Brief:
    """An obligation with the rows that its card speaks of."""

    obligation: Obligation
    person: Person | None
    episode: Episode | None
    lead: Lead | None
    unit: Unit


async def briefs(session: AsyncSession, obligations: Sequence[Obligation]) -> list[Brief]:
    """The obligations with person, episode, lead and unit, in the given order: one query."""
    found = await session.execute(
        select(Obligation.id, Person, Episode, Lead, Unit)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Person, Person.id == Obligation.person_id)
        .outerjoin(Episode, Episode.id == Obligation.episode_id)
        .outerjoin(Lead, Lead.id == Obligation.lead_id)
        .where(Obligation.id.in_([o.id for o in obligations]))
    )
    by_id = {row[0]: row[1:] for row in found}
    return [Brief(o, *by_id[o.id]) for o in obligations]


def action(verb: str, obligation: Obligation | int, *rest: str) -> str:
    """Button data of a deed on an obligation."""
    number = obligation if isinstance(obligation, int) else obligation.id
    return ":".join(("a", verb, str(number), *rest))


def _button(verb: str, obligation: Obligation, *rest: str, style: Style = Style.PLAIN) -> Button:
    return Button(Text(f"action.{verb}"), action(verb, obligation, *rest), style=style)


def facts(brief: Brief) -> dict[str, Value]:
    """What fills the placeholders of a card."""
    item, person = brief.obligation, brief.person
    out: dict[str, Value] = {
        "name": person.name if person else item.details().get("staff", ""),
        "address": (person.address if person and person.address else brief.unit.name),
        "unit": brief.unit.name,
        "phone": mask_phone(person.phone) if person and person.phone else Text("card.no_phone"),
        "due": item.due_at,
        "day": item.facts.get("day", 0),
        "slot": Text(f"slot.{item.facts['slot']}") if item.facts.get("slot") else "",
    }
    if brief.episode is not None:
        out["until"] = brief.episode.ends_on
        out["category"] = category_text(brief.episode)
    if brief.lead is not None:
        out["origin"] = brief.lead.origin or ""
        out["transport"] = _transport(brief.lead.transport or "")
        out["at"] = brief.lead.expected_at
        out["source"] = Text(f"source.{brief.lead.source}")
    if item.kind == Kind.ALERT:
        out |= _alert_facts(item)
    elif "cause" in item.facts:
        out["cause"] = Text(f"{item.kind}.cause.{item.facts['cause']}")
    return out


def _transport(stored: str) -> Value:
    """ "train G1234" as the lead keeps it, in words."""
    mode, _, number = stored.partition(" ")
    if not mode:
        return Text("card.unknown")
    words = Text(f"engine.transport.{mode}")
    return Text("engine.value.transport", {"mode": words, "number": number}) if number else words


def category_text(episode: Episode) -> Text:
    return Text(f"pack.{episode.pack}.category.{episode.category}")


def _alert_facts(item: Obligation) -> dict[str, Value]:
    detail = item.details()
    return {"cause": Text(f"alert.cause.{item.facts['cause']}"), "reading": _reading(detail)}


def _reading(detail: Mapping[str, Any]) -> Value:
    """What was measured, or which test it was; nothing once that was purged."""
    if "day" in detail:
        return Text("alert.sample", {"day": detail["day"]})
    if "symptoms" not in detail:
        return ""
    symptoms = [Text(f"checkin.symptoms.choice.{code}") for code in detail["symptoms"]]
    measured: dict[str, Value] = {
        "temperature": detail["temperature"],
        "symptoms": symptoms or [Text("card.none")],
    }
    return Text("alert.reading", measured)


def card(
    brief: Brief, say: str, *, own: bool = False, extra: Mapping[str, Value] | None = None
) -> Outbound:
    """One obligation: its words and its buttons, for the person herself or for the team."""
    lines = [Text(f"{brief.obligation.kind}.{say}", {**facts(brief), **(extra or {})})]
    lines += _historical([brief])
    rows = person_rows(brief.obligation) if own else team_rows(brief.obligation)
    return Outbound(tuple(lines), rows, protect=brief.person is not None and not own)


def _historical(items: Sequence[Brief]) -> list[Text]:
    """Said wherever a lapsed pack shows."""
    packs = {(e.pack, e.pack_version) for e in (brief.episode for brief in items) if e is not None}
    lapsed = any(catalogue.get(pack, version).historical for pack, version in packs)
    return [Text("pack.historical")] if lapsed else []


def person_rows(item: Obligation) -> Rows:
    """What the person herself can do about it."""
    match item.kind:
        case Kind.CHECKIN:
            well = tuple(
                Button(Text("action.well", {"reading": reading}), action("well", item, reading))
                for reading in WELL_READINGS
            )
            return (well, (_button("measure", item), _button("unwell", item)))
        case Kind.TEST:
            sampled = _button("sampled", item, style=Style.PRIMARY)
            return ((sampled,), (_button("result", item), _button("trouble", item)))
        case Kind.RESULT:
            return ((_button("result", item, style=Style.PRIMARY), _button("pending", item)),)
        case _:
            return ()


def team_rows(item: Obligation) -> Rows:
    """What a worker can do about it."""
    call = _button("call", item)
    excuse = (_button("unreachable", item), _button("waive", item))
    match item.kind:
        case Kind.VERIFY | Kind.ALERT:
            settle = "verify" if item.kind == Kind.VERIFY else "close"
            act = _button(settle, item, style=Style.PRIMARY)
            claim = () if item.owner_id else (_button("claim", item),)
            report = item.facts.get("cause") == "positive"
            picture = (_button("picture", item),) if report else ()
            return ((*claim, call, *picture), (act,))
        case Kind.CHECKIN:
            return ((call, _button("behalf", item, style=Style.PRIMARY)), excuse)
        case Kind.TEST:
            done = _button("sampled", item, style=Style.PRIMARY)
            return ((call, done, _button("result", item)), excuse)
        case Kind.RESULT:
            return ((call, _button("result", item, style=Style.PRIMARY)), excuse)
        case Kind.RELEASE:
            return ((call, _button("release", item, style=Style.PRIMARY)),)
        case Kind.CALL | Kind.CONTACT | Kind.TASK:
            return ((call, _button("reached", item, style=Style.PRIMARY)), excuse)
        case _:
            return ()


def line(brief: Brief, number: int, now: datetime) -> Text:
    """One line of a list: number, what, who, since when."""
    item = brief.obligation
    state = "overdue" if item.due_at <= now else "open"
    return Text(f"line.{item.kind}", {**facts(brief), "n": number, "state": Text(f"line.{state}")})


def several(items: Sequence[Brief], say: str, now: datetime, *, own: bool = False) -> Outbound:
    """Many obligations of one kind in one message: a line each, and a button to open each."""
    kind = items[0].obligation.kind
    shown = items[:LIST_LENGTH]
    head = Text(f"{kind}.{say}.several", {"n": len(items), "due": items[0].obligation.due_at})
    lines = [head, *(line(brief, i, now) for i, brief in enumerate(shown, 1))]
    if len(items) > len(shown):
        lines.append(Text("line.more", {"n": len(items) - len(shown)}))
    lines += _historical(items)
    return Outbound(tuple(lines), list_buttons(shown, own=own), protect=not own)


def list_buttons(items: Sequence[Brief], *, own: bool = False) -> Rows:
    """A button a line that begins what the line asks for; without buttons, the line's number."""
    return tuple((_list_button(number, brief, own),) for number, brief in enumerate(items, 1))


def _list_button(number: int, brief: Brief, own: bool) -> Button:
    item = brief.obligation
    verb = "card" if own else FIRST_STEP.get(Kind(item.kind), "card")
    if item.kind == Kind.ALERT and item.owner_id is not None:
        verb = "close"
    name = str(facts(brief)["name"]) or brief.unit.name
    label = Text("list.act", {"n": number, "verb": Text(f"action.{verb}"), "name": name[:20]})
    return Button(label, action(verb, item))


def _fever(brief: Brief) -> Decimal:
    assert brief.episode is not None, "a check-in belongs to an episode"
    return catalogue.get(brief.episode.pack, brief.episode.pack_version).fever_celsius


def rollcall(items: Sequence[Brief], say: str) -> Outbound:
    """A household's check-ins in one message: one tap when everybody is well."""
    names: list[Text] = [verbatim(b.person.name) for b in items if b.person]
    rows = (
        (Button(Text("action.allwell"), "a:allwell", style=Style.PRIMARY),),
        (Button(Text("action.rollcall"), "a:rollcall"),),
    )
    head = Text(
        f"checkin.{say}.household",
        {
            "n": len(items),
            "names": names,
            "due": items[0].obligation.due_at,
            "fever": min(_fever(brief) for brief in items),
        },
    )
    return Outbound((head, *_historical(items)), rows)
