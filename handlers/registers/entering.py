"""A record is entered, corrected, taken back, followed up; its figures go with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.registers.declaration import Register
from handlers.registers.lookup import hers, register_of
from handlers.registers.views import title
from handlers.turn import Turn
from models.access import Action, Grant
from models.cards import briefs, facts, words_of
from models.corrections import reconsider
from models.daily import day_of
from models.messages import Button, Outbound, Rows, Text, UserError
from models.obligations import Kind
from models.records import ask_verdict, end_follow_up, follow_up, record_finding
from models.registers import Submission
from models.tallies import counted_at, take_back, tally
from models.units import Unit, district_of
from models.verification import grid_for


async def _grant(turn: Turn, register: type[Register]) -> Grant:
    """The unit for which she enters."""
    grant = (await turn.actor()).top(*register.enters)
    if grant is None:
        raise UserError("records.not_yours", title=title(register))
    return grant


async def enter(turn: Turn, arguments: Sequence[str]) -> None:
    """A new record; the second argument is the daily report that lacks it."""
    register = register_of(turn, arguments)
    await _grant(turn, register)
    if len(arguments) < 2:
        await turn.begin(register)
        return
    item = await turn.obligation(arguments[1:], Action.VERIFY, Kind.ZERO)
    await turn.begin(register, {"report": item.id})


async def record_for(turn: Turn, arguments: Sequence[str]) -> None:
    """A daily report lacks something that belongs into a register: which?"""
    item = await turn.obligation(arguments, Action.VERIFY, Kind.ZERO)
    roles = (await turn.actor()).roles
    mine = [one for one in await hers(turn) if roles & set(one.enters)]
    rows = tuple((Button(title(one), f"a:enter:{one.code}:{item.id}"),) for one in mine)
    turn.send(Outbound((Text("records.choose"),), rows))


async def _counts_at(turn: Turn, draft: Draft, unit: Unit) -> datetime:
    """Now; in the day of the report that it was entered for."""
    if "report" not in draft.context:
        return turn.now
    claimed = str(draft.context["report"])
    item = await turn.obligation([claimed], Action.VERIFY, Kind.ZERO)
    there = await turn.session.get(Unit, item.unit_id)
    inside = there is not None and unit.path.startswith(there.path)
    return min(turn.now, day_of(item)[1].until_at) if inside else turn.now


async def submit(turn: Turn, filled: Register, draft: Draft) -> Filed:
    """File a record, count it, say who looks at it; a correction stays where it was entered."""
    register = type(filled)
    unit_id = (await _grant(turn, register)).unit_id
    if "corrects" in draft.context:
        corrected = await turn.session.get(Submission, draft.context["corrects"])
        unit_id = corrected.unit_id or unit_id if corrected else unit_id
    unit = await turn.session.get(Unit, unit_id)
    assert unit is not None, "a role is held in a unit"
    record = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    at = await _counts_at(turn, draft, unit)
    at = await tally(turn.session, record, register.figures(filled), at)
    if at < turn.now:
        await reconsider(turn.session, unit, at, turn.now)
    if register.verifies is not None:
        role = register.verifies
        await ask_verdict(turn.session, register.code, unit, role, turn.now, turn.zone)
    lines = [Text("records.filed", {"title": title(register)})]
    lines += await _follow_up(turn, filled, record, unit)
    again = "corrects" not in draft.context
    return Filed(record, tuple(lines), _another(register) if again else ())


def _another(register: type[Register]) -> Rows:
    """The next one is at hand."""
    return ((Button(Text("records.another"), f"a:enter:{register.code}"),),)


async def _follow_up(turn: Turn, filled: Register, record: Submission, unit: Unit) -> list[Text]:
    """What becomes due because of what it tells."""
    rule = filled.follow_up
    if rule is None or not rule.when(filled):
        await end_follow_up(turn.session, record.supersedes_id, turn.now)
        return []
    told = {name: str(getattr(filled, name)) for name in rule.about if hasattr(filled, name)}
    top = await district_of(turn.session, unit)
    there = await grid_for(turn.session, told.get("address", ""), None, top) or unit
    due_at = turn.now + timedelta(hours=rule.hours)
    what = (rule.words, rule.findings, told)
    await follow_up(turn.session, record, there, due_at, *what, turn.now)
    return [Text("records.follow_up", {"unit": there.name, "due": due_at})]


async def withdraw(turn: Turn, record: Submission) -> None:
    """It counts no more, and nobody is sent to look."""
    at = await counted_at(turn.session, record.id)
    await take_back(turn.session, record.id)
    unit = await turn.session.get(Unit, record.unit_id)
    if unit is not None and at is not None:
        await reconsider(turn.session, unit, at, turn.now)
    await end_follow_up(turn.session, record.id, turn.now)


async def followed(turn: Turn, arguments: Sequence[str]) -> None:
    """Somebody has looked after it: the second argument says what she found."""
    item = await turn.obligation(arguments, Action.VERIFY, Kind.FOLLOW)
    if not item.is_open():
        raise UserError("claim.over")
    finding = arguments[1] if len(arguments) > 1 else ""
    if finding not in item.facts["findings"]:
        raise UserError("unknown.button")
    await record_finding(turn.session, item, finding, turn.account.id, turn.now)
    turn.audit("followed", f"obligation:{item.id}", finding)
    found = Text(f"{item.facts['register']}.found.{finding}")
    (brief,) = await briefs(turn.session, [item])
    turn.replace(
        Outbound((Text(f"{words_of(item)}.done", {**facts(brief), "found": found}),), protect=True)
    )
