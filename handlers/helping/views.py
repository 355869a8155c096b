"""What the asking side and the helping side see of an errand."""

from __future__ import annotations

from models.cards import action
from models.helpcards import help_facts, is_comfort
from models.helping import Need
from models.messages import Button, Outbound, Style, Text
from models.obligations import Obligation
from models.volunteers import Volunteer


def _button(verb: str, item: Obligation, style: Style = Style.PLAIN) -> Button:
    return Button(Text(f"action.{verb}"), action(verb, item), style=style)


def asked(item: Obligation, unit: str, hotline: str) -> tuple[Text, ...]:
    """It was heard: who sees to it, by when, and where to turn meanwhile."""
    told = {**help_facts(item), "unit": unit, "due": item.due_at, "line": hotline}
    if is_comfort(item):
        return (Text("help.asked_comfort", told), Text("help.hotline", told))
    if item.facts["behalf"]:
        return (Text("help.asked_behalf", told), Text("help.money"))
    lines = [Text("help.asked", told), Text("help.money")]
    if item.facts["need"] in (Need.MEDICINE, Need.DOCTOR):
        lines.append(Text("help.emergency"))
    return tuple(lines)


def off_rows(item: Obligation) -> tuple[tuple[Button, ...], ...]:
    return ((_button("helpoff", item),),)


def taken(item: Obligation, sent: Volunteer | None = None) -> Outbound:
    """Everything that she needs to go there; whole only now."""
    detail = item.details()
    told = {
        **help_facts(item),
        "phone": detail.get("phone", ""),
        "what": detail.get("what") or Text("help.nothing_said"),
        "due": item.due_at,
    }
    lines = [Text("help.taken_comfort" if is_comfort(item) else "help.taken", told)]
    if not is_comfort(item):
        lines.append(Text("help.money"))
    first = (_button("helpdone", item, Style.PRIMARY), _button("helpback", item))
    if sent is not None:
        lines.append(Text("volunteer.on_the_way", {"by": sent.name or ""}))
        phone = Button(Text("action.volphone"), action("volphone", sent.id))
        return Outbound(tuple(lines), (first, (phone,)), protect=True)
    rows = (first,) if is_comfort(item) else (first, (_button("helpcall", item),))
    return Outbound(tuple(lines), rows, protect=True)
