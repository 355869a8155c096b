"""Where she stands, and what is held about her: seen, by whom, until when."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from handlers.feature import Drawer, Feature, MenuItem
from handlers.mydata import views
from handlers.turn import Turn
from models.access import access_person
from models.accounts import TEAM, Assignment
from models.actors import Action
from models.audit import AuditRow
from models.duty import Post
from models.episodes import running_episode
from models.leads import Lead
from models.merging import former_ids
from models.messages import Outbound, Text, UserError, Value
from models.obligations import Kind
from models.observation import plan_of
from models.people import Person
from models.reach import ask_contact
from models.served import shifts_ahead
from models.units import Unit, ancestor_ids
from models.volunteers import Volunteer, kept_of
from models.wards import open_duties, people_of

LOOKS = (
    "behalf.shown",
    "behalf.agreed",
    "find.shown",
    "on_behalf",
    "papers.revealed",
    "phone.revealed",
    "picture.shown",
    "name.shown",
    "care.shown",
    "roster.shown",
    "lead.verified",
    "answer.sent",
    "released",
    "ledger.named",
    "sends.shown",
    "waived",
    "unreachable",
)


async def status(turn: Turn, _argument: str) -> None:
    """Each of her people: the day, what is due now, when it ends, whom to ask."""
    lines: list[Text] = []
    for person in await people_of(turn.session, turn.account):
        lines += await _person_lines(turn, person)
    duties = await open_duties(
        turn.session, turn.account, turn.now, Kind.CHECKIN, Kind.TEST, Kind.RESULT
    )
    actor = await turn.actor()
    for grant in actor.grants:
        unit = await turn.session.get(Unit, grant.unit_id)
        role: dict[str, Value] = {
            "role": Text(f"role.{grant.role}"),
            "unit": unit.name if unit else "",
        }
        lines.append(Text("status.role", role))
    if not lines:
        raise UserError("status.none")
    turn.send(views.status(lines, duties))


async def _person_lines(turn: Turn, person: Person) -> list[Text]:
    episode = await running_episode(turn.session, person.id)
    if episode is None:
        return [await _lead_line(turn, person)]
    plan = plan_of(episode, turn.zone)
    lines = views.observed(person, episode, plan, turn.today)
    if (contact := await _worker(turn, person)) is not None:
        lines.append(contact)
    return lines


async def _lead_line(turn: Turn, person: Person) -> Text:
    lead = await turn.session.scalar(
        select(Lead).where(Lead.person_id == person.id).order_by(Lead.id.desc()).limit(1)
    )
    if lead is None:
        return Text("status.nothing", {"name": person.name})
    if lead.outcome is not None:
        return Text("status.ended", {"name": person.name})
    return Text("status.waiting", {"name": person.name, "at": lead.expected_at})


async def _worker(turn: Turn, person: Person) -> Text | None:
    """The nearest worker of the person's unit who left a number."""
    unit = await turn.session.get(Unit, person.unit_id)
    above = list(reversed(ancestor_ids(unit.path))) if unit else []
    found = await turn.session.scalars(
        select(Assignment).where(
            Assignment.unit_id.in_(above),
            Assignment.role.in_(TEAM),
            or_(Assignment.until_at.is_(None), Assignment.until_at > turn.now),
        )
    )
    named = [row for row in found if row.name]
    if not named:
        return None
    nearest = min(named, key=lambda row: (above.index(row.unit_id), row.id))
    if nearest.phone is None:
        return Text("episode.contact_name", {"name": nearest.name})
    return Text("episode.contact", {"name": nearest.name, "phone": nearest.phone})


async def mydata(turn: Turn, _argument: str) -> None:
    """What is kept, masked; who looked; when it goes."""
    people = await people_of(turn.session, turn.account)
    kept = await kept_of(turn.session, turn.account.id, [person.id for person in people])
    if not people and not kept:
        raise UserError("mydata.none")
    lines: list[Text] = [Text("mydata.title")]
    for person in people:
        hers = [person.id, *await former_ids(turn.session, person.id)]
        subjects = [f"person:{number}" for number in hers]
        looks = await turn.session.execute(
            select(AuditRow.action, func.count(), func.max(AuditRow.at))
            .where(AuditRow.subject.in_(subjects), AuditRow.action.in_(LOOKS))
            .group_by(AuditRow.action)
            .order_by(AuditRow.action)
        )
        lines += views.held(person, [tuple(row) for row in looks])
    for volunteer in kept:
        lines.append(await _volunteer_line(turn, volunteer))
    turn.audit("mydata.read", f"account:{turn.account.id}")
    turn.send(Outbound(tuple(lines), views.correction_rows(people), protect=True))


async def _volunteer_line(turn: Turn, volunteer: Volunteer) -> Text:
    """What she offered and where the rota has her; the day on which it goes, once she has left."""
    unit = await turn.session.get_one(Unit, volunteer.unit_id)
    shifts = []
    if volunteer.ended_at is None:
        for shift in await shifts_ahead(turn.session, volunteer, turn.now):
            shifts.append((shift, await turn.session.get_one(Post, shift.post_id)))
    return views.offered(volunteer, unit.name, shifts)


async def ask_correction(turn: Turn, arguments: Sequence[str]) -> None:
    """She says that something is wrong: her worker is asked to look into it."""
    claimed = arguments[0] if arguments and arguments[0].isdecimal() else "0"
    person = await access_person(turn.session, await turn.actor(), int(claimed[:15]), Action.REPORT)
    await ask_contact(turn.session, "correction", person, turn.now)
    turn.audit("correction.asked", f"person:{person.id}")
    turn.reply("mydata.correction_asked")


async def status_for(turn: Turn, person: Person) -> None:
    """Where she stands, for her worker to tell her."""
    turn.send(Outbound(tuple(await _person_lines(turn, person)), protect=True))


async def correct_for(turn: Turn, person: Person) -> None:
    """She says that something is wrong: it is looked into."""
    await ask_contact(turn.session, "correction", person, turn.now)
    what = Text("contact.cause.correction")
    await turn.on_behalf(person.id, what, f"correction:{person.id}:{turn.today}")
    turn.reply("behalf.correction", name=person.name)


FEATURE = Feature(
    on_behalf={"status": status_for, "correct": correct_for},
    commands={"status": status, "mydata": mydata},
    actions={"fixdata": ask_correction},
    menu=(MenuItem("status", drawer=Drawer.OWN), MenuItem("mydata", drawer=Drawer.OWN)),
)
