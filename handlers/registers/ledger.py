"""The ledger of a register, from its declaration alone: a column for each answer, and what became
of the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.engine.plan import plan
from handlers.engine.question import Question
from handlers.engine.words import field_label
from handlers.registers.declaration import Register
from handlers.registers.views import MASKED, listing, state, title
from models.access import recorded
from models.accounts import Role
from models.documents.kinds import Row
from models.identity import mask_id
from models.ledgers.declaration import Column, Entry, Ledger, Scope, column
from models.messages import Text, Value, verbatim
from models.records import standing
from models.registers import Submission
from models.reports.periods import within
from models.tallies import Tally
from models.units import Unit

_WIDE = 20


def ledger_of(register: type[Register]) -> Ledger:
    """For whoever may read the register, or the one whose guests it lets out; for whoever enters
    it what she has entered."""
    answers = [
        Column(f"answer.{field}", field_label(register, field), _WIDE)
        for field in register.model_fields
    ]
    judged = (column("verdict"), column("judged", 17), column("word", 20))
    return Ledger(
        register.code,
        title(register),
        (
            *(column("receipt", 14), column("at", 17), column("unit", 16), *answers),
            *(judged if register.verifies else ()),
        ),
        partial(_listed, register),
        partial(_read, register),
        roles=_readers(register),
        enters=tuple(register.enters),
    )


def _readers(register: type[Register]) -> tuple[Role, ...]:
    return tuple((register.exits or register).readers())


def _listed(register: type[Register], scope: Scope) -> Select[int]:
    """Standing records, at the instant at which each counts: the register's own total."""
    return (
        standing(register.code)
        .with_only_columns(Submission.id, maintain_column_froms=True)
        .join(Unit, Unit.id == Submission.unit_id)
        .where(
            Unit.path.startswith(scope.unit.path),
            recorded(scope.actor, _readers(register)),
            within(Tally.at, scope.period),
        )
        .order_by(Submission.id)
    )


async def _read(
    register: type[Register], session: AsyncSession, scope: Scope, ids: Sequence[int]
) -> Sequence[Entry]:
    found = await session.execute(
        standing(register.code)
        .add_columns(Tally.at, Unit.name)
        .join(Unit, Unit.id == Submission.unit_id)
        .where(Submission.id.in_(ids))
        .order_by(Submission.id)
    )
    return [
        Entry(
            record.id,
            record.unit_id or scope.unit.id,
            at,
            {
                "receipt": record.receipt,
                "at": record.at,
                "unit": unit,
                **_answers(register, record, scope),
                "verdict": state(register, verdict),
                "judged": verdict.at if verdict else None,
                "word": verdict.note if verdict else None,
            },
            record.person_id,
        )
        for record, verdict, at, unit in found
    ]


def _answers(register: type[Register], record: Submission, scope: Scope) -> Row:
    values, labels = record.values(), record.labels()
    by_name = plan(register).by_name
    return {
        f"answer.{field}": _answer(by_name[field], values.get(field), labels, scope)
        for field in register.model_fields
    }


def _answer(question: Question, raw: Any, labels: dict[str, str], scope: Scope) -> Value:
    """One answer: numbers and days as such, everything else in words."""
    if raw is None:
        return None
    if not scope.whole and (hidden := _masked(question, raw)) is not None:
        return hidden
    try:
        value = question.adapter.validate_python(raw)
    except ValidationError:  # a record of an older version
        return verbatim(str(raw))
    if isinstance(value, int | Decimal | datetime | date) and not isinstance(value, bool):
        return value
    return question.show(value, labels)


def _masked(question: Question, raw: Any) -> Text | None:
    """What stands for an answer that tells who somebody is; None when it does not."""
    if question.name == "document":
        return verbatim(mask_id(str(raw["number"])))
    if question.name in MASKED:
        return verbatim(MASKED[question.name](str(raw)))
    if listing(raw):
        return Text("records.people", {"n": len(raw)})
    return verbatim("***") if question.ask.personal else None
