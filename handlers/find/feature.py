"""Asking the numbers: a person by any parts, a household, a venue, an open problem, a lead, a
receipt, within the asker's scope. What is found is opened by the features that own it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.claims import claimed_number
from handlers.engine.draft import Draft
from handlers.engine.parse_find import asked
from handlers.feature import Feature, FormSpec, MenuItem
from handlers.find import views
from handlers.find.form import Find, FindMore
from handlers.find.numbers import numbered, venues
from handlers.turn import Turn
from models.access import access_person
from models.accounts import TEAM, Role
from models.actors import Action
from models.episodes import running_episode
from models.finding import find_residents
from models.households import find as find_doors
from models.messages import UserError
from models.obligations import Kind, Obligation
from models.people import Household, Person
from models.units import Unit
from models.wanted import NUMBERS, Part, Sort

MOST = 100  # so far they are counted
SO_FAR = "so_far"  # of a draft's context


async def find(turn: Turn, argument: str) -> None:
    """What follows the command is looked for at once."""
    await _staff(turn)
    if argument:
        await _look(turn, argument)
    else:
        await turn.begin(Find)


async def _staff(turn: Turn) -> None:
    if not (await turn.actor()).may(Action.INSPECT):
        raise UserError("access.staff_only")


async def submit(turn: Turn, filled: Find, _draft: Draft) -> None:
    await _staff(turn)
    await _look(turn, filled.parts)


async def submit_more(turn: Turn, filled: FindMore, draft: Draft) -> None:
    await _staff(turn)
    await _look(turn, f"{draft.context[SO_FAR]} {filled.part}")


async def _look(turn: Turn, text: str) -> None:
    parts = asked(text, turn.today)
    if not parts:
        raise UserError("find.unread")
    if any(part.sort in NUMBERS for part in parts):
        hits = [hit for part in parts for hit in await numbered(turn, part)]
        turn.send(views.several((), (), hits[: views.SHOWN]) if hits else views.none(parts))
        return
    sorts = {part.sort for part in parts}
    if sorts == {Sort.DOOR} and (homes := await _doors(turn, parts)):
        turn.send(views.several((), homes, ()))
        return
    words = " ".join(part.text for part in parts)
    hits = list(await venues(turn, words)) if sorts <= {Sort.WORD, Sort.DOOR} else []
    found = await find_residents(
        turn.session, await turn.actor(), parts, limit=views.SHOWN, count=MOST
    )
    if found.total > views.SHOWN:
        turn.send(views.many(parts, found.total, MOST))
        await turn.begin(FindMore, {SO_FAR: text[:80]})
    elif found.total == 1 and not hits:
        await _send_card(turn, found.people[0])
    elif found.people or hits:
        for person in found.people:
            turn.audit("find.shown", f"person:{person.id}")
        turn.send(views.several(found.people, (), hits))
    elif found.wide:
        turn.send(views.wide(parts))
        await turn.begin(FindMore, {SO_FAR: text[:80]})
    else:
        turn.send(views.none(parts))


async def _doors(turn: Turn, parts: Sequence[Part]) -> Sequence[Household]:
    """The doors of hers that the words may mean, if they are few; who lives there is another
    look."""
    ids = await find_doors(turn.session, await turn.actor(), parts[0].text)
    if len(ids) > views.SHOWN:
        return []
    mine = select(Household).where(Household.id.in_(ids)).order_by(Household.id)
    return list(await turn.session.scalars(mine))


async def seek(turn: Turn, arguments: Sequence[str]) -> None:
    """What she typed without a question, once she has tapped that it was one."""
    await _staff(turn)
    await _look(turn, ":".join(arguments))


async def opened(turn: Turn, arguments: Sequence[str]) -> None:
    """Somebody of the list."""
    claimed = claimed_number(arguments[0] if arguments else "")
    await _send_card(
        turn,
        await access_person(turn.session, await turn.actor(), claimed, Action.VERIFY),
    )


async def _send_card(turn: Turn, person: Person) -> None:
    """That she was looked at is written down, for her to read."""
    turn.audit("find.shown", f"person:{person.id}")
    unit = await turn.session.get_one(Unit, person.unit_id)
    episode = await running_episode(turn.session, person.id)
    lead = await turn.session.scalar(
        select(Obligation.id)
        .where(
            Obligation.person_id == person.id,
            Obligation.kind == Kind.VERIFY,
            Obligation.outcome.is_(None),
        )
        .limit(1)
    )
    until = episode.ends_on if episode else None
    turn.send(views.card(views.Known(person, unit.name, until, lead)))


FEATURE = Feature(
    commands={"find": find},
    actions={"found": opened, "seek": seek},
    forms=(FormSpec(Find, submit), FormSpec(FindMore, submit_more)),
    menu=(MenuItem("find", (*TEAM, Role.INSPECTOR)),),
)
