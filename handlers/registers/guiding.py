"""A gathering: the village names who attends, she advises the host, and tells what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.registers.form import Advice, Attended, Outcome
from handlers.registers.gathering import Gathering
from handlers.registers.lookup import number
from handlers.turn import Turn
from models.actors import Action
from models.cards import briefs, card, facts
from models.guiding import access_guided, attended, officers
from models.messages import Button, Outbound, Text, UserError, verbatim
from models.obligations import Obligation
from models.outbox import Priority
from models.registers import Submission
from models.units import Unit

HELD = (Outcome.HELD, Outcome.SIMPLIFIED, Outcome.STOPPED)  # somebody was there and saw it


async def tell(turn: Turn, _argument: str) -> None:
    """Anybody tells of a gathering of hers, or of her guests."""
    await turn.begin(Gathering)


async def _open(turn: Turn, claimed: int) -> Obligation:
    item = await access_guided(turn.session, await turn.actor(), claimed)
    if not item.is_open():
        raise UserError("claim.over")
    return item


async def _naming(turn: Turn, claimed: int) -> Obligation:
    """The village's to give; she who was named may hand it on."""
    item, actor = await _open(turn, claimed), await turn.actor()
    unit = await turn.session.get_one(Unit, item.unit_id)
    if item.owner_id != actor.account_id and not actor.may(Action.OVERSEE, unit.path):
        raise UserError("access.denied")
    return item


async def choose(turn: Turn, arguments: Sequence[str]) -> None:
    """Who attends?"""
    item = await _naming(turn, number(arguments, 0))
    rows = tuple(
        (Button(verbatim(name), f"a:guideby:{item.id}:{account}"),)
        for account, name in await officers(turn.session, item, turn.now)
    )
    turn.send(Outbound((Text("guide.who"),), rows))


async def appoint(turn: Turn, arguments: Sequence[str]) -> None:
    """She is named, and hears what it is about."""
    item = await _naming(turn, number(arguments, 0))
    able = dict(await officers(turn.session, item, turn.now))
    chosen = number(arguments, 1)
    if chosen not in able:
        raise UserError("unknown.button")
    item.owner_id = chosen
    turn.audit("guide.named", f"obligation:{item.id}", account=chosen)
    (brief,) = await briefs(turn.session, [item])
    if chosen != turn.account.id:
        turn.tell(chosen, card(brief, "named", own=True), f"guide:{item.id}:a{chosen}")
        turn.replace(Outbound((Text("guide.appointed", {**facts(brief), "who": able[chosen]}),)))
        return
    turn.replace(card(brief, "named", own=True))


async def begin_advice(turn: Turn, arguments: Sequence[str]) -> None:
    item = await _open(turn, number(arguments, 0))
    await turn.begin(Advice, {"duty": item.id})


async def submit_advice(turn: Turn, filled: Advice, draft: Draft) -> Filed:
    """The host hears what the village asks of her; it stays on the card."""
    item = await _open(turn, int(draft.context["duty"]))
    record = await turn.session.get_one(Submission, item.facts["record"])
    submission = await turn.file(filled, draft, person_id=None, unit_id=item.unit_id)
    item.facts = {**item.facts, "advice": filled.wish}
    turn.audit("guide.advised", f"obligation:{item.id}", wish=filled.wish)
    wish = Text(f"advice.wish.choice.{filled.wish}")
    told = Text("guide.advice", {"wish": wish, "word": filled.word or ""})
    if record.actor_id != turn.account.id:
        key = f"advice:{submission.id}"
        turn.tell(record.actor_id, Outbound((told,)), key, Priority.NOTICE)
    return Filed(submission, (Text("guide.advised", {"wish": wish}),))


async def begin_attended(turn: Turn, arguments: Sequence[str]) -> None:
    item = await _open(turn, number(arguments, 0))
    await turn.begin(Attended, {"duty": item.id})


async def submit_attended(turn: Turn, filled: Attended, draft: Draft) -> Filed:
    """What came of the day; it ends the duty and counts."""
    item = await _open(turn, int(draft.context["duty"]))
    submission = await turn.file(filled, draft, person_id=None, unit_id=item.unit_id)
    figures = {
        "guided": int(filled.outcome in HELD),
        "postponed": int(filled.outcome in (Outcome.POSTPONED, Outcome.CANCELLED)),
        "stopped": int(filled.outcome == Outcome.STOPPED),
        "tables": filled.tables or 0,
    }
    await attended(turn.session, item, filled.outcome, figures, turn.account.id, turn.now)
    turn.audit("guide.attended", f"obligation:{item.id}", filled.outcome)
    outcome = Text(f"attended.outcome.choice.{filled.outcome}")
    lines = [Text("guide.done", {"outcome": outcome})]
    if filled.fevers:
        lines.append(Text("guide.fevers", {"n": filled.fevers}))
    return Filed(submission, tuple(lines))
