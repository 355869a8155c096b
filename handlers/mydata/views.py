"""How her own record looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from models.cards import category_text, person_rows
from models.duty import Post, Shift
from models.episodes import Episode
from models.identity import mask_address, mask_id, mask_phone
from models.messages import Button, Outbound, Rows, Text, Value, verbatim
from models.obligations import Obligation
from models.people import Person
from models.protocols import catalogue
from models.protocols.plan import Plan
from models.retention import KEPT
from models.volunteers import Volunteer


def observed(person: Person, episode: Episode, plan: Plan, today: date) -> list[Text]:
    """Day n of N, the stage she is in, what comes next."""
    last = plan.day_of(plan.ends_on)
    lines = [
        Text(
            "status.observed",
            {
                "name": person.name,
                "category": category_text(episode),
                "day": max(min(plan.day_of(today), last), 0),
                "last": last,
                "until": plan.ends_on,
            },
        )
    ]
    stage = next((s for s in plan.stages if s.first_on <= today <= s.last_on), None)
    if stage is not None:
        measure: dict[str, Value] = {
            "measure": Text(f"measure.{stage.measure}"),
            "until": stage.last_on,
        }
        lines.append(Text("status.stage", measure))
    tests = [d for d in plan.duties if d.kind == "test" and d.on >= today]
    if tests:
        days = [Text("episode.day", {"on": d.on, "day": d.day}) for d in tests]
        lines.append(Text("episode.tests", {"days": days}))
    if catalogue.get(episode.pack, episode.pack_version).historical:
        lines.append(Text("pack.historical"))
    return lines


def status(lines: Sequence[Text], duties: Sequence[Obligation]) -> Outbound:
    """With what is open now at hand, if it is one thing; else the commands that list it."""
    if len(duties) == 1:
        return Outbound((*lines, Text("status.due_one")), person_rows(duties[0]))
    rows: Rows = ()
    if duties:
        lines = (*lines, Text("status.due", {"n": len(duties)}))
        names = ("checkin", "test")
        rows = (tuple(Button(Text(f"command.{n}.label"), f"a:go:{n}") for n in names),)
    return Outbound(tuple(lines), rows)


def held(person: Person, looks: Sequence[Any]) -> list[Text]:
    """One person's record, masked, and the looks at it."""
    lines = [
        Text(
            "mydata.person",
            {
                "name": person.name,
                "phone": mask_phone(person.phone) if person.phone else Text("card.unknown"),
                "document": mask_id(person.id_number) if person.id_number else Text("card.unknown"),
                "address": mask_address(person.address) if person.address else Text("card.unknown"),
                "until": person.purge_on or Text("card.unknown"),
            },
        )
    ]
    if not looks:
        return [*lines, Text("mydata.no_looks")]
    return lines + [
        Text("mydata.look", {"what": Text(f"audit.{action}"), "n": n, "at": at})
        for action, n, at in looks
    ]


def offered(volunteer: Volunteer, unit: str, shifts: Sequence[tuple[Shift, Post]]) -> Text:
    """What somebody offered as a volunteer, masked, and where she is to stand."""
    posts = [Text("mydata.post", {"at": s.since_at, "post": post.name}) for s, post in shifts]
    told: dict[str, Value] = {
        "name": volunteer.name or "",
        "unit": unit,
        "phone": mask_phone(volunteer.phone) if volunteer.phone else Text("card.unknown"),
        "skills": [Text(f"volunteering.skills.choice.{one}") for one in volunteer.skills],
        "days": [Text(f"volunteering.days.choice.{one}") for one in volunteer.days],
        "parts": [Text(f"volunteering.parts.choice.{one}") for one in volunteer.parts],
        "posts": posts or Text("mydata.no_posts"),
        "until": volunteer.ended_at + KEPT if volunteer.ended_at else None,
        "n": KEPT.days,
    }
    return Text("mydata.volunteered" if volunteer.ended_at else "mydata.volunteer", told)


def correction_rows(people: Sequence[Person]) -> Rows:
    if len(people) == 1:
        return ((Button(Text("mydata.wrong"), f"a:fixdata:{people[0].id}"),),)
    return tuple(
        (Button(Text("mydata.wrong_of", {"name": verbatim(p.name)}), f"a:fixdata:{p.id}"),)
        for p in people[:8]
    )
