"""A card of one obligation, a line of a list, many in one message, and a household's roll-call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from models.cards.brief import Brief, common_facts
from models.cards.face import action, button
from models.cards.faces import face_of
from models.cards.groups import LIST_LENGTH
from models.leadcards import source_text
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.obligations import Kind, Obligation
from models.protocols import catalogue


def facts(brief: Brief) -> dict[str, Value]:
    """What fills the placeholders of a card."""
    own = face_of(Kind(brief.obligation.kind)).facts(brief.obligation)
    return {**common_facts(brief), **own}


def person_rows(item: Obligation) -> Rows:
    """What the person herself can do about it."""
    return face_of(Kind(item.kind)).own(item)


def team_rows(item: Obligation) -> Rows:
    """What a worker can do about it."""
    return face_of(Kind(item.kind)).team(item)


def words_of(item: Obligation) -> str:
    """Whose words an obligation has: those of its kind, unless a register has given others."""
    return str(item.facts.get("words", item.kind))


def card(
    brief: Brief, say: str, *, own: bool = False, extra: Mapping[str, Value] | None = None
) -> Outbound:
    """One obligation: its words and its buttons, for the person herself or for the team."""
    item = brief.obligation
    lines = [Text(f"{words_of(item)}.{say}", {**facts(brief), **(extra or {})})]
    lines += face_of(Kind(item.kind)).below(brief, say)
    lines += _historical([brief])
    rows = person_rows(item) if own else team_rows(item)
    if not own and brief.lead is not None and brief.person and not brief.person.id_index:
        rows = (*rows, (button("paper", item),))
    personal = brief.person is not None or item.detail is not None
    return Outbound(tuple(lines), rows, protect=personal and not own)


def _historical(items: Sequence[Brief]) -> list[Text]:
    """Said wherever a lapsed pack shows."""
    packs = {(e.pack, e.pack_version) for e in (brief.episode for brief in items) if e is not None}
    lapsed = any(catalogue.get(pack, version).historical for pack, version in packs)
    return [Text("pack.historical")] if lapsed else []


def another(name: str, channel: str, number: str, duty: Obligation) -> Outbound:
    """To whoever has taken a lead on: one more source; the earliest deadline rules."""
    told: dict[str, Value] = {
        "name": name,
        "source": source_text(channel, number),
        "due": duty.due_at,
    }
    return Outbound((Text("verify.another", told),), team_rows(duty), protect=True)


def line(brief: Brief, number: int, now: datetime) -> Text:
    """One line of a list: number, what, who, since when; how it ended, if it has."""
    item = brief.obligation
    state = Text("line.overdue" if item.due_at <= now else "line.open")
    if item.outcome is not None:
        state = Text("line.ended", {"outcome": Text(f"outcome.{item.outcome}")})
    said = {**facts(brief), "n": number, "state": state}
    return Text(f"line.{words_of(item)}", said)


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


def to_person(items: Sequence[Brief], say: str, now: datetime) -> Outbound:
    """What one account hears of its people's duties of one kind, in one message."""
    if len(items) == 1:
        return card(items[0], say, own=True)
    if items[0].obligation.kind == Kind.CHECKIN:
        return rollcall(items, say)
    return several(items, say, now, own=True)


def list_buttons(items: Sequence[Brief], *, own: bool = False) -> Rows:
    """A button a line that begins what the line asks for; without buttons, the line's number."""
    return tuple((_list_button(number, brief, own),) for number, brief in enumerate(items, 1))


def _list_button(number: int, brief: Brief, own: bool) -> Button:
    item = brief.obligation
    face = face_of(Kind(item.kind))
    if own and face.own_first:
        return _own_button(number, item, face.own_first)
    verb = "card" if own else face.begins(item)
    said = facts(brief)
    name = str(said["name"] or said["address"])
    label = Text("list.act", {"n": number, "verb": Text(f"action.{verb}"), "name": name[:20]})
    return Button(label, action(verb, item))


def _own_button(number: int, item: Obligation, verb: str) -> Button:
    """One of her own shifts in a list: the place tells them apart."""
    post = str(item.facts["post"])
    label = Text("list.act", {"n": number, "verb": Text(f"action.{verb}"), "name": post[:20]})
    return Button(label, action(verb, item.facts["shift"]))


def _fever(brief: Brief) -> Decimal:
    assert brief.episode is not None, "a check-in belongs to an episode"
    return catalogue.get(brief.episode.pack, brief.episode.pack_version).fever_celsius


def rollcall(items: Sequence[Brief], say: str) -> Outbound:
    """A household's check-ins in one message: one tap when everybody is well."""
    names: list[Text] = [verbatim(b.person.name) for b in items if b.person]
    newest = max((brief.obligation for brief in items), key=lambda item: item.due_at)
    rows = ((button("allwell", newest, style=Style.PRIMARY),), (button("rollcall", newest),))
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
