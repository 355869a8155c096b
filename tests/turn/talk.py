"""Talk with the bot as the inbox hears it: events in, turns taken, letters out.

Everything but channels and dispatcher is the real thing. Knows no feature.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cast import CHANNEL, add_resident, chat_of, lang_of
from sqlalchemy import select

from handlers.conversation import take
from handlers.features import registry
from handlers.registry import Registry
from models.accounts import Account
from models.episodes import Episode
from models.inbox import Conversation, receive, waiting_chats
from models.leads import Lead, LeadSource
from models.messages import Inbound, Outbound, load_outbound
from models.observation import open_episode
from models.outbox import OutboxRow
from models.people import Person
from models.protocols import catalogue
from models.session import Database
from scheduler.sweep import tick

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2022, 7, 3, 23, 0, tzinfo=UTC)  # 07:00 of 4 July where the cast lives
WORKER = "李强"


@dataclass(frozen=True, slots=True)
class Read:
    """A letter in somebody's hands."""

    id: int
    key: str
    to: str
    message: Outbound
    not_before_at: datetime | None

    @property
    def keys(self) -> list[str]:
        return [line.key for line in self.message.lines]

    @property
    def taps(self) -> list[str]:
        return [button.data for row in self.message.rows for button in row]


@dataclass
class Talk:
    """One database, one clock, everybody's words."""

    db: Database
    now: datetime = MONDAY
    registry: Registry = field(default_factory=registry)
    updates: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    read_to: int = 0

    # -- events ----------------------------------------------------------------------------------

    def event(self, person: str, **content: Any) -> Inbound:
        return Inbound(
            channel=CHANNEL,
            chat=chat_of(person),
            update_id=str(next(self.updates)),
            name=person,
            **({"lang": lang_of(person)} | content),
        )

    async def deliver(self, *events: Inbound) -> list[Read]:
        """Put the events into the inbox, take every turn that waits; the letters of it."""
        async with self.db.write() as session:
            await receive(session, events, self.now)
        while chats := await self.waiting():
            taken = await take(self.db, self.registry, chats, self.now, ZONE)
            assert taken, f"{chats} are left waiting"
        return await self.letters()

    async def waiting(self) -> list[str]:
        async with self.db.read() as session:
            return await waiting_chats(session, 0)

    async def say(self, person: str, text: str, **content: Any) -> list[Read]:
        return await self.deliver(self.event(person, kind="text", text=text, **content))

    async def tap(self, person: str, data: str) -> list[Read]:
        return await self.deliver(self.event(person, kind="tap", data=data, message_id="m1"))

    async def press(self, person: str, label: str) -> list[Read]:
        """Tap the newest button of hers whose label has this key."""
        return await self.tap(person, await self.button(person, label))

    async def button(self, person: str, label: str) -> str:
        for letter in reversed(await self.letters(0)):
            for button in (b for row in letter.message.rows for b in row):
                if letter.to == person and button.label.key == label:
                    return button.data
        raise LookupError(f"{person} was never shown {label}")

    # -- letters and state -----------------------------------------------------------------------

    async def letters(self, since: int | None = None) -> list[Read]:
        """Letters written since the last look (or after a row), in order."""
        after = self.read_to if since is None else since
        async with self.db.read() as session:
            rows = await session.execute(
                select(OutboxRow, Account.chat)
                .join(Account, Account.id == OutboxRow.account_id)
                .where(OutboxRow.id > after)
                .order_by(OutboxRow.id)
            )
            found = [
                Read(
                    row.id,
                    row.dedupe_key,
                    chat.removeprefix(f"{CHANNEL}:"),
                    load_outbound(row.payload),
                    row.not_before_at,
                )
                for row, chat in rows
            ]
        self.read_to = max([self.read_to, *(letter.id for letter in found)])
        return found

    async def account(self, person: str) -> Account | None:
        async with self.db.read() as session:
            return await session.scalar(select(Account).where(Account.chat == chat_of(person)))

    async def conversation(self, person: str) -> Conversation:
        async with self.db.read() as session:
            found = await session.get(Conversation, chat_of(person))
        assert found is not None, f"{person} never wrote"
        return found

    async def rows(self, *columns: Any) -> Sequence[Any]:
        """All rows of these columns."""
        async with self.db.read() as session:
            return (await session.execute(select(*columns).order_by(columns[0]))).all()

    # -- time and the world ----------------------------------------------------------------------

    async def pass_time(self, span: timedelta) -> list[Read]:
        """Later: what is due is done; the letters of it."""
        self.now += span
        await tick(self.db, self.now, ZONE)
        return await self.letters()

    async def observe(self, name: str, category: str = "spill-low") -> Episode:
        """Observation of one of the cast began yesterday."""
        async with self.db.write() as session:
            people = await session.scalars(select(Person))
            person = next((p for p in people if p.name == name), None)
            person = person or await add_resident(session, name, self.now)
            worker = await session.scalar(select(Account).where(Account.chat == chat_of(WORKER)))
            assert worker is not None, "the worker is of the cast"
            lead = await add_lead(session, person, self.now)
            pack = catalogue.get("cn-covid-v9")
            anchor = date(2022, 7, 3)
            return await open_episode(
                session, lead, person, pack, category, anchor, worker.id, self.now, ZONE
            )


async def add_lead(session: Any, person: Person, now: datetime) -> Lead:
    """A lead that a visit gave."""
    lead = Lead(
        person_id=person.id,
        unit_id=person.unit_id,
        source=LeadSource.VISIT,
        expected_at=now,
        created_at=now,
        purge_on=(now + timedelta(days=90)).date(),
    )
    session.add(lead)
    await session.flush()
    return lead
