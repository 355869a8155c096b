"""What stands at the head of every document about some days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from models.clock import local_day
from models.documents.notice import lapsed_text
from models.documents.series import IssuedDocument
from models.messages import Value
from models.reports.periods import Period
from models.units import Unit


def head_of(
    document: IssuedDocument, unit: Unit, days: tuple[date, date], period: Period
) -> Mapping[str, Value]:
    """Which one of whose it is, and about when. No day of issue lies before its cut-off."""
    return {
        "number": document.number_text(unit),
        "issue": document.number,
        "year": str(document.year),
        "unit": unit.name,
        "since": days[0],
        "until": days[1],
        "since_at": period.since_at,
        "until_at": period.until_at,
        "issued_on": max(local_day(document.issued_at, period.zone), period.on),
        "remark": lapsed_text(),
    }
