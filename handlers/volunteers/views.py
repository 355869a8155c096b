"""How volunteers look: to themselves, to the staff of their unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time

from models.duty import Post
from models.helpcards import help_facts
from models.identity import mask_phone
from models.messages import Button, Outbound, Rows, Style, Text, Value
from models.obligations import Obligation
from models.service import Task
from models.volunteers import Volunteer


def _button(verb: str, *rest: object, style: Style = Style.PLAIN) -> Button:
    data = ":".join(("a", verb, *(str(part) for part in rest)))
    return Button(Text(f"action.{verb}"), data, style=style)


def _about(volunteer: Volunteer, unit: str, minutes: int = 0) -> dict[str, Value]:
    return {
        "name": volunteer.name or "",
        "unit": unit,
        "phone": mask_phone(volunteer.phone) if volunteer.phone else Text("card.no_phone"),
        "skills": [Text(f"volunteering.skills.choice.{one}") for one in volunteer.skills],
        "days": [Text(f"volunteering.days.choice.{one}") for one in volunteer.days],
        "parts": [Text(f"volunteering.parts.choice.{one}") for one in volunteer.parts],
        "state": Text(f"volunteer.state.{_state(volunteer)}"),
        "served": _hours(minutes),
    }


def _state(volunteer: Volunteer) -> str:
    if volunteer.confirmed_at is None:
        return "waiting"
    return "paused" if volunteer.paused_at is not None else "serving"


def _hours(minutes: int) -> Text:
    hours, rest = divmod(minutes, 60)
    said = "minutes" if not hours else "hours" if not rest else "both"
    return Text(f"volunteer.time.{said}", {"hours": hours, "minutes": rest})


def own_card(volunteer: Volunteer, unit: str, minutes: int) -> Outbound:
    """What is on the list of her, and one tap for each thing that she may want."""
    pausing = _button("volpause") if volunteer.paused_at is None else _button("volresume")
    rows = ((_button("voledit"), pausing), (_button("volleave"),))
    return Outbound((Text("volunteer.own", _about(volunteer, unit, minutes)),), rows)


def again_rows() -> Rows:
    return ((Button(Text("volunteer.again"), "a:voledit"),),)


def roll(rows: Sequence[tuple[Volunteer, str]], n: int, page: int, size: int) -> Outbound:
    """A page of the list; those to be confirmed stand first."""
    if not rows:
        return Outbound((Text("volunteer.nobody"),))
    lines = [Text("volunteer.roll", {"n": n})]
    buttons: list[tuple[Button, ...]] = []
    for at, (volunteer, unit) in enumerate(rows, page * size + 1):
        lines.append(Text("volunteer.line", {**_about(volunteer, unit), "n": at}))
        label = Text("volunteer.pick", {"n": at, "name": (volunteer.name or "")[:20]})
        buttons.append((Button(label, f"a:vol:{volunteer.id}"),))
    if n > size:
        buttons.append((Button(Text("engine.more"), f"a:volpage:{page + 1}"),))
    return Outbound(tuple(lines), tuple(buttons), protect=True)


def staff_card(volunteer: Volunteer, unit: str, minutes: int) -> Outbound:
    """One of them, with what staff can do about her."""
    yes = (_button("volok", volunteer.id, style=Style.PRIMARY),)
    rows = (
        (_button("volphone", volunteer.id), *(yes if volunteer.confirmed_at is None else ())),
        (_button("volend", volunteer.id),),
    )
    about = _about(volunteer, unit, minutes)
    return Outbound((Text("volunteer.card", about),), rows, protect=True)


def sure(volunteer: Volunteer) -> Outbound:
    yes = _button("volend", volunteer.id, "yes", style=Style.DANGER)
    return Outbound((Text("volunteer.sure", {"name": volunteer.name or ""}),), ((yes,),))


# -- a request that is out with volunteers ---------------------------------------------------------


def called(item: Obligation, n: int, until: time) -> Outbound:
    """So many are asked; the worker can still do it herself."""
    told = {**help_facts(item), "n": n, "until": until}
    rows = ((_button("helptake", item.id),),)
    return Outbound((Text("volunteer.asked", told),), rows, protect=True)


def accepted(item: Obligation, volunteer: Volunteer) -> Outbound:
    told = {**help_facts(item), "by": volunteer.name or "", "due": item.due_at}
    rows = ((_button("volphone", volunteer.id),),)
    return Outbound((Text("volunteer.accepted", told),), rows, protect=True)


def served(item: Obligation, volunteer: Volunteer) -> Outbound:
    told = {**help_facts(item), "by": volunteer.name or ""}
    return Outbound((Text("volunteer.served", told),), protect=True)


def thanks(task: Task, points: int) -> Outbound:
    lines = [Text("volunteer.thanks", {"served": _hours(task.minutes or 0)})]
    if points:
        lines.append(Text("volunteer.points", {"n": points}))
    return Outbound(tuple(lines))


def shift_free(when: Mapping[str, Value], post: Post, volunteer: Volunteer) -> Outbound:
    """A leader hears that a shift has nobody any more."""
    man = _button("manpost", post.id, style=Style.PRIMARY)
    return Outbound(
        (Text("volunteer.shift_free", {**when, "by": volunteer.name or ""}),), ((man,),)
    )
