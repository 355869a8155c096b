"""Leads by channel, a section of the daily sheet each: what came, what was answered in time or
late, what is open. Whoever was heard of through several channels counts once, by the first, so the
channels add up to the section of all leads."""

from __future__ import annotations

from sqlalchemy import and_, or_, select

from models.leads import Lead, LeadOutcome, LeadSource
from models.obligations import Kind, Obligation, Outcome
from models.reports.checks import Check
from models.reports.figures import Counting, Section
from models.reports.periods import Period, happened, rows, within


def _section(channel: LeadSource) -> Section:
    def query(period: Period) -> Counting:
        came, ended = within(Lead.created_at, period), within(Lead.outcome_at, period)
        is_open = ~happened(Lead.outcome_at, period.until_at)
        late = and_(Obligation.outcome.is_not(None), Obligation.outcome == Outcome.LATE)
        duty = and_(Obligation.lead_id == Lead.id, Obligation.kind == Kind.VERIFY)
        return (
            select(
                rows(came).label("new"),
                rows(and_(ended, ~late)).label("in_time"),
                rows(and_(ended, late)).label("late"),
                rows(is_open).label("open"),
            )
            .select_from(Lead)
            .outerjoin(Obligation, duty)
            .where(
                Lead.source == channel,
                Lead.created_at <= period.until_at,
                or_(Lead.outcome.is_(None), Lead.outcome != LeadOutcome.MERGED),
                or_(came, ended, is_open),
            )
        )

    return Section(f"from_{channel}", Lead.unit_id, query)


CHANNELS = tuple(_section(channel) for channel in LeadSource)


def _all(*names: str) -> tuple[str, ...]:
    return tuple(f"{section.code}.{name}" for section in CHANNELS for name in names)


# What was added by hand came through no channel.
ALL_CHANNELS = (
    Check("leads.new", plus=(*_all("new"), "added.leads.new")),
    Check("leads.waiting", plus=_all("open")),
    Check(
        "leads.verified",
        plus=(*_all("in_time", "late"), "added.leads.verified", "added.leads.dismissed"),
        minus=("leads.dismissed",),
    ),
)
