"""A street of people under observation who do what the bot asks, for tests that break things.

Each answers every check-in in one of three ways and remembers what she was told. Knows the Bot API
server and the tables, no process.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo.chats import Shown
from bot.demo.server import BotApiServer
from models.accounts import Account
from models.clock import monotonic
from models.episodes import Episode
from models.inbox import Conversation, InboxRow
from models.obligations import Kind, Nudge, Obligation, oblige
from models.outbox import Delivery, OutboxRow
from models.people import Person
from models.protocols import catalogue
from models.registers import Submission
from models.session import Database
from models.units import Level, add_unit

ANY_RECEIPT = re.compile(r"回执号：(\S+)")
LOOK_S = 0.1
LATEST = 6  # older messages ask nothing any more
AGAIN_S = 20.0


def noon_zone(now: datetime) -> str:
    """A time zone where it is about noon: no quiet hours, whenever the test runs."""
    east = (12 - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}"


class Resident:
    """Somebody with a phone. `receipts` are those that she has been shown."""

    def __init__(self, server: BotApiServer, number: int) -> None:
        self.number = number
        self._server = server
        self._answered: dict[tuple[int, str], float] = {}
        self._cards = number  # neighbours answer in different ways

    @property
    def receipts(self) -> set[str]:
        found = (ANY_RECEIPT.search(shown.text) for shown in self._server.chat(self.number))
        return {match.group(1) for match in found if match}

    async def live(self) -> None:
        """Answer whatever the bot asks, until cancelled."""
        while True:
            latest = list(self._server.chats[self.number].messages.values())[-LATEST:]
            said = [shown for message in latest if (shown := message.shown(b"")).by_bot]
            for shown in said:
                if shown.rows:
                    self._answer(shown, newest=shown is said[-1])
            await asyncio.sleep(LOOK_S)

    def _answer(self, shown: Shown, *, newest: bool) -> None:
        """Answer a question once, the way she likes today; again if nothing comes of it."""
        state = (shown.message_id, shown.text)
        patience = AGAIN_S if newest else math.inf
        if monotonic() - self._answered.get(state, -math.inf) < patience:
            return
        self._answered[state] = monotonic()
        if "其他体温" in shown.labels:
            self._cards += 1
            if self._cards % 3 == 0:
                self._server.write(self.number, f"36.{self._cards % 10}")
            else:
                self._tap(shown, "其他体温" if self._cards % 3 == 1 else shown.labels[0])
        elif well := {"都没有", "✅ 全家都好"}.intersection(shown.labels):
            self._tap(shown, well.pop())
        elif "36.5" in shown.labels:
            self._server.write(self.number, f"36.{self._cards % 10}")

    def _tap(self, shown: Shown, label: str) -> None:
        self._server.tap(self.number, shown.message_id, shown.button(label).data)


class Street:
    """Sixty residents, their check-ins every few seconds, and the books about them."""

    def __init__(self, server: BotApiServer, db: Database, count: int = 60) -> None:
        self.server = server
        self.db = db
        self.residents = [Resident(server, 100 + n) for n in range(count)]

    async def settle(self, now: datetime, *, every: timedelta, lasting: timedelta) -> None:
        """Put everybody into the database, with a check-in of hers `every` so often."""
        async with self.db.write() as session:
            unit = None
            for level, code in enumerate(("D", "D1", "D101", "D10101")):
                unit = await add_unit(session, code, code, list(Level)[level], unit)
            assert unit is not None
            for resident in self.residents:
                self.server.add_person(resident.number, "Resident").started = True
                person = Person(unit_id=unit.id, name=f"居民{resident.number}", created_at=now)
                session.add(person)
                await session.flush()
                chat = f"telegram:{resident.number}"
                account = Account(chat=chat, person_id=person.id, created_at=now)
                session.add(account)
                await session.flush()
                episode = await _observe(session, person, account, now)
                offset = every * (resident.number - 100) / len(self.residents)
                await oblige(
                    session,
                    [
                        {
                            "key": f"checkin:{resident.number}:{n}",
                            "kind": Kind.CHECKIN,
                            "unit_id": unit.id,
                            "person_id": person.id,
                            "episode_id": episode.id,
                            "opens_at": now + offset + every * n,
                            "due_at": now + offset + every * n + timedelta(hours=2),
                            "facts": {"code": "checkin", "day": 1, "slot": "am", "stage": ""},
                        }
                        for n in range(lasting // every)
                    ],
                )

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """Everybody is at her phone."""
        lives = [asyncio.create_task(resident.live()) for resident in self.residents]
        try:
            yield
        finally:
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)

    # -- what the books say --------------------------------------------------------------------

    def shown_ids(self) -> set[str]:
        """The platform's ids of all that the bot ever said here."""
        return {
            str(shown.message_id)
            for resident in self.residents
            for shown in self.server.chat(resident.number)
            if shown.by_bot
        }

    async def recorded_ids(self) -> set[str]:
        """Those that the outbox knows to have arrived."""
        async with self.db.read() as session:
            found = await session.scalars(
                select(OutboxRow.message_id).where(OutboxRow.message_id.is_not(None))
            )
            return {message_id for message_id in found if message_id}

    async def unfinished(self) -> int:
        """Events that no turn has taken, and messages that wait."""
        async with self.db.read() as session:
            events = await session.scalars(
                select(InboxRow.id)
                .join(Conversation, Conversation.chat == InboxRow.chat)
                .where(InboxRow.id > Conversation.handled_id)
            )
            waiting = await session.scalars(
                select(OutboxRow.id).where(OutboxRow.state == Delivery.WAITING)
            )
            return len(events.all()) + len(waiting.all())

    async def quiet(self, now: datetime) -> None:
        """Nothing more becomes due from `now` on; wait until every answer was taken and every
        reminder has gone out."""
        await self._call_off(now)
        async with asyncio.timeout(180):
            while await self.unfinished() or await self.unreminded():  # noqa: ASYNC110
                await asyncio.sleep(0.3)

    async def receipts(self) -> dict[str, int]:
        """Receipt number -> the resident who has it, of everything filed."""
        async with self.db.read() as session:
            found = await session.execute(
                select(Submission.receipt, Account.chat).join(
                    Account, Account.id == Submission.actor_id
                )
            )
            return {receipt: int(chat.partition(":")[2]) for receipt, chat in found}

    async def _call_off(self, now: datetime) -> None:
        """The program writes meanwhile: where each waits for the other, PostgreSQL ends one."""
        for _ in range(20):
            try:
                async with self.db.write() as session:
                    await session.execute(delete(Obligation).where(Obligation.opens_at > now))
            except DBAPIError:
                await asyncio.sleep(LOOK_S)
            else:
                return
        pytest.fail("what comes later could not be called off")

    async def unreminded(self) -> list[str]:
        """Check-ins whose first reminder did not reach a phone. One that was answered before it
        was asked for, with all that is open, needs none."""
        shown = self.shown_ids()
        async with self.db.read() as session:
            opened = await session.scalars(
                select(Obligation.key).where(
                    Obligation.kind == Kind.CHECKIN, Obligation.outcome.is_(None)
                )
            )
            reached = await session.execute(
                select(Obligation.key, OutboxRow.message_id)
                .join(Nudge, Nudge.obligation_id == Obligation.id)
                .join(OutboxRow, OutboxRow.dedupe_key == Nudge.letter_key)
                .where(Nudge.rung == 0, OutboxRow.state == Delivery.SENT)
            )
            good = {key for key, message_id in reached if message_id in shown}
            return [key for key in opened if key not in good]

    async def out_of_order(self) -> list[str]:
        """Chats whose events were kept in another order than they were written in."""
        async with self.db.read() as session:
            found = await session.execute(
                select(InboxRow.chat, InboxRow.update_id).order_by(InboxRow.id)
            )
            last: dict[str, int] = {}
            wrong = []
            for chat, update_id in found:
                if int(update_id) <= last.get(chat, 0):
                    wrong.append(chat)
                last[chat] = int(update_id)
            return wrong


async def _observe(
    session: AsyncSession, person: Person, account: Account, now: datetime
) -> Episode:
    """Observation without the check-ins of its pack: the street has its own."""
    pack = catalogue.get("cn-covid-v9")
    episode = Episode(
        person_id=person.id,
        unit_id=person.unit_id,
        pack=pack.id,
        pack_version=pack.version,
        category="discharged",
        anchor_on=now.date(),
        opened_at=now,
        opened_by=account.id,
        ends_on=now.date() + timedelta(days=7),
    )
    session.add(episode)
    await session.flush()
    return episode
