"""Ledgers asked for in chat: /export, which, which days. Whoever does jobs writes the sheet.

Masked unless she types a reason; who had what, and why, is written down here and when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.claims import claimed_number
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.ledgers import views
from handlers.ledgers.form import LedgerDays, LedgerFull, LedgerReason, LedgerUnit
from handlers.places import units_named
from handlers.spans import checked, days_of
from handlers.turn import Turn
from models.accounts import TEAM, Role
from models.documents.templates import decides
from models.jobs import file_job
from models.ledgers.declaration import LEDGER, Ledger
from models.ledgers.people import LEAD_LEDGER, OBSERVATION_LEDGER, TEST_LEDGER
from models.ledgers.problems import PROBLEM_LEDGER
from models.messages import Outbound, UserError
from models.registers import entered, new_receipt
from models.units import Unit, children, unit_by_code

READERS = (*TEAM, Role.INSPECTOR)
ENTERS = (Role.VENUE, Role.SENTINEL)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A ledger of a unit that she may have like this."""

    ledger: Ledger
    unit: Unit
    whole: bool

    @property
    def context(self) -> Mapping[str, Any]:
        """What a form about it is begun with."""
        return {"ledger": self.ledger.code, "unit": self.unit.id, "whole": self.whole}


async def export(turn: Turn, _argument: str) -> None:
    """Which of those that she may have; of what she only enters, where she has entered any."""
    actor, every = await turn.actor(), list(turn.registry.ledgers.values())
    able = [one for one in every if one.grant(actor) is not None]
    if not able:
        raise UserError("access.ledgers_only")
    own = {one.code for one in able if not one.paths(actor)}
    has = await entered(turn.session, actor.account_id, own) if own else set()
    hers = [one for one in able if one.code not in own or one.code in has]
    if not hers:
        raise UserError("ledger.none_entered")
    turn.send(views.choose(hers))


async def ledger(turn: Turn, arguments: Sequence[str]) -> None:
    """One ledger: which days, of which unit, masked or not."""
    code, span, unit, how = (*arguments, "", "", "", "")[:4]
    asked = await _asked(turn, code, claimed_number(unit or "0"), whole=how == views.WHOLE)
    match span:
        case "":
            turn.replace(await _card(turn, asked))
        case "unit":
            await turn.begin(LedgerUnit, asked.context)
        case "days":
            await turn.begin(LedgerFull if asked.whole else LedgerDays, asked.context)
        case _:
            await _take(turn, asked, *days_of(span, turn.today))


async def _asked(turn: Turn, code: str, unit_id: int, *, whole: bool) -> _Asked:
    """What a button or a form claims, if it is hers; without a unit it is of her own."""
    found = turn.registry.ledgers.get(code)
    if found is None:
        raise UserError("unknown.button")
    actor = await turn.actor()
    grant = found.grant(actor)
    if grant is None:
        raise UserError("access.ledgers_only")
    unit = await turn.session.get(Unit, unit_id or grant.unit_id)
    if unit is None or not found.may(actor, unit, whole=whole):
        raise UserError("access.denied")
    return _Asked(found, unit, whole)


async def _card(turn: Turn, asked: _Asked) -> Outbound:
    actor, unit, ledger = await turn.actor(), asked.unit, asked.ledger
    own = ledger.own(actor, unit)
    return views.days(
        ledger,
        unit,
        whole=asked.whole,
        unmasks=ledger.may(actor, unit, whole=True),
        own=own,
        other=len(actor.grants) > 1 if own else bool(await children(turn.session, unit)),
        heads=decides(actor) is not None,
    )


async def _take(turn: Turn, asked: _Asked, first: date, last: date) -> None:
    """It is made; one that is not masked after she has said why."""
    if asked.whole:
        days = {"first": first.isoformat(), "last": last.isoformat()}
        await turn.begin(LedgerReason, {**asked.context, **days})
    else:
        turn.replace(await _file(turn, asked, first, last, ""))


async def _file(turn: Turn, asked: _Asked, first: date, last: date, reason: str) -> Outbound:
    unit, number = asked.unit, new_receipt(turn.today)
    told = {"first": first.isoformat(), "last": last.isoformat(), "number": number}
    what = {"ledger": asked.ledger.code, "whole": asked.whole}
    turn.audit("ledger.asked", f"unit:{unit.id}", reason, **what, **told)
    task = {**what, **told, "unit": unit.id, "reason": reason}
    await file_job(turn.session, LEDGER, turn.account.id, task, turn.now)
    return views.writing(asked.ledger, unit, (first, min(last, turn.today)), number)


# -- what is typed --------------------------------------------------------------------------------


async def _meant(turn: Turn, draft: Draft) -> _Asked:
    """What a form was begun about: a role may have ended meanwhile."""
    about = draft.context
    return await _asked(turn, str(about["ledger"]), int(about["unit"]), whole=bool(about["whole"]))


async def submit_days(turn: Turn, filled: LedgerDays, draft: Draft) -> Filed:
    """Any days; one that is not masked comes with the reason."""
    first, last = checked(filled.first, filled.last, turn.today)
    reason = filled.reason if isinstance(filled, LedgerFull) else ""
    asked = await _meant(turn, draft)
    return Filed(None, (await _file(turn, asked, first, last, reason)).lines)


async def submit_unit(turn: Turn, filled: LedgerUnit, draft: Draft) -> None:
    asked = await _meant(turn, draft)
    unit = await unit_by_code(turn.session, filled.unit)
    chosen = await _asked(turn, asked.ledger.code, unit.id if unit else -1, whole=asked.whole)
    turn.send(await _card(turn, chosen))


async def submit_reason(turn: Turn, filled: LedgerReason, draft: Draft) -> Filed:
    asked = await _meant(turn, draft)
    first, last = (date.fromisoformat(str(draft.context[end])) for end in ("first", "last"))
    return Filed(None, (await _file(turn, asked, first, last, filled.reason)).lines)


async def branches(turn: Turn, draft: Draft, query: str) -> Sequence[Option]:
    """The units of which she may have it."""
    asked = await _meant(turn, draft)
    return await units_named(turn, asked.ledger.branches(await turn.actor()), query)


FEATURE = Feature(
    commands={"export": export},
    actions={"ledger": ledger},
    forms=(
        FormSpec(LedgerDays, submit_days, final=True),
        FormSpec(LedgerFull, submit_days, final=True),
        FormSpec(LedgerUnit, submit_unit, {"branches": branches}, final=True),
        FormSpec(LedgerReason, submit_reason, final=True),
    ),
    ledgers=(LEAD_LEDGER, OBSERVATION_LEDGER, TEST_LEDGER, PROBLEM_LEDGER),
    menu=(MenuItem("export", (*READERS, *ENTERS), drawer=Drawer.PAPERS),),
)
