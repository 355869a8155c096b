"""An obligation as a person sees it: one card, one line of a list, and the buttons that act on it.

Shared by the sweep that sends cards and by the features that show them again. Words are keys;
what a button asks for is checked when it is tapped, not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.episodes import Episode
from models.identity import mask_phone
from models.leadcards import lead_facts, lead_lines, lead_rows, source_text
from models.leads import Lead
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.obligations import Kind, Obligation
from models.people import Person
from models.protocols import catalogue
from models.reports.sheet import paragraphs, stamp
from models.sources import Source, numbered_sources
from models.units import Unit


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds that a worker does in one go: `today.group.<code>` names them."""

    code: str
    kinds: tuple[Kind, ...]


# Most urgent first: a new kind is put into a group, or brings one.
GROUPS = (
    Group("alert", (Kind.ALERT,)),
    Group("lead", (Kind.VERIFY, Kind.TIP)),
    Group("test", (Kind.TEST, Kind.RESULT)),
    Group("checkin", (Kind.CHECKIN,)),
    Group("help", (Kind.HELP,)),
    Group("duty", (Kind.DUTY, Kind.ROTA, Kind.SIGNOUT)),
    Group("release", (Kind.RELEASE,)),
    Group("call", (Kind.CONTACT, Kind.CALL, Kind.AWAY)),
    Group("visit", (Kind.UNMET, Kind.VISIT)),
    Group("task", (Kind.TASK,)),
    Group("staff", (Kind.LEAVE,)),
    Group("register", (Kind.FOLLOW, Kind.RECORD)),
    Group("zero", (Kind.ZERO,)),
)
URGENCY = tuple(kind for group in GROUPS for kind in group.kinds)
# What a person does herself, and which words remind her when it is late: a worker's only then,
# or when nobody can be asked.
REMIND = {Kind.TEST: "overdue", Kind.RESULT: "remind", Kind.CHECKIN: "remind"}
LIST_LENGTH = 8
# What a tap on a line of a list begins; where one tap would already end it, the card opens.
FIRST_STEP = {
    Kind.ALERT: "claim",
    Kind.VERIFY: "verify",
    Kind.CHECKIN: "behalf",
    Kind.RESULT: "result",
    Kind.RELEASE: "release",
    Kind.VISIT: "revisit",
    Kind.LEAVE: "appoint",
    Kind.HELP: "helptake",
}
# The same for what is the reader's own to do; these buttons name the shift.
OWN_STEP = {Kind.DUTY: "signin", Kind.SIGNOUT: "signout"}
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
    sources: Sequence[tuple[Source, str]] = ()  # of its lead, each with the number of its batch


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
    items = [Brief(o, *by_id[o.id]) for o in obligations]
    leads = {item.lead.id for item in items if item.lead is not None}
    if not leads:
        return items
    sources = await numbered_sources(session, list(leads))
    return [replace(i, sources=sources.get(i.lead.id, ())) if i.lead else i for i in items]


def action(verb: str, obligation: Obligation | int, *rest: str) -> str:
    """Button data of a deed on an obligation, or on what else has a number."""
    number = obligation if isinstance(obligation, int) else obligation.id
    return ":".join(("a", verb, str(number), *rest))


def _button(
    verb: str, obligation: Obligation | int, *rest: str, style: Style = Style.PLAIN
) -> Button:
    return Button(Text(f"action.{verb}"), action(verb, obligation, *rest), style=style)


def facts(brief: Brief) -> dict[str, Value]:
    """What fills the placeholders of a card."""
    item, person = brief.obligation, brief.person
    told = item.details()
    phone = person.phone if person else told.get("phone")
    address = told.get("door") or (person.address if person else told.get("address"))
    out: dict[str, Value] = {
        "name": person.name if person else told.get("name", told.get("staff", "")),
        "who": Text("card.who", {"name": person.name}) if person else "",
        "address": address or brief.unit.name,
        "unit": brief.unit.name,
        "phone": mask_phone(phone) if phone else Text("card.no_phone"),
        "due": item.due_at,
        "day": item.facts.get("day", 0),
        "slot": Text(f"slot.{item.facts['slot']}") if item.facts.get("slot") else "",
    }
    if brief.episode is not None:
        out["until"] = brief.episode.ends_on
        out["category"] = category_text(brief.episode)
    if brief.lead is not None:
        out |= lead_facts(brief.lead, brief.person, brief.sources)
    if "post" in item.facts:
        out |= _post_facts(item)
    if item.kind == Kind.HELP:
        out |= help_facts(item)
    if item.kind == Kind.ALERT:
        out |= _alert_facts(item)
    elif item.kind == Kind.AWAY:
        out |= _away_facts(item)
    elif item.kind == Kind.TIP:
        out |= _tip_facts(item)
    elif "register" in item.facts:
        out["title"] = Text(f"{item.facts['register']}.title")
        if item.kind == Kind.FOLLOW:
            out["why"] = Text(f"{item.facts['register']}.follow", told)
            if "item" in told:
                out["name"] = Text(f"{item.facts['register']}.item.choice.{told['item']}")
    elif item.kind == Kind.ZERO:
        out["on"] = date.fromisoformat(item.facts["on"])
        out["cut_off"] = datetime.fromisoformat(item.facts["until"])
    elif "cause" in item.facts:
        out["cause"] = Text(f"{item.kind}.cause.{item.facts['cause']}")
    return out


def help_facts(item: Obligation) -> dict[str, Value]:
    """What somebody needs and where, the number masked; what is on her mind is for who calls."""
    detail, need = item.details(), str(item.facts["need"])
    said = detail.get("what") if need != "comfort" else ""
    phone = detail.get("phone")
    return {
        "need": Text(f"help.need.{need}"),
        "what": Text("help.what", {"what": said}) if said else "",
        "name": detail.get("staff", ""),
        "address": detail.get("address", ""),
        "phone": mask_phone(phone) if phone else Text("card.no_phone"),
    }


def _post_facts(item: Obligation) -> dict[str, Value]:
    """Where somebody is to stand, and when."""
    told = item.facts
    out: dict[str, Value] = {"post": told["post"], "since": datetime.fromisoformat(told["since"])}
    if "until" in told:
        ends = time.fromisoformat(told["until"])
        out["until"] = Text("duty.next_day", {"until": ends}) if told["overnight"] else ends
    return out


def category_text(episode: Episode) -> Text:
    return Text(f"pack.{episode.pack}.category.{episode.category}")


def _alert_facts(item: Obligation) -> dict[str, Value]:
    detail = item.details()
    return {"cause": Text(f"alert.cause.{item.facts['cause']}"), "reading": _reading(detail)}


def _away_facts(item: Obligation) -> dict[str, Value]:
    return {
        "place": item.details().get("place") or Text("card.unknown"),
        "intention": Text(f"away.intention.{item.facts['intention']}"),
        "promise": Text(f"away.promise.{item.facts['promise']}"),
    }


def _tip_facts(item: Obligation) -> dict[str, Value]:
    detail = item.details()
    return {
        "what": Text(f"tip.kind.choice.{item.facts['tip_kind']}"),
        "text": detail.get("text") or Text("card.unknown"),
        "place": detail.get("place") or Text("card.unknown"),
    }


def tip_rows(item: Obligation) -> Rows:
    """What a worker finds out about a tip."""

    def button(what: str) -> Button:
        return Button(Text(f"tip.deed.{what}"), action("tip", item, what))

    claim = () if item.owner_id else ((_button("claim", item, style=Style.PRIMARY),),)
    more = (button("same"), *((button("picture"),) if item.facts.get("photo") else ()))
    found = ((button("true"), button("untrue")), (button("unknown"), button("known")))
    return (*claim, *found, more)


def away_rows(absence_id: int) -> Rows:
    """What a worker can do about a resident away: one tap tells what she said."""

    def button(deed: str, style: Style = Style.PLAIN) -> Button:
        return Button(Text(f"away.deed.{deed}"), f"a:away:{absence_id}:{deed}", style=style)

    return (
        (button("call"), button("missed")),
        (button("staying"), button("undecided")),
        (button("planned", Style.PRIMARY), button("back")),
    )


def _reading(detail: Mapping[str, Any]) -> Value:
    """What was measured, or which test it was; nothing once that was purged."""
    if "day" in detail:
        return Text("alert.sample", {"day": detail["day"]})
    if "symptoms" not in detail:
        return ""
    symptoms = [Text(f"checkin.symptoms.choice.{code}") for code in detail["symptoms"]]
    if detail["temperature"] is None:
        return Text("alert.unmeasured", {"symptoms": symptoms or [Text("card.none")]})
    measured: dict[str, Value] = {
        "temperature": detail["temperature"],
        "symptoms": symptoms or [Text("card.none")],
    }
    return Text("alert.reading", measured)


def words_of(item: Obligation) -> str:
    """Whose words an obligation has: those of its kind, unless a register has given others."""
    return str(item.facts.get("words", item.kind))


def card(
    brief: Brief, say: str, *, own: bool = False, extra: Mapping[str, Value] | None = None
) -> Outbound:
    """One obligation: its words and its buttons, for the person herself or for the team."""
    lines = [Text(f"{words_of(brief.obligation)}.{say}", {**facts(brief), **(extra or {})})]
    if brief.obligation.kind == Kind.ZERO:
        lines += _sheet(brief, say)
    lines += lead_lines(brief.obligation)
    lines += _historical([brief])
    rows = person_rows(brief.obligation) if own else team_rows(brief.obligation)
    if not own and brief.lead is not None and brief.person and not brief.person.id_index:
        rows = (*rows, (_button("paper", brief.obligation),))
    personal = brief.person is not None or brief.obligation.detail is not None
    return Outbound(tuple(lines), rows, protect=personal and not own)


def _sheet(brief: Brief, say: str) -> list[Text]:
    """The day's figures, as they were composed. That there is nothing to report is for the unit
    itself to say: to those above it is only what is on record."""
    told = brief.obligation.facts
    if not told["zero"]:
        return [*paragraphs(told["figures"]), Text("zero.rest")]
    unit: dict[str, Value] = {"unit": brief.unit.name}
    last = Text("zero.unsaid") if say == "missing" else Text("zero.nothing", unit)
    return [*paragraphs(told["figures"]), last]


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
        case Kind.DUTY:
            return shift_rows(item.facts.get("shift", 0))
        case Kind.SIGNOUT:
            return signout_rows(item.facts.get("shift", 0))
        case _:
            return ()


def shift_rows(shift_id: int) -> Rows:
    """What she whose shift it is can do before it begins."""
    sign = _button("signin", shift_id, style=Style.PRIMARY)
    return ((sign,), (_button("standin", shift_id), _button("dutypost", shift_id)))


def signout_rows(shift_id: int) -> Rows:
    """One tap when there is nothing to hand over."""
    plain = _button("signout", shift_id, style=Style.PRIMARY)
    return ((plain,), (_button("handover", shift_id),))


def substitute(shift_id: int) -> Button:
    """The leader names a stand-in."""
    return Button(Text("action.substitute"), action("standin", shift_id), style=Style.PRIMARY)


def team_rows(item: Obligation) -> Rows:
    """What a worker can do about it."""
    call = _button("call", item)
    excuse = (_button("unreachable", item), _button("waive", item))
    match item.kind:
        case Kind.VERIFY | Kind.RETRY:
            claim = () if item.owner_id else (_button("claim", item),)
            return ((*claim, call), *lead_rows(item))
        case Kind.ALERT:
            act = _button("close", item, style=Style.PRIMARY)
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
        case Kind.TIP:
            return tip_rows(item)
        case Kind.AWAY:
            return away_rows(item.facts["away"])
        case Kind.VISIT | Kind.UNMET:
            again = _button("revisit", item, style=Style.PRIMARY)
            return ((call, again) if item.person_id else (again,),)
        case Kind.LEAVE:
            return ((_button("appoint", item, style=Style.PRIMARY),),)
        case Kind.HELP if item.owner_id is not None:
            return ((_button("helptake", item, style=Style.PRIMARY), _button("helpdone", item)),)
        case Kind.HELP:
            return ((_button("helptake", item, style=Style.PRIMARY),),)
        case Kind.DUTY:
            shift = item.facts.get("shift", 0)
            return ((_button("dutycall", shift), substitute(shift)),)
        case Kind.SIGNOUT:
            return ((_button("dutycall", item.facts.get("shift", 0)),),)
        case Kind.ROTA:
            man = _button("manpost", item.facts.get("post_id", 0), style=Style.PRIMARY)
            return ((man,),)
        case Kind.CALL | Kind.CONTACT | Kind.TASK:
            return ((call, _button("reached", item, style=Style.PRIMARY)), excuse)
        case Kind.FOLLOW:
            ask = ((call,),) if "phone" in item.details() else ()
            return (*ask, *_findings(item))
        case Kind.RECORD:
            data = f"a:register:{item.facts['register']}"
            return ((Button(Text("action.look"), data, style=Style.PRIMARY),),)
        case Kind.ZERO:
            confirm = action("reportok", item, stamp(item.facts["figures"]))
            label = "action.report_zero" if item.facts["zero"] else "action.report"
            enter = Button(Text("action.report_enter"), action("recordfor", item))
            return (
                (Button(Text(label), confirm, style=Style.PRIMARY),),
                (_button("reportadd", item), enter),
            )
        case _:
            return ()


def _findings(item: Obligation) -> Iterator[tuple[Button, ...]]:
    """What can have come of looking after a record: one tap ends it."""
    for finding in item.facts["findings"]:
        label = Text(f"{item.facts['register']}.found.{finding}")
        yield (Button(label, action("followed", item, finding)),)


def another(name: str, channel: str, number: str, duty: Obligation) -> Outbound:
    """To whoever has taken a lead on: one more source; the earliest deadline rules."""
    told: dict[str, Value] = {
        "name": name,
        "source": source_text(channel, number),
        "due": duty.due_at,
    }
    return Outbound((Text("verify.another", told),), team_rows(duty), protect=True)


def line(brief: Brief, number: int, now: datetime) -> Text:
    """One line of a list: number, what, who, since when."""
    item = brief.obligation
    state = "overdue" if item.due_at <= now else "open"
    return Text(
        f"line.{words_of(item)}", {**facts(brief), "n": number, "state": Text(f"line.{state}")}
    )


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
    if own and item.kind in OWN_STEP:
        return _own_button(number, item, OWN_STEP[Kind(item.kind)])
    verb = "card" if own else FIRST_STEP.get(Kind(item.kind), "card")
    if item.kind == Kind.ALERT and item.owner_id is not None:
        verb = "close"
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
