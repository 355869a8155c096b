"""Where leads come from: what each source said of a person, and until when it wants an answer.

One person is one lead, however many sources name her. Knows no chat and no sheets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import at_local, local_day
from models.crypto import Sealed, blind_index
from models.identity import IdDocument
from models.leads import Lead, LeadOutcome, LeadSource
from models.rules import Rules

KEEP_DAYS = 90  # how long a report is kept once nothing follows from it
NIGHT, MORNING = time(22), time(7)  # nobody is sent to a door; the ladders' quiet hours
# She is expected at an hour: the clock runs from then. For the others it runs from the push.
ON_ARRIVAL = (LeadSource.SELF_REPORT, LeadSource.VISIT, LeadSource.CHECKPOINT)
BY_DAY = (*ON_ARRIVAL, LeadSource.SENTINEL)  # a night is no time to answer in
PROMISED = (LeadSource.SELF_REPORT, LeadSource.VISIT)  # the hour moves with what she promises


class Batch(Base):
    """Leads that came together, in a push or a letter, and are answered together.

    `place` is the office that sent it. `unit_id` is whose it is: the unit of who brought it.
    `replied_at` is when its whole answer was first handed out.
    """

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("channel", "number", "unit_id"),)

    id: Mapped[Id]
    channel: Mapped[LeadSource] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(60))
    place: Mapped[str | None] = mapped_column(String(120))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    headings: Mapped[list[str]] = mapped_column(default=list)  # of the sheet that it came in
    pushed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    replied_at: Mapped[datetime | None]


class Source(Base):
    """One source of a lead. `row` is its place in the sheet, `confirmed_at` when somebody said that
    an earlier finding holds for it too."""

    __tablename__ = "lead_sources"

    id: Mapped[Id]
    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), index=True)
    channel: Mapped[LeadSource] = mapped_column(String(12))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # who brought it
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    key: Mapped[str | None] = mapped_column(String(32), unique=True)
    row: Mapped[int] = mapped_column(default=0)
    told: Mapped[str | None] = mapped_column(Sealed("lead_sources.told"))
    pushed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    purge_on: Mapped[date] = mapped_column(index=True)

    def facts(self) -> dict[str, Any]:
        """What this source said; empty once that was purged."""
        found: dict[str, Any] = json.loads(self.told) if self.told else {}
        return found


@dataclass(frozen=True, slots=True)
class Told:
    """What a source says of a person; `cells` is its row of a sheet, as it came. `why` is what a
    register saw in her: its code under "register", and what fills the words `<code>.lead`."""

    name: str
    phone: str | None = None
    document: IdDocument | None = None
    address: str = ""
    origin: str = ""
    transport: str = ""
    cells: Sequence[Any] = ()
    arrived: bool = False  # it told since when she is here
    why: Mapping[str, str] = field(default_factory=dict)

    def dump(self) -> str:
        """What `Source.told` holds."""
        kept: dict[str, Any] = {
            "name": self.name,
            "phone": self.phone,
            "document": self.document.model_dump(mode="json") if self.document else None,
            "address": self.address,
            "origin": self.origin,
            "transport": self.transport,
            "cells": list(self.cells),
            "arrived": self.arrived,
            "why": dict(self.why),
        }
        return json.dumps({k: v for k, v in kept.items() if v}, ensure_ascii=False)

    def identity(self) -> str:
        """What makes two rows one person: her document, else name and phone, or the address."""
        if self.document is not None:
            return f"{self.document.kind}:{self.document.number}"
        return f"{self.name}:{self.phone or self.address}"


def source_key(batch_id: int, told: Told) -> str:
    """A person is in a batch once, however often its sheet is taken in."""
    return blind_index(f"{batch_id}:{told.identity()}", "lead_sources.key")


def purge_day(at: datetime) -> date:
    return (at + timedelta(days=KEEP_DAYS)).date()


def deadline(
    channel: LeadSource, since: datetime, now: datetime, rules: Rules, zone: ZoneInfo
) -> datetime:
    """Until when a source wants its answer; `since` is the arrival or the push."""
    within = timedelta(hours=getattr(rules, f"verify_{channel}"))
    if channel in BY_DAY:
        return after_night(max(since, now), zone) + within
    return since + within


def after_night(at: datetime, zone: ZoneInfo) -> datetime:
    """The same instant, or the end of the night that it falls into."""
    local = at.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return at
    day = local.date() + timedelta(days=1 if local.time() >= NIGHT else 0)
    return at_local(day, MORNING, zone)


async def sources_of(session: AsyncSession, lead_ids: Sequence[int]) -> dict[int, list[Source]]:
    """The sources of leads, the first one first."""
    found = await session.scalars(
        select(Source).where(Source.lead_id.in_(lead_ids)).order_by(Source.id)
    )
    out: dict[int, list[Source]] = {}
    for one in found:
        out.setdefault(one.lead_id, []).append(one)
    return out


async def numbered_sources(
    session: AsyncSession, lead_ids: Sequence[int]
) -> dict[int, list[tuple[Source, str]]]:
    """The same with the number of the batch or letter that each came in, empty without one."""
    found = await session.execute(
        select(Source, Batch.number)
        .outerjoin(Batch, Batch.id == Source.batch_id)
        .where(Source.lead_id.in_(lead_ids))
        .order_by(Source.id)
    )
    out: dict[int, list[tuple[Source, str]]] = {}
    for one, number in found:
        out.setdefault(one.lead_id, []).append((one, number or ""))
    return out


# What was found out about her; a lead that was merged or withdrawn found nothing.
FOUND = (
    LeadOutcome.VERIFIED,
    LeadOutcome.NO_RISK,
    LeadOutcome.LEFT,
    LeadOutcome.OTHER_AREA,
    LeadOutcome.EMPTY_NUMBER,
)


async def found_before(
    session: AsyncSession, people: Iterable[int], now: datetime, rules: Rules, zone: ZoneInfo
) -> dict[int, dict[str, Any]]:
    """What was found about these people within the district's days: lead, outcome and day."""
    found = await session.execute(
        select(Lead.person_id, Lead.id, Lead.outcome, Lead.outcome_at)
        .where(
            Lead.person_id.in_(list(people)),
            Lead.outcome.in_(FOUND),
            Lead.outcome_at > now - timedelta(days=rules.known_days),
        )
        .order_by(Lead.outcome_at)
    )
    return {
        person_id: {"lead": lead_id, "outcome": outcome, "on": local_day(at, zone).isoformat()}
        for person_id, lead_id, outcome, at in found
        if at is not None
    }
