"""One inbound event, who sent it, and what is said because of it.

Knows no form: turn.py adds those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

import locales
from handlers import way
from handlers.way import Way
from models import audit
from models.access import access_obligation, actor_of
from models.accounts import Account, account_of_person
from models.actors import Action, Actor
from models.clock import local_day
from models.messages import Button, Edit, Inbound, Outbound, Rows, Text, UserError
from models.obligations import Kind, Obligation
from models.outbox import Letter, Priority
from models.people import Person
from models.wards import answers_for

MENU: Rows = ((Button(Text("action.menu"), "a:menu"),),)
"""The way to everything else, below what leads nowhere."""


class Exchange:
    """`letters` are put into the outbox when the turn is committed, in this order."""

    def __init__(
        self,
        session: AsyncSession,
        event: Inbound,
        inbox_id: int,
        account: Account,
        now: datetime,
        zone: ZoneInfo,
    ) -> None:
        self.session = session
        self.event = event
        self.account = account
        self.now = now
        self.zone = zone
        self.letters: list[Letter] = []
        self.way: Way | None = None  # back to the list that the tapped button stood on
        self._inbox_id = inbox_id
        self._actor: Actor | None = None

    # -- who and when -------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return local_day(self.now, self.zone)

    async def actor(self) -> Actor:
        """Who acts, with her roles; loaded when first asked for."""
        if self._actor is None:
            self._actor = await actor_of(self.session, self.account, self.now)
        return self._actor

    def forget_actor(self) -> None:
        """Her roles have just changed."""
        self._actor = None

    async def obligation(
        self, arguments: Sequence[str], action: Action, *kinds: Kind
    ) -> Obligation:
        """The obligation that a button claims, if she may do this to it."""
        number, ref = way.read(arguments[0] if arguments else "")
        if ref:
            self.way = Way(number, ref)
        found = await access_obligation(self.session, await self.actor(), number, action)
        if kinds and found.kind not in kinds:
            raise UserError("unknown.button")
        return found

    async def account_for(self, person: Person) -> int | None:
        """The account that hears for a person: her own, else whoever answers for her."""
        own = await account_of_person(self.session, person.id)
        return own.id if own else person.guardian_id

    async def speaks_for(self, person: Person) -> bool:
        """Does she answer as the person's own side, not as a worker on her behalf?"""
        return answers_for(self.account, person) or not (await self.actor()).roles

    def say(self, text: Text) -> str:
        """Words in the person's language."""
        return locales.render(self.account.lang, text)

    def audit(self, action: str, subject: str, reason: str = "", **facts: Any) -> None:
        audit.record(self.session, self.now, self.account.id, action, subject, reason, **facts)

    async def audit_people(self, action: str, people: Iterable[int]) -> None:
        """The same deed of many people, in one statement; of nobody in none."""
        subjects = [f"person:{number}" for number in people]
        await audit.record_all(self.session, self.now, self.account.id, action, subjects)

    # -- what is said -------------------------------------------------------------------------

    def send(self, message: Outbound) -> str:
        """Answer the person; the key of the message."""
        key = f"r:{self._inbox_id}:{len(self.letters)}"
        message = self.way.show(message) if self.way else message
        self.letters.append(Letter(key, self.account.id, message, Priority.REPLY))
        return key

    def reply(self, key: str, rows: Rows = (), *, protect: bool = False, **params: Any) -> None:
        """Answer with one paragraph."""
        self.send(Outbound((Text(key, params),), rows, protect=protect))

    def replace(self, message: Outbound) -> str:
        """Answer a tap by turning the tapped message into this one."""
        if self.event.kind == "tap" and self.event.message_id:
            message = replace(message, edit=Edit.REPLACE, edits=self.event.message_id)
        return self.send(message)

    def tell(
        self,
        account_id: int,
        message: Outbound,
        key: str,
        priority: Priority = Priority.NOTICE,
    ) -> None:
        """A message to somebody else; `key` says once and for all what it is."""
        self.letters.append(Letter(key, account_id, message, priority))
