"""What became of the rows of a sheet, and the trace of it in the audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.messages import Text


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """`code` is the one-time code that a new member of staff signs in with."""

    outcome: Outcome
    reasons: tuple[Text, ...] = ()
    code: str = ""


Results: TypeAlias = Mapping[int, Result]  # by the row's number


def refused(*reasons: Text) -> Result:
    return Result(Outcome.REFUSED, reasons)


def note(
    session: AsyncSession,
    kind: str,
    results: Iterable[Result],
    now: datetime,
    account_id: int | None = None,
) -> None:
    """Audit what is written in this transaction, as counts; nothing when nothing changes."""
    counts = Counter(result.outcome for result in results)
    new, changed = counts[Outcome.NEW], counts[Outcome.CHANGED]
    if new or changed:
        audit.record(session, now, account_id, "import", kind, landed=new, changed=changed)
