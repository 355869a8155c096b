"""Who was in a venue at the period's end (A23): guests that entered and had not left."""

from __future__ import annotations

from sqlalchemy import case, func, select

from models.reports.figures import Counting, Section
from models.reports.periods import Period, happened
from models.stays import Stay


def _inside(period: Period) -> Counting:
    still = case((happened(Stay.until_at, period.until_at), 0), else_=Stay.people)
    return select(func.coalesce(func.sum(still), 0).label("now")).where(
        Stay.since_at <= period.until_at
    )


INSIDE = Section("inside", Stay.unit_id, _inside)
