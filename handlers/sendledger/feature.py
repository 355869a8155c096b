"""Why did she hear nothing? For one person every message that was expected, and its fate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handlers.claims import claimed_number
from handlers.feature import Drawer, Feature, MenuItem
from handlers.residents import found_residents
from handlers.sendledger import views
from handlers.turn import Turn
from models.access import access_person
from models.accounts import SUPERVISORS, TEAM
from models.actors import Action
from models.cards import briefs
from models.messages import UserError
from models.sendledger import expected

SINCE = timedelta(days=7)
PAGE = 4


async def why(turn: Turn, argument: str) -> None:
    """Whom she asks about: a name, a door, the end of a phone."""
    actor = await turn.actor()
    if not actor.roles & set(TEAM):
        raise UserError("access.staff_only")
    if not argument:
        raise UserError("why.how")
    found = await found_residents(turn, argument)
    if not found:
        raise UserError("why.none", text=argument[: views.LONGEST])
    if len(found) == 1:
        await _show(turn, found[0].id, 0)
    else:
        turn.send(views.several(found))


async def opened(turn: Turn, arguments: Sequence[str]) -> None:
    """Somebody of the list, or a page further back."""
    numbers = [claimed_number(text) for text in arguments[:2]]
    await _show(turn, numbers[0] if numbers else 0, numbers[1] if len(numbers) > 1 else 0)


async def _show(turn: Turn, person_id: int, page: int) -> None:
    person = await access_person(turn.session, await turn.actor(), person_id, Action.VERIFY)
    since = turn.now - SINCE
    page = min(page, 1000)
    items, more = await expected(turn.session, person.id, since, turn.now, page * PAGE, PAGE)
    turn.audit("sends.shown", f"person:{person.id}")
    cards = await briefs(turn.session, [item.obligation for item in items])
    shown = list(zip(cards, items, strict=True))
    first = page * PAGE + 1
    message = views.ledger(person, shown, turn.now, first, since)
    turn.replace(views.paged(message, person, page, more))


FEATURE = Feature(
    commands={"why": why},
    actions={"why": opened},
    menu=(MenuItem("why", SUPERVISORS, drawer=Drawer.PAPERS),),
)
