"""What the asking side and the helping side see of an errand."""

from __future__ import annotations

from models.cards import action, help_facts
from models.helping import Need
from models.messages import Button, Outbound, Style, Text
from models.obligations import Obligation


def _button(verb: str, item: Obligation, style: Style = Style.PLAIN) -> Button:
    return Button(Text(f"action.{verb}"), action(verb, item), style=style)


def _comfort(item: Obligation) -> bool:
    return bool(item.facts["need"] == Need.COMFORT)


def asked(item: Obligation, unit: str, hotline: str) -> tuple[Text, ...]:
    """It was heard: who sees to it, by when, and where to turn meanwhile."""
    told = {**help_facts(item), "unit": unit, "due": item.due_at, "line": hotline}
    if _comfort(item):
        return (Text("help.asked_comfort", told), Text("help.hotline", told))
    if item.facts["behalf"]:
        return (Text("help.asked_behalf", told), Text("help.money"))
    lines = [Text("help.asked", told), Text("help.money")]
    if item.facts["need"] in (Need.MEDICINE, Need.DOCTOR):
        lines.append(Text("help.emergency"))
    return tuple(lines)


def off_rows(item: Obligation) -> tuple[tuple[Button, ...], ...]:
    return ((_button("helpoff", item),),)


def taken(item: Obligation) -> Outbound:
    """Everything that she needs to go there; whole only now."""
    detail = item.details()
    told = {
        **help_facts(item),
        "phone": detail.get("phone", ""),
        "what": detail.get("what") or Text("help.nothing_said"),
        "due": item.due_at,
    }
    lines = [Text("help.taken_comfort" if _comfort(item) else "help.taken", told)]
    if not _comfort(item):
        lines.append(Text("help.money"))
    rows = ((_button("helpdone", item, Style.PRIMARY), _button("helpback", item)),)
    return Outbound(tuple(lines), rows, protect=True)


def coming(item: Obligation, name: str) -> Outbound:
    """Whoever asked hears who comes."""
    key = "help.coming_comfort" if _comfort(item) else "help.coming"
    return Outbound((Text(key, {**help_facts(item), "by": name, "due": item.due_at}),))


def delivered(item: Obligation) -> Outbound:
    """Whoever asked says whether it is right."""
    key = "help.delivered_comfort" if _comfort(item) else "help.delivered"
    if _comfort(item):
        rows = ((_button("helpfine", item, Style.PRIMARY), _button("helpmore", item)),)
    else:
        rows = ((_button("helpgot", item, Style.PRIMARY), _button("helplack", item)),)
    return Outbound((Text(key, help_facts(item)),), rows)
