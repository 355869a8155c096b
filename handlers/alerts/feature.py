"""The alerts of her units, and the hours and kinds in which a supervisor hears of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from handlers.alerts import views
from handlers.alerts.form import SPANS, AlertHours, Hours
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.parse import Unreadable, clock_time
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.turn import Turn
from models.accounts import SUPERVISORS, TEAM
from models.actors import Grant
from models.alertlist import open_alerts, week
from models.cards import LIST_LENGTH, briefs
from models.hearing import Hearing, choose
from models.leave import names_of
from models.messages import Text, UserError
from models.rules import rules_for
from models.units import Unit


async def alerts(turn: Turn, _argument: str) -> None:
    """What is open, how the week was, and what she hears of."""
    actor = await turn.actor()
    if not actor.roles & set(TEAM):
        raise UserError("access.staff_only")
    items, total = await open_alerts(turn.session, actor, LIST_LENGTH)
    names = await names_of(turn.session, {o.owner_id for o in items if o.owner_id})
    known = await week(turn.session, actor, turn.now)
    message = views.listed(await briefs(turn.session, items), names, total, known, turn.now)
    if actor.roles & set(SUPERVISORS):
        message = views.with_choice(message, await turn.session.get(Hearing, turn.account.id))
    turn.send(message)


async def _grant(turn: Turn) -> Grant:
    grant = (await turn.actor()).top(*SUPERVISORS)
    if grant is None:
        raise UserError("access.supervisors_only")
    return grant


async def begin(turn: Turn, _arguments: Sequence[str]) -> None:
    await _grant(turn)
    await turn.begin(AlertHours)


async def _times(_turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    """The hour that she has typed."""
    try:
        at = clock_time(query)
    except Unreadable:
        raise UserError("digest.bad_hour") from None
    return [Option(f"{at:%H:%M}", Text("hearing.at", {"at": at}), exact=True)]


def _span(filled: AlertHours) -> tuple[time, time]:
    if filled.hours is None:
        return SPANS[Hours.DAY]
    if filled.hours == Hours.OWN:
        assert filled.since is not None, "it was asked"
        assert filled.until is not None, "it was asked"
        return time.fromisoformat(filled.since), time.fromisoformat(filled.until)
    return SPANS[filled.hours]


async def submit(turn: Turn, filled: AlertHours, _draft: Draft) -> Filed:
    grant = await _grant(turn)
    unit = await turn.session.get_one(Unit, grant.unit_id)
    least = (await rules_for(turn.session, unit)).alert_least_hours
    since, until = _span(filled)
    chosen = await choose(turn.session, turn.account.id, since, until, filled.kinds, least)
    turn.audit("hearing.chosen", f"account:{turn.account.id}", causes=chosen.causes)
    return Filed(None, (Text("hearing.chosen"), views.choice(chosen), Text("hearing.safe")))


FEATURE = Feature(
    commands={"alerts": alerts},
    actions={"alerthours": begin},
    forms=(FormSpec(AlertHours, submit, {"alerttimes": _times}, final=True),),
    menu=(MenuItem("alerts", SUPERVISORS),),
)
