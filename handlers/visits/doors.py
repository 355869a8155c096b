"""At a door: who lives there, what was found, come again when, and a slip taken back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.turn import Turn
from handlers.visits import views
from handlers.visits.views import Member
from handlers.visits.walk import claimed, show_doors
from models.access import access_household
from models.accounts import Account, Assignment
from models.actors import Action
from models.buildings import settle_doors
from models.episodes import Episode
from models.messages import Text, UserError, Value
from models.obligations import Kind
from models.people import Household, Person
from models.registers import Submission
from models.rounds import window_of
from models.rules import rules_for
from models.units import Unit
from models.visits import (
    UNDO_WITHIN,
    UNMET,
    Found,
    Visit,
    call_instead,
    choices,
    come_again,
    met,
    propose,
    record_visit,
    undo,
    visits_since,
)

TAPPED = (Found.WELL, Found.ABSENT, *views.OTHERS)  # what one tap can tell


async def home_of(turn: Turn, arguments: Sequence[str]) -> Household:
    """The door behind a button, if it is hers."""
    home = await access_household(
        turn.session, await turn.actor(), claimed(arguments, "h"), Action.REPORT
    )
    if home.position is None:
        await settle_doors(turn.session, home.unit_id)
        await turn.session.refresh(home)
    return home


async def _unit(turn: Turn, home: Household) -> Unit:
    return await turn.session.get_one(Unit, home.unit_id)


async def _visits(turn: Turn, home: Household) -> list[Visit]:
    """What is known of the door in this round."""
    window = await window_of(turn.session, await _unit(turn, home), turn.now, turn.zone)
    return await visits_since(turn.session, home.id, window.since_at)


async def door(turn: Turn, arguments: Sequence[str]) -> None:
    """a:door:<household>"""
    await _show(turn, await home_of(turn, arguments))


async def revisit(turn: Turn, arguments: Sequence[str]) -> None:
    """a:revisit:<obligation>: the door that she is to visit again or to call."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.VISIT, Kind.UNMET)
    if not item.is_open():
        raise UserError("visits.came_already")
    await _show(turn, await home_of(turn, [f"h{item.facts['household']}"]))


async def _show(turn: Turn, home: Household) -> None:
    standing = await _visits(turn, home)
    done = met(standing)
    by = await _teller(turn, done) if done else ""
    turn.replace(views.door(home, await members_of(turn, home), done, by, standing))


async def members_of(turn: Turn, home: Household) -> list[Member]:
    """Who lives there, the head first."""
    found = await turn.session.execute(
        select(Person, Episode.ends_on)
        .outerjoin(Episode, (Episode.person_id == Person.id) & Episode.outcome.is_(None))
        .where(Person.household_id == home.id, Person.moved_out_at.is_(None))
        .order_by(Person.id != home.head_id, Person.id)
    )
    return [Member(person, person.id == home.head_id, until) for person, until in found]


async def _teller(turn: Turn, visit: Visit) -> Value:
    """Who has done a door; what its household told itself is nobody's by name."""
    if visit.found == Found.TOLD:
        return Text("visits.household")
    return await name_of(turn, visit.account_id)


async def name_of(turn: Turn, account_id: int) -> str:
    """A colleague as the staff list has her."""
    named = await turn.session.scalar(
        select(Assignment.name)
        .where(Assignment.account_id == account_id, Assignment.name.is_not(None))
        .order_by(Assignment.id)
        .limit(1)
    )
    if named is None:
        named = await turn.session.scalar(select(Account.name).where(Account.id == account_id))
    return named or ""


async def other(turn: Turn, arguments: Sequence[str]) -> None:
    """a:other:<household>"""
    turn.replace(views.others(await home_of(turn, arguments)))


async def seen(turn: Turn, arguments: Sequence[str]) -> None:
    """a:seen:<household>:<what was found>: the one tap at a door."""
    found = arguments[1] if len(arguments) > 1 else ""
    if found not in TAPPED:
        raise UserError("unknown.button")
    home = await home_of(turn, arguments)
    standing = await _visits(turn, home)
    done = met(standing)
    if done is not None:
        await _done_already(turn, home, done)
        return
    visit = await record_visit(turn.session, home, Found(found), turn.account.id, turn.now)
    if visit.found in UNMET:
        await _not_met(turn, home, [*standing, visit])
    else:
        await back(turn, home, [_noted(home, visit)], visit)


async def back(turn: Turn, home: Household, notice: Sequence[Text], visit: Visit | None) -> None:
    """On to the next doors, with a word about this one."""
    acts = views.acts(visit) if visit else ()
    await show_doors(turn, await _unit(turn, home), home.building_id, 0, notice, acts)


async def _done_already(turn: Turn, home: Household, done: Visit) -> None:
    """Two of a grid in one building, or a thumb that was too quick: a door done twice is one."""
    if done.account_id == turn.account.id:
        await back(turn, home, [_noted(home, done)], done)
        return
    facts: dict[str, Value] = {
        "door": views.named(home.address),
        "by": await _teller(turn, done),
        "at": done.at,
    }
    await back(turn, home, [Text("visits.done_already", facts)], None)


def _noted(home: Household, visit: Visit) -> Text:
    found = Text(f"visits.found.{visit.found}")
    return Text("visits.noted", {"door": views.named(home.address), "found": found})


async def _not_met(turn: Turn, home: Household, missed: Sequence[Visit]) -> None:
    """When to come again; after the last try she calls."""
    rules = await rules_for(turn.session, await _unit(turn, home))
    visit = missed[-1]
    at = propose([one.at for one in missed], rules, turn.zone)
    facts: dict[str, Value] = {
        "door": views.named(home.address),
        "found": Text(f"visits.found.{visit.found}"),
        "n": len(missed),
    }
    if at is None:
        duty = await call_instead(turn.session, visit, home, rules)
        notice = Text("visits.call", {**facts, "due": duty.due_at})
    else:
        await come_again(turn.session, visit, home, at)
        notice = Text("visits.again", {**facts, "at": at})
    await back(turn, home, [notice], visit)


async def own_visit(turn: Turn, arguments: Sequence[str]) -> tuple[Visit, Household]:
    """A visit of hers that stands, and its door."""
    visit = await turn.session.get(Visit, claimed(arguments, "v"))
    if visit is None or visit.account_id != turn.account.id:
        raise UserError("access.denied")
    home = await home_of(turn, [f"h{visit.household_id}"])
    await turn.session.refresh(visit)
    if visit.undone_at is not None:
        raise UserError("visits.undone_already")
    return visit, home


async def when(turn: Turn, arguments: Sequence[str]) -> None:
    """a:when:<visit>:<hour>: another hour to come again."""
    visit, home = await own_visit(turn, arguments)
    if visit.found not in UNMET:
        raise UserError("unknown.button")
    offered = choices(turn.now, await rules_for(turn.session, await _unit(turn, home)), turn.zone)
    if len(arguments) < 2:
        turn.replace(views.hours(visit, offered))
        return
    at = offered.get(arguments[1])
    if at is None:
        raise UserError("unknown.button")
    await come_again(turn.session, visit, home, at)
    facts: dict[str, Value] = {"door": views.named(home.address), "at": at}
    await back(turn, home, [Text("visits.agreed", facts)], visit)


async def unvisit(turn: Turn, arguments: Sequence[str]) -> None:
    """a:unvisit:<visit>: the door is as it was before."""
    visit, home = await own_visit(turn, arguments)
    if visit.at < turn.now - UNDO_WITHIN:
        raise UserError("visits.undo_late", at=visit.at)
    await undo(turn.session, visit, turn.account.id, turn.now)
    turn.audit("visit.undone", f"household:{home.id}", found=visit.found)
    await back(turn, home, [Text("visits.undone", {"door": views.named(home.address)})], None)


async def take_back(turn: Turn, submission: Submission, found: Found) -> Visit | None:
    """The visit that a form has brought about goes with it."""
    home = await home_of(turn, [f"h{submission.context['household']}"])
    visit = await turn.session.scalar(
        select(Visit)
        .where(
            Visit.household_id == home.id,
            Visit.account_id == submission.actor_id,
            Visit.found == found,
            Visit.at == submission.at,
            Visit.undone_at.is_(None),
        )
        .order_by(Visit.id)
        .limit(1)
    )
    if visit is not None:
        await undo(turn.session, visit, turn.account.id, turn.now)
    return visit
