"""Moves the demo's clock; everything due on the way happens at its own hour."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.app import App
from models.accounts import Account
from models.clock import ShiftedClock, at_local, local_day
from models.obligations import Due, Kind, Obligation, next_due_at
from models.outbox import OutboxRow
from models.people import Person
from models.units import Unit

MORNING = time(8)  # when the day's first check-ins open
PATIENCE = timedelta(days=2)  # how far to look for somebody who hears of something


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What is due next: `subject` is a person's or a unit's name, `n` how many of this kind at
    that instant."""

    at: datetime
    kind: Kind
    subject: str
    n: int


class TimeMachine:
    """`shown` are the chats ("channel:id") that have a phone on the page."""

    def __init__(
        self, app: App, clock: ShiftedClock, zone: ZoneInfo, shown: Collection[str]
    ) -> None:
        self._app = app
        self._clock = clock
        self._zone = zone
        self._shown = shown
        self._moving = asyncio.Lock()

    async def move(self, how: str) -> None:
        """To the next reminder that a phone hears ("next"), six hours on ("6h"), tomorrow
        morning ("day")."""
        async with self._moving:
            now = self._clock.now()
            if how == "next":
                await self._travel(now + PATIENCE, until_heard=True)
            elif how == "6h":
                await self._travel(now + timedelta(hours=6))
            else:
                tomorrow = local_day(now, self._zone) + timedelta(days=1)
                await self._travel(at_local(tomorrow, MORNING, self._zone))

    async def upcoming(self) -> Upcoming | None:
        """What the sweep looks at next; the night's upkeep is nobody's business."""
        query = (
            select(Due.next_action_at, Obligation.kind, Person.name, Unit.name)
            .join(Obligation, Obligation.id == Due.obligation_id)
            .join(Unit, Unit.id == Obligation.unit_id)
            .outerjoin(Person, Person.id == Obligation.person_id)
            .where(Obligation.kind != Kind.UPKEEP)
            .order_by(Due.next_action_at, Due.obligation_id)
        )
        async with self._app.db.read() as session:
            first = (await session.execute(query.limit(1))).first()
            if first is None:
                return None
            at, kind, person, unit = first
            same = (
                select(func.count())
                .select_from(Due)
                .join(Obligation, Obligation.id == Due.obligation_id)
                .where(Due.next_action_at == at, Obligation.kind == kind)
            )
            return Upcoming(at, kind, person or unit, await session.scalar(same) or 1)

    async def _travel(self, target: datetime, *, until_heard: bool = False) -> None:
        said = await self._said()
        while (due := await self._next()) is not None and due <= target:
            await self._arrive(due)
            if until_heard and await self._said() > said:
                return
        await self._arrive(target)

    async def _arrive(self, at: datetime) -> None:
        self._clock.move_to(at)
        await self._app.tick_at(self._clock.now())
        self._app.dispatcher.poke()

    async def _next(self) -> datetime | None:
        async with self._app.db.read() as session:
            return await next_due_at(session)

    async def _said(self) -> int:
        """The newest message for a phone of the page."""
        heard = select(func.max(OutboxRow.id)).join(Account, Account.id == OutboxRow.account_id)
        async with self._app.db.read() as session:
            return await session.scalar(heard.where(Account.chat.in_(self._shown))) or 0
