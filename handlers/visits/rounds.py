"""Rounds in chat: a village or a township starts one for all its grids, sees who is behind, and
ends it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from handlers.visits import views
from handlers.visits.form import NewRound
from handlers.visits.walk import claimed, page
from models.access import access_unit
from models.accounts import Account, Assignment, Role
from models.actors import Action
from models.coverage import Tally, Window, by_unit, found_by_source, total
from models.messages import Button, Outbound, Text, UserError, Value
from models.rounds import LONGEST, Round, change_round, close_round, start_round, window_of
from models.rules import rules_for
from models.units import Unit


async def grids(turn: Turn, arguments: Sequence[str]) -> None:
    """a:grids:<unit>:<page>: how far those below a unit are."""
    actor = await turn.actor()
    unit = await access_unit(turn.session, actor, claimed(arguments, "u"), Action.REPORT)
    await show_below(turn, unit, page(arguments))


async def show_below(turn: Turn, unit: Unit, number: int = 0, notice: Sequence[Text] = ()) -> None:
    below = await turn.session.scalars(select(Unit).where(Unit.parent_id == unit.id))
    await show(turn, list(below), unit, number, notice)


async def show(
    turn: Turn,
    units: Sequence[Unit],
    top: Unit | None,
    number: int = 0,
    notice: Sequence[Text] = (),
) -> None:
    """Coverage of some units, each the sum of the grids below it; with the round of `top`."""
    window = await window_of(turn.session, top or units[0], turn.now, turn.zone)
    tallies: dict[int, Tally] = {}
    for path in [top.path] if top else [unit.path for unit in units]:
        tallies |= await by_unit(turn.session, path, window.since_at)
    places = {
        unit.id: unit.path
        for unit in await turn.session.scalars(select(Unit).where(Unit.id.in_(tallies)))
    }
    sums = [
        (unit, total(t for i, t in tallies.items() if places[i].startswith(unit.path)))
        for unit in units
    ]
    found = await _found(turn, top, window) if top else None
    oversees = top is not None and (await turn.actor()).may(Action.OVERSEE, top.path)
    turn.replace(views.overview(top, window, sums, number, notice, found, oversees=oversees))


async def _found(turn: Turn, top: Unit, window: Window) -> Text | None:
    """Whom the round has found, and in what time."""
    rules = await rules_for(turn.session, top)
    new = await found_by_source(turn.session, top.path, window.since_at, rules)
    return views.found(new, rules.known_hours) if new else None


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    """a:newround:<unit>"""
    unit = await _overseen(turn, claimed(arguments, "u"))
    await turn.begin(NewRound, {"unit": unit.id})


async def _overseen(turn: Turn, unit_id: int) -> Unit:
    return await access_unit(turn.session, await turn.actor(), unit_id, Action.OVERSEE)


async def submit(turn: Turn, filled: NewRound, draft: Draft) -> Filed:
    unit = await _overseen(turn, int(draft.context["unit"]))
    latest = turn.today + LONGEST
    if not turn.today <= filled.until_on <= latest:
        raise UserError("newround.day", latest=latest)
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    if "corrects" in draft.context:
        made = await _running(turn, unit)
        await change_round(turn.session, made, filled.purpose, filled.until_on, turn.zone)
    else:
        made = await start_round(
            turn.session,
            unit,
            filled.purpose,
            filled.until_on,
            turn.account.id,
            turn.now,
            turn.zone,
        )
    turn.audit("round.started", f"unit:{unit.id}", round=made.id)
    facts: dict[str, Value] = {
        "unit": unit.name,
        "purpose": made.purpose,
        "until": made.until_on,
    }
    message = Outbound((Text("round.started", facts),), WALK)
    workers = await _workers(turn, unit)
    for account_id in workers:
        turn.tell(account_id, message, f"round:{made.id}:s{submission.id}:a{account_id}")
    return Filed(submission, (Text("newround.done", {**facts, "n": len(workers)}),))


WALK = ((Button(Text("command.visit.label"), "a:go:visit"),),)


async def _workers(turn: Turn, unit: Unit) -> list[int]:
    """The grid workers below a unit who can be reached."""
    found = await turn.session.scalars(
        select(Assignment.account_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .join(Account, Account.id == Assignment.account_id)
        .where(
            Assignment.role == Role.GRID_WORKER,
            Unit.path.startswith(unit.path),
            or_(Assignment.until_at.is_(None), Assignment.until_at > turn.now),
            Account.blocked_at.is_(None),
        )
        .distinct()
    )
    return sorted(one for one in found if one is not None)


async def end(turn: Turn, arguments: Sequence[str]) -> None:
    """a:endround:<round>: before its day."""
    found = await turn.session.scalar(
        select(Round).where(Round.id == claimed(arguments, "r")).with_for_update()
    )
    if found is None:
        raise UserError("access.denied")
    unit = await _overseen(turn, found.unit_id)
    if found.closed_at is not None:
        raise UserError("round.closed_already")
    await close_round(turn.session, found, turn.account.id, turn.now)
    turn.audit("round.closed", f"unit:{unit.id}", round=found.id)
    await show_below(turn, unit, 0, [Text("round.closed", {"purpose": found.purpose})])


async def _running(turn: Turn, unit: Unit) -> Round:
    """The round that she corrects, while it runs."""
    found = await turn.session.scalar(
        select(Round)
        .where(
            Round.unit_id == unit.id,
            Round.closed_at.is_(None),
            Round.started_by == turn.account.id,
        )
        .order_by(Round.id.desc())
        .limit(1)
    )
    if found is None:
        raise UserError("round.closed_already")
    return found
