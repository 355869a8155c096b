"""A request for help as those see it who ask, who work and who volunteer. Words are keys."""

from __future__ import annotations

from models.helping import Need
from models.identity import mask_phone
from models.messages import Button, Outbound, Rows, Style, Text, Value
from models.obligations import Obligation


def _button(verb: str, number: int, *rest: str, style: Style = Style.PLAIN) -> Button:
    return Button(Text(f"action.{verb}"), ":".join(("a", verb, str(number), *rest)), style=style)


def is_comfort(item: Obligation) -> bool:
    return bool(item.facts["need"] == Need.COMFORT)


def help_facts(item: Obligation) -> dict[str, Value]:
    """What somebody needs and where, the number masked; what is on her mind is for who calls."""
    detail, need = item.details(), str(item.facts["need"])
    said = detail.get("what") if need != Need.COMFORT else ""
    phone = detail.get("phone")
    return {
        "need": Text(f"help.need.{need}"),
        "what": Text("help.what", {"what": said}) if said else "",
        "name": detail.get("staff", ""),
        "address": detail.get("address", ""),
        "phone": mask_phone(phone) if phone else Text("card.no_phone"),
    }


def help_rows(item: Obligation) -> Rows:
    """What a worker can do about it; who would like to talk is no volunteer's matter."""
    take, call = _button("helptake", item.id, style=Style.PRIMARY), _button("helpcall", item.id)
    calls = () if is_comfort(item) else (call,)
    if item.owner_id is None:
        return ((take, *calls),)
    first = (take, _button("helpdone", item.id))
    return (first, calls) if calls else (first,)


def volunteer_rows(volunteer_id: int) -> Rows:
    """What a worker can do about somebody who offers herself."""
    yes = _button("volok", volunteer_id, style=Style.PRIMARY)
    return ((_button("volphone", volunteer_id), yes), (_button("volend", volunteer_id),))


def coming(item: Obligation, by: Value) -> Outbound:
    """Whoever asked hears who comes."""
    key = "help.coming_comfort" if is_comfort(item) else "help.coming"
    return Outbound((Text(key, {**help_facts(item), "by": by, "due": item.due_at}),))


def delivered(item: Obligation) -> Outbound:
    """Whoever asked says whether it is right."""
    if is_comfort(item):
        rows = ((_button("helpfine", item.id, style=Style.PRIMARY), _button("helpmore", item.id)),)
        return Outbound((Text("help.delivered_comfort", help_facts(item)),), rows)
    rows = ((_button("helpgot", item.id, style=Style.PRIMARY), _button("helplack", item.id)),)
    return Outbound((Text("help.delivered", help_facts(item)),), rows)


# -- the volunteer's side --------------------------------------------------------------------------


def wanted(item: Obligation, task_id: int, unit: str, until: Value) -> Outbound:
    """Would she? Neither who nor what exactly is said before she has agreed."""
    told: dict[str, Value] = {
        "need": _need(item),
        "unit": unit,
        "due": item.due_at,
        "until": until,
    }
    rows = (
        (_button("servetake", task_id, style=Style.PRIMARY), _button("serveno", task_id)),
        (Button(Text("action.volpause"), "a:volpause"),),
    )
    return Outbound((Text("volunteer.wanted", told),), rows)


def _need(item: Obligation) -> Text:
    return Text(f"help.need.{item.facts['need']}")


def yours(item: Obligation, task_id: int, say: str = "yours") -> Outbound:
    """What she needs to go there. What takes somebody to a doctor is hers to tell, or not."""
    detail = item.details()
    private = item.facts["need"] == Need.DOCTOR
    what = Text("volunteer.ask_her") if private else detail.get("what") or Text("volunteer.ask_her")
    told: dict[str, Value] = {
        "name": detail.get("staff", ""),
        "address": detail.get("address", ""),
        "phone": detail.get("phone", ""),
        "need": _need(item),
        "what": what,
        "due": item.due_at,
    }
    rows = ((_button("servedone", task_id, style=Style.PRIMARY), _button("serveback", task_id)),)
    return Outbound((Text(f"volunteer.{say}", told), Text("help.money")), rows, protect=True)


def returned(item: Obligation, say: str, name: str = "") -> Outbound:
    """It is the worker's again, with her buttons."""
    told = {**help_facts(item), "by": name, "due": item.due_at}
    return Outbound((Text(f"volunteer.{say}", told),), help_rows(item), protect=True)
