"""Records of registers: whether they were confirmed, who has to look, what has to be followed up.

Knows no form and no words: a register is its code here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Select, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.access import recorded, under
from models.accounts import STAFF_OF, Role
from models.actors import Action, Actor
from models.base import Base
from models.clock import at_local, local_day
from models.crypto import Sealed
from models.obligations import (
    Kind,
    Obligation,
    Outcome,
    by_key,
    fulfil,
    look_again,
    oblige,
    settle,
)
from models.registers import Submission
from models.rules import rules_for
from models.statements import insert_new
from models.tallies import FOLLOWED, Tally
from models.units import ORDER, Unit, chain

BEFORE_CUT_OFF = timedelta(hours=1)  # when the day's records are to be looked at
VERDICT_WITHIN = timedelta(hours=24)


class Verdict(Base):
    """What somebody else found a record to be; a correction of it needs another."""

    __tablename__ = "verdicts"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    confirmed: Mapped[bool]
    note: Mapped[str | None] = mapped_column(Sealed("verdicts.note"))
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(index=True)


# -- which records there are ----------------------------------------------------------------------


def standing(code: str) -> Select[Submission, Verdict]:
    """Records that count, with their verdicts; the `Tally` by which they do is joined."""
    return (
        select(Submission, Verdict)
        .join(Tally, and_(Tally.submission_id == Submission.id, Tally.figure == "total"))
        .outerjoin(Verdict, Verdict.submission_id == Submission.id)
        .where(Submission.form == code)
    )


def records(actor: Actor, code: str, roles: Sequence[Role]) -> Select[Submission, Verdict]:
    """Standing records that she may see, with their verdicts, newest first."""
    return standing(code).where(recorded(actor, roles)).order_by(Submission.id.desc())


def unconfirmed(actor: Actor, code: str, roles: Sequence[Role]) -> Select[Submission, Verdict]:
    """Those that wait for her: nobody has looked at them, and she did not enter them herself."""
    return records(actor, code, roles).where(
        Verdict.submission_id.is_(None), Submission.actor_id != actor.account_id
    )


async def counted(
    session: AsyncSession, actor: Actor, code: str, roles: Sequence[Role], since: datetime
) -> Mapping[str, int]:
    """The figures of the records that she may see, counted after `since`."""
    found = await session.execute(
        select(Tally.figure, func.sum(Tally.n))
        .join(Submission, Submission.id == Tally.submission_id)
        .where(Tally.register == code, Tally.at > since, recorded(actor, roles))
        .group_by(Tally.figure)
    )
    return {figure: int(n) for figure, n in found}


# -- verdicts -------------------------------------------------------------------------------------


async def give_verdict(
    session: AsyncSession,
    found: Sequence[Submission],
    by: int,
    now: datetime,
    note: str | None = None,
) -> None:
    """Confirm records, or send them back with a word. The first one to look decides; a word may
    be put better."""
    rows = [
        {
            "submission_id": record.id,
            "confirmed": note is None,
            "note": note,
            "by_id": by,
            "at": now,
        }
        for record in found
    ]
    await insert_new(session, Verdict, rows)
    if note is not None:
        mine = Verdict.submission_id == found[0].id, Verdict.by_id == by
        await session.execute(update(Verdict).where(*mine).values(note=note))


async def verifying_unit(session: AsyncSession, unit: Unit, role: Role) -> Unit:
    """The nearest unit, upwards, whose staff verifies: the role's own level, or one above it."""
    level = next(level for level, staff in STAFF_OF.items() if staff == role)
    units = await chain(session, unit)
    fitting = [units[one] for one in ORDER[: ORDER.index(level) + 1] if one in units]
    return fitting[-1]


async def ask_verdict(
    session: AsyncSession, code: str, unit: Unit, role: Role, now: datetime, zone: ZoneInfo
) -> None:
    """The day's records of a register wait for the unit that verifies them: one thing to do, an
    hour before the cut-off."""
    there = await verifying_unit(session, unit, role)
    at = await _looked_at(session, there, now, zone)
    key = _key(code, there.id, local_day(at, zone))
    row = {"key": key, "kind": Kind.RECORD, "unit_id": there.id, "facts": {"register": code}}
    await oblige(session, [{**row, "opens_at": at, "due_at": at + VERDICT_WITHIN}])
    item = await by_key(session, key)
    if item is not None and not item.is_open():
        item.outcome = item.outcome_at = item.outcome_by = None
        await look_again(session, item, at)


async def _looked_at(session: AsyncSession, unit: Unit, now: datetime, zone: ZoneInfo) -> datetime:
    hour = (await rules_for(session, unit)).cut_off
    day = local_day(now, zone)
    at = at_local(day, hour, zone) - BEFORE_CUT_OFF
    return at if at > now else at_local(day + timedelta(days=1), hour, zone) - BEFORE_CUT_OFF


def _key(code: str, unit_id: int, on: date) -> str:
    return f"record:{code}:u{unit_id}:{on.isoformat()}"


async def end_looking(session: AsyncSession, actor: Actor, code: str, now: datetime) -> None:
    """Where nothing of hers waits for a verdict any more, there is nothing to do any more."""
    open_ = await session.execute(
        select(Obligation, Unit.path)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            Obligation.kind == Kind.RECORD,
            Obligation.outcome.is_(None),
            Obligation.key.startswith(f"record:{code}:", autoescape=True),
            under(actor.paths(Action.VERIFY), Obligation.unit_id),
        )
    )
    for item, path in open_.all():
        waiting = await session.scalar(
            select(Tally.id)
            .join(Unit, Unit.id == Tally.unit_id)
            .outerjoin(Verdict, Verdict.submission_id == Tally.submission_id)
            .where(
                Tally.register == code,
                Tally.figure == "total",
                Unit.path.startswith(path),
                Verdict.submission_id.is_(None),
            )
            .limit(1)
        )
        if waiting is None:
            await fulfil(session, item, actor.account_id, now)


# -- follow-ups -----------------------------------------------------------------------------------


async def follow_up(
    session: AsyncSession,
    record: Submission,
    unit: Unit,
    due_at: datetime,
    words: str,
    findings: Sequence[str],
    about: Mapping[str, Any],
    now: datetime,
    kind: Kind = Kind.FOLLOW,
    again: str = "",
) -> None:
    """Somebody of the unit has to look after a record. A correction hands it on to the new one;
    after the finding `again` it is looked after anew."""
    before = await _followed(session, record.supersedes_id)
    if before is not None and not before.is_open() and not _asks(before, again):
        before.key = _follow_key(record.id)
        return
    if before is not None and before.is_open():
        await settle(session, [before], Outcome.CANCELLED, None, now, "corrected")
    row: dict[str, Any] = {
        "key": _follow_key(record.id),
        "kind": kind,
        "unit_id": unit.id,
        "facts": {
            "register": record.form,
            "record": record.id,
            "findings": list(findings),
            "words": words,
            **({"advice": before.facts["advice"]} if before and "advice" in before.facts else {}),
        },
        "detail": json.dumps(dict(about), ensure_ascii=False),
        "owner_id": before.owner_id if before is not None else None,
        "opens_at": now,
        "due_at": due_at,
    }
    await oblige(session, [row])


def _asks(before: Obligation, again: str) -> bool:
    """Did it end with the finding that asks for another look?"""
    return bool(again) and before.reason == again


async def end_follow_up(session: AsyncSession, submission_id: int | None, now: datetime) -> None:
    """Nothing is to be followed up any more: it was an error, or was taken back."""
    before = await _followed(session, submission_id)
    if before is not None and before.is_open():
        await settle(session, [before], Outcome.CANCELLED, None, now, "corrected")


async def record_finding(
    session: AsyncSession, item: Obligation, finding: str, by: int, now: datetime
) -> None:
    """It was followed up: that counts, now, in the unit of the record."""
    await fulfil(session, item, by, now)
    item.reason = finding
    record = await session.get(Submission, item.facts["record"])
    if record is not None and record.unit_id is not None:
        session.add(
            Tally(
                register=record.form,
                figure=finding if item.kind == Kind.CHECK else FOLLOWED,
                unit_id=record.unit_id,
                at=now,
                n=1,
                submission_id=record.id,
            )
        )


async def _followed(session: AsyncSession, submission_id: int | None) -> Obligation | None:
    return None if submission_id is None else await by_key(session, _follow_key(submission_id))


def _follow_key(submission_id: int) -> str:
    return f"follow:s{submission_id}"
