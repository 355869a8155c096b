"""The alternative in (a) and (b): the same questions with a stock python-telegram-bot.

ConversationHandler and user_data as its manual has them. Its replies go to a platform that
answers at once; nothing is checked, nothing is translated.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    ExtBot,
    MessageHandler,
    PersistenceInput,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest, RequestData

from tests.bench.people import ANSWERS

TOKEN = "1000001:AAbench-of-gridbot_not-a-secret_000000"
NAME = "report"
BACK = "返回"


class Nowhere(BaseRequest):
    """A platform that takes everything at once."""

    @property
    def read_timeout(self) -> float:
        return 5.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, **_: Any
    ) -> tuple[int, bytes]:
        if url.endswith("/getMe"):
            result: Any = {"id": 1, "is_bot": True, "first_name": "stock", "username": "stock_bot"}
        else:
            chat_id = request_data.parameters["chat_id"] if request_data else 1
            result = message(int(chat_id), "?")["message"]
        return 200, json.dumps({"ok": True, "result": result}).encode()


def message(person: int, text: str, number: int = 1) -> dict[str, Any]:
    """An update as the platform writes it."""
    user = {"id": person, "is_bot": False, "first_name": "王芳"}
    body: dict[str, Any] = {
        "message_id": number,
        "date": 1700000000,
        "chat": {"id": person, "type": "private", "first_name": "王芳"},
        "from": user,
        "text": text,
    }
    if text.startswith("/"):
        body["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return {"update_id": number, "message": body}


async def _begin(update: Update, _: ContextTypes.DEFAULT_TYPE) -> int:
    assert update.message is not None
    await update.message.reply_text("请发返乡人的姓名。")
    return 0


def _answer(state: int) -> Any:
    async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.message is not None
        assert context.user_data is not None
        if update.message.text == BACK:
            after = max(0, state - 1)
        else:
            context.user_data[f"answer{state}"] = update.message.text
            after = min(state + 1, len(ANSWERS))
        await update.message.reply_text(f"【{after}/8】请回答下一个问题。")
        return after

    return answer


class StockBot:
    """The bot with `known` people half-way through their report."""

    def __init__(self, known: int, file: Path | None) -> None:
        kept = PersistenceInput(bot_data=False, chat_data=False, callback_data=False)
        # Written at the flush only: otherwise it would write the whole file twice an update.
        self._pickle = PicklePersistence(file, kept, on_flush=True) if file else None
        self._file = file
        self._known = known
        builder = ApplicationBuilder().bot(ExtBot(TOKEN, request=Nowhere()))
        if self._pickle is not None:
            builder = builder.persistence(self._pickle)
        self._app: Application[Any, Any, Any, Any, Any, Any] = builder.build()
        states = {
            state: [MessageHandler(filters.TEXT & ~filters.COMMAND, _answer(state))]
            for state in range(len(ANSWERS) + 1)
        }
        self._app.add_handler(
            ConversationHandler(
                [CommandHandler("report", _begin)],
                states,
                [],
                name=NAME,
                persistent=self._pickle is not None,
            )
        )

    async def open(self) -> StockBot:
        if self._pickle is not None:
            answers = {f"answer{number}": text for number, text in enumerate(ANSWERS)}
            for person in range(1, self._known + 1):
                await self._pickle.update_user_data(person, dict(answers))
                await self._pickle.update_conversation(NAME, (person, person), 0)
        await self._app.initialize()
        return self

    async def take(self, person: int, text: str) -> None:
        """One update, and what it changed on the disk before the next one."""
        await self._app.process_update(Update.de_json(message(person, text), self._app.bot))
        if self._pickle is None or self._file is None:
            return
        await self._app.update_persistence()
        await self._pickle.flush()
        with self._file.open("rb") as written:
            os.fsync(written.fileno())

    async def close(self) -> None:
        await self._app.shutdown()
