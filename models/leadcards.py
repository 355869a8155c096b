"""What the card of a lead says and offers beyond what every card does.

Each source may have told another address or number than the roster has: the worker sees both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models.addresses import parse
from models.identity import mask_phone
from models.leads import Lead, LeadOutcome, LeadSource
from models.messages import Button, Rows, Style, Text, Value, verbatim
from models.obligations import Obligation
from models.people import Person
from models.sources import ON_ARRIVAL, Source


def lead_facts(
    lead: Lead, person: Person | None, sources: Sequence[tuple[Source, str]]
) -> dict[str, Value]:
    """What fills the placeholders of a lead's card."""
    told = [source.facts() for source, _ in sources]
    channels = {source.channel for source, _ in sources} or {lead.source}
    out: dict[str, Value] = {
        "came": _came(lead),
        "home": Text("lead.home", {"origin": lead.origin}) if lead.origin else Text("lead.nothing"),
        "at": _arrived(lead, channels, told),
        "source": [source_text(s.channel, n) for s, n in sources] or Text(f"source.{lead.source}"),
    }
    known = person.address if person else None
    addresses = _distinct([one["address"] for one in told if one.get("address")])
    if addresses and [parse(a).key for a in addresses] != [parse(known or "").key]:
        params: dict[str, Value] = {"told": list(map(verbatim, addresses)), "known": known or ""}
        other = known and parse(known).key not in [parse(a).key for a in addresses]
        out["address"] = Text("lead.address.other" if other else "lead.address.told", params)
    phones = phones_told(person, [source for source, _ in sources])
    if phones:
        out["phone"] = [verbatim(mask_phone(phone)) for phone in phones]
    return out


def _arrived(lead: Lead, channels: set[LeadSource], told: Sequence[Mapping[str, Any]]) -> Value:
    if channels & set(ON_ARRIVAL) or any(one.get("arrived") for one in told):
        return lead.expected_at
    return Text("lead.here" if LeadSource.SENTINEL in channels else "card.unknown")


def _came(lead: Lead) -> Text:
    """From where and how, as far as anybody has told."""
    if not lead.origin:
        return Text("lead.nothing")
    mode, _, number = (lead.transport or "").partition(" ")
    if not mode:
        return Text("lead.home", {"origin": lead.origin})
    words = Text(f"engine.transport.{mode}")
    how = Text("engine.value.transport", {"mode": words, "number": number}) if number else words
    return Text("lead.came", {"origin": lead.origin, "transport": how})


def source_text(channel: str, number: str) -> Text:
    """A channel, with the number of the batch or letter where it has one."""
    name = Text(f"source.{channel}")
    return Text("source.numbered", {"source": name, "number": number}) if number else name


def _distinct(addresses: Sequence[str]) -> list[str]:
    """The addresses that are not only other spellings of each other."""
    return list({parse(address).key: address for address in reversed(addresses)}.values())[::-1]


def phones_told(person: Person | None, sources: Sequence[Source]) -> list[str]:
    """Her numbers, those that a source told first."""
    told = [source.facts().get("phone") for source in sources]
    return list(dict.fromkeys(p for p in (*told, person.phone if person else None) if p))


def phones_by_source(
    person: Person, sources: Sequence[tuple[Source, str]]
) -> dict[str, list[Text]]:
    """Her numbers, those that a source told first, each with all who have it; the roster's too."""
    found: dict[str, list[Text]] = {}
    for source, number in sources:
        if phone := source.facts().get("phone"):
            found.setdefault(phone, []).append(source_text(source.channel, number))
    if person.phone and (person.listed_at is not None or person.phone not in found):
        found.setdefault(person.phone, []).append(Text("source.roster"))
    return found


def lead_lines(item: Obligation, sources: Sequence[tuple[Source, str]] = ()) -> list[Text]:
    """What registers saw in her, what was found before, how often somebody tried in vain."""
    lines = [_seen(why) for source, _ in sources if (why := source.facts().get("why"))]
    if before := item.facts.get("before"):
        found: dict[str, Value] = {
            "on": date.fromisoformat(before["on"]),
            "reason": finding_text(before["outcome"]),
        }
        lines.append(Text("verify.before", found))
    if tries := item.facts.get("tries"):
        lines.append(Text("verify.tried", {"n": tries}))
    return lines


def _seen(why: Mapping[str, str]) -> Text:
    params = {name: value for name, value in why.items() if name != "register"}
    return Text(f"{why['register']}.lead", params)


def finding_text(outcome: str) -> Text:
    """An outcome in the words of the form; who was verified is observed."""
    code = "observe" if outcome == LeadOutcome.VERIFIED else outcome
    return Text(f"verification.finding.choice.{code}")


def lead_rows(item: Obligation) -> Rows:
    """One tap for what a call mostly comes to, and the verification for everything else."""
    tried = tuple(
        Button(Text(f"attempt.{code}"), f"a:tried:{item.id}:{code}")
        for code in ("no_answer", "empty_number", "system_fault")
    )
    rows = [tried]
    if item.facts.get("may_end"):
        rows.append((Button(Text("action.giveup"), f"a:giveup:{item.id}"),))
    if item.facts.get("before"):
        rows.append((Button(Text("action.same"), f"a:same:{item.id}"),))
    verify = Button(Text("action.verify"), f"a:verify:{item.id}", style=Style.PRIMARY)
    return (*rows, (verify,))
