"""The daily report: read, completed, confirmed with one tap; who below has not, and a nudge."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.turn import Turn
from handlers.zero import views
from handlers.zero.form import Addition
from models.accounts import SUPERVISORS, TEAM
from models.actors import Action, Grant
from models.cards import briefs, card
from models.clock import local_day
from models.corrections import reconsider
from models.daily import compose_again, confirm, day_of, newest_report, owed_by
from models.messages import Outbound, Text, UserError
from models.obligations import Kind, Obligation
from models.outbox import Priority
from models.registers import Submission
from models.reports.figures import count_below
from models.reports.periods import Period, closed_period, running_period
from models.reports.sections import SECTIONS
from models.reports.sheet import stamp
from models.rules import rules_for
from models.standing import staff_of, standing
from models.tallies import take_back, tally
from models.units import Level, Unit

ADDABLE = tuple(f"{section.code}.{name}" for section in SECTIONS for name in section.addable)


async def zero(turn: Turn, _argument: str) -> None:
    """Her report, if one waits; else how things stand."""
    actor = await turn.actor()
    grant = actor.top(*TEAM)
    if grant is None:
        raise UserError("access.staff_only")
    if await _ask_next(turn):
        return
    if grant.level in (Level.DISTRICT, Level.TOWNSHIP):
        await _overview(turn, grant)
    else:
        await _running(turn, grant)


async def _card(turn: Turn, item: Obligation) -> Outbound:
    (brief,) = await briefs(turn.session, [item])
    return views.report(brief)


async def _ask_next(turn: Turn) -> bool:
    """Show the newest report that her units owe, if there is one."""
    mine = [one.unit_id for one in (await turn.actor()).grants if one.role in TEAM]
    item = await owed_by(turn.session, mine)
    if item is None:
        return False
    await compose_again(turn.session, item)
    turn.send(await _card(turn, item))
    return True


async def _unit(turn: Turn, unit_id: int) -> Unit:
    unit = await turn.session.get(Unit, unit_id)
    assert unit is not None, "a role is held in a unit"
    return unit


async def _running(turn: Turn, grant: Grant) -> None:
    unit = await _unit(turn, grant.unit_id)
    period = await running_period(turn.session, unit, turn.now, turn.zone)
    figures = (await count_below(turn.session, unit, period, SECTIONS))[unit.id]
    last = await newest_report(turn.session, unit.id)
    grids = (await rules_for(turn.session, unit)).grids_report
    village = grant.level == Level.VILLAGE
    turn.send(
        views.running(
            unit, last, period, figures, owes=village or grids, oversees=village and grids
        )
    )


# -- confirming -----------------------------------------------------------------------------------


async def _report(turn: Turn, arguments: Sequence[str]) -> Obligation:
    return await turn.obligation(arguments, Action.VERIFY, Kind.ZERO)


async def report_ok(turn: Turn, arguments: Sequence[str]) -> None:
    """She signs what she was shown; if it has moved since, she is shown it first."""
    item = await _report(turn, arguments)
    unit = await _unit(turn, item.unit_id)
    on, _ = day_of(item)
    if not item.is_open():
        raise UserError("zero.already", unit=unit.name, on=on, at=item.outcome_at)
    await compose_again(turn.session, item)
    (brief,) = await briefs(turn.session, [item])
    shown = arguments[1] if len(arguments) > 1 else ""
    if shown != stamp(item.facts["figures"]):
        turn.replace(views.changed(brief))
        return
    await confirm(turn.session, item, turn.account.id, turn.now)
    turn.audit("report.confirmed", f"unit:{unit.id}", on=on.isoformat(), zero=item.facts["zero"])
    turn.replace(views.confirmed(item, unit, on))
    await _ask_next(turn)


# -- what is missing ------------------------------------------------------------------------------


async def report_add(turn: Turn, arguments: Sequence[str]) -> None:
    """Something happened that stands in no record."""
    item = await _report(turn, arguments)
    await turn.begin(Addition, {"report": item.id})


async def _addable(_turn: Turn, _draft: Draft, _query: str) -> Sequence[Option]:
    return [Option(name, Text(f"daily.add.{name}")) for name in ADDABLE]


async def submit(turn: Turn, filled: Addition, draft: Draft) -> Filed:
    """A record of its own: it counts in the day of the report, with a reason and a name."""
    item = await _report(turn, [str(draft.context.get("report", ""))])
    if filled.figure not in ADDABLE:
        raise UserError("unknown.button")
    _, period = day_of(item)
    record = await turn.file(
        filled, draft, person_id=None, unit_id=item.unit_id, obligation_id=item.id
    )
    await tally(turn.session, record, {filled.figure: filled.number}, period.until_at)
    turn.audit("report.added", f"unit:{item.unit_id}", figure=filled.figure, n=filled.number)
    figure = Text(f"daily.add.{filled.figure}")
    said = Text("zero.added", {"figure": figure, "n": filled.number})
    if not item.is_open():
        await reconsider(turn.session, await _unit(turn, item.unit_id), period.until_at, turn.now)
        return Filed(record, (said,))
    await compose_again(turn.session, item)
    shown = await _card(turn, item)
    return Filed(record, (said, *shown.lines), shown.rows)


async def withdraw(turn: Turn, record: Submission) -> None:
    """It counts no more, here and in what was reported with it."""
    await take_back(turn.session, record.id)
    item = await _report(turn, [str(record.obligation_id)])
    if item.is_open():
        await compose_again(turn.session, item)
        return
    _, period = day_of(item)
    await reconsider(turn.session, await _unit(turn, item.unit_id), period.until_at, turn.now)


# -- the unit above -------------------------------------------------------------------------------


async def reports(turn: Turn, _arguments: Sequence[str]) -> None:
    await _overview(turn, await _supervisor(turn))


async def _supervisor(turn: Turn) -> Grant:
    grant = (await turn.actor()).top(*SUPERVISORS)
    if grant is None:
        raise UserError("access.supervisors_only")
    return grant


async def _closed(turn: Turn, unit: Unit) -> Period:
    return await closed_period(turn.session, unit, turn.now, turn.zone)


async def _overview(turn: Turn, grant: Grant) -> None:
    """How the last closed day stands below her."""
    unit = await _unit(turn, grant.unit_id)
    period = await _closed(turn, unit)
    found = await standing(turn.session, unit, period)
    turn.audit("reports.read", f"unit:{unit.id}")
    turn.send(views.overview(unit, local_day(period.until_at, turn.zone), found))


async def nudge(turn: Turn, _arguments: Sequence[str]) -> None:
    """One more reminder to every unit that is missing, at most one an hour."""
    grant = await _supervisor(turn)
    unit = await _unit(turn, grant.unit_id)
    missing = (await standing(turn.session, unit, await _closed(turn, unit))).missing
    if not missing:
        raise UserError("zero.none_missing")
    staff = await staff_of(turn.session, [there.id for _, there in missing], turn.now)
    hour = f"{turn.now:%Y-%m-%dT%H}"
    for brief in await briefs(turn.session, [item for item, _ in missing]):
        message = card(brief, "remind")
        for account in staff[brief.unit.id]:
            key = f"nudge:{brief.obligation.key}:{hour}:a{account}"
            turn.tell(account, message, key, Priority.REMINDER)
    turn.audit("reports.nudged", f"unit:{unit.id}", n=len(missing))
    silent = [there for _, there in missing if not staff[there.id]]
    lines = [Text("zero.nudged", {"n": len(missing) - len(silent)})]
    if silent:
        lines.append(Text("zero.nobody", {"names": views.names_of(silent)}))
    turn.send(Outbound(tuple(lines)))


FEATURE = Feature(
    commands={"zero": zero},
    actions={
        "reportok": report_ok,
        "reportadd": report_add,
        "reports": reports,
        "reportnudge": nudge,
    },
    forms=(FormSpec(Addition, submit, {"addable": _addable}, withdraw=withdraw),),
    menu=(MenuItem("zero", TEAM),),
)
