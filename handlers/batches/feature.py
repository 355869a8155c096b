"""Batches of leads and letters of inquiry: how far each is, and its answer as a file.

The turn only asks for the file; whoever does jobs writes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.batches import views
from handlers.claims import claimed_number
from handlers.feature import Drawer, Feature, MenuItem
from handlers.turn import Turn
from models.access import access_batch, under
from models.accounts import SUPERVISORS, TEAM
from models.actors import Action, Actor
from models.answers import ANSWER
from models.batches import standings
from models.cards import LIST_LENGTH
from models.jobs import file_job
from models.messages import Outbound, UserError
from models.sources import Batch, Source


async def _worker(turn: Turn) -> Actor:
    actor = await turn.actor()
    if not actor.roles & set(TEAM):
        raise UserError("access.staff_only")
    return actor


async def batches(turn: Turn, argument: str) -> None:
    """Those of her units, what waits for its answer first."""
    number = int(argument) if argument.isdecimal() and len(argument) < 4 else 0
    turn.send(await _page(turn, number))


async def page(turn: Turn, arguments: Sequence[str]) -> None:
    claimed = arguments[0] if arguments else ""
    number = int(claimed) if claimed.isdecimal() and len(claimed) < 4 else 0
    turn.replace(await _page(turn, number))


async def _page(turn: Turn, number: int) -> Outbound:
    actor = await _worker(turn)
    found = await turn.session.scalars(
        select(Batch)
        .where(
            under(actor.paths(Action.SEE), Batch.unit_id),
            Batch.id.in_(select(Source.batch_id).where(Source.batch_id.is_not(None))),
        )
        .order_by(Batch.replied_at.is_not(None), Batch.due_at.desc(), Batch.id.desc())
        .offset(number * LIST_LENGTH)
        .limit(LIST_LENGTH + 1)
    )
    every = list(found)
    shown = await standings(turn.session, every[:LIST_LENGTH], turn.now)
    return views.listed(shown, number, turn.now, more=len(every) > LIST_LENGTH)


async def answer(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap: the answer sheet, or the reply to a letter, comes as a file."""
    claimed = arguments[0] if arguments else ""
    number = claimed_number(claimed)
    batch = await access_batch(turn.session, await turn.actor(), number, Action.SEE)
    await file_job(turn.session, ANSWER, turn.account.id, {"batch": batch.id}, turn.now)
    turn.send(views.writing(batch))


FEATURE = Feature(
    commands={"batches": batches},
    actions={"batches": page, "answer": answer},
    menu=(MenuItem("batches", SUPERVISORS, drawer=Drawer.PEOPLE),),
)
