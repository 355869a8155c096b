"""What stands behind the page of phones: the clock, the tour, the language, a fresh start."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from dataclasses import asdict, replace

from sqlalchemy import select

from bot.app import App
from bot.channels.updates import CHANNEL
from bot.demo.page import Phone
from bot.demo.rules import Body
from bot.demo.timemachine import TimeMachine
from bot.demo.tour import CODES, STEPS, done
from bot.demo.town import Town
from handlers.home.views import greeting
from models.access import actor_of
from models.accounts import Account
from models.messages import Edit, Outbound
from models.outbox import Letter, enqueue

MENU_BUTTON = "a:go:"


class DemoDesk:
    """`over` is set when the visitor wants a fresh district."""

    def __init__(
        self,
        app: App,
        town: Town,
        machine: TimeMachine,
        phones: list[Phone],
        over: asyncio.Event,
    ) -> None:
        self._app = app
        self._town = town
        self._machine = machine
        self._user_ids = {f"{CHANNEL}:{phone.user_id}": phone.user_id for phone in phones}
        self._over = over
        self._skipped: set[str] = set()
        self._edition = secrets.token_hex(4)  # a page of an earlier district has to load anew
        self._greetings = itertools.count()

    async def scene(self) -> Body:
        upcoming = await self._machine.upcoming()
        async with self._app.db.read() as session:
            happened = await done(session)
        steps = [
            {
                "code": step.code,
                "who": step.who,
                "controls": step.controls,
                "done": step.code in happened,
                "skipped": step.code in self._skipped,
            }
            for step in STEPS
        ]
        due = asdict(upcoming) | {"at": int(upcoming.at.timestamp() * 1000)} if upcoming else None
        return {"edition": self._edition, "next": due, "tour": steps}

    async def move(self, how: str) -> None:
        await self._machine.move(how)

    async def skip(self, step: str) -> None:
        if step not in CODES:
            raise ValueError(f"no step {step!r}")
        self._skipped.add(step)

    async def speak(self, lang: str) -> None:
        """Whoever has begun to chat is greeted in the new language, with its menu."""
        for user_id in self._user_ids.values():
            self._town.people[user_id].language_code = lang.replace("_", "-").lower()
            self._town.changes.touch(user_id)
        now = self._app.clock.now()
        async with self._app.db.write() as session:
            query = select(Account).where(Account.chat.in_(self._user_ids), Account.lang != lang)
            told = []
            for account in list(await session.scalars(query)):
                account.lang = lang
                roles = (await actor_of(session, account, now)).roles
                message = greeting(self._app.registry.menu_for(roles), roles)
                key = f"demo:greeting:{next(self._greetings)}:a{account.id}"
                told.append(Letter(key, account.id, self._in_place(account, message)))
            await enqueue(session, told, now)
        self._app.dispatcher.poke()

    def _in_place(self, account: Account, message: Outbound) -> Outbound:
        """A menu that nobody has used yet turns into the new one."""
        *_, last = self._town.chats[self._user_ids[account.chat]].messages.values()
        buttons = [button.get("callback_data", "") for row in last.rows for button in row]
        if not any(data.startswith(MENU_BUTTON) for data in buttons):
            return message
        return replace(message, edit=Edit.REPLACE, edits=str(last.message_id))

    def start_over(self) -> None:
        self._over.set()
