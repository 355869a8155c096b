"""The alternative in (b): the same step, each in one transaction of SQLAlchemy Core."""

from __future__ import annotations

import asyncio
import itertools
import json

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from handlers.engine.draft import Draft
from models.accounts import Account
from models.inbox import Conversation, InboxRow
from models.messages import Inbound, dump_inbound, dump_outbound
from models.outbox import Delivery, OutboxRow, Priority
from models.session import Database
from tests.bench.crowd import settle
from tests.bench.people import AT_ONCE, NOW, answer, event


class OneByOne:
    """Dedupe, state and outbox, sealed like ours: four statements and a commit an update."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._insert = sqlite.insert if db.embedded else postgresql.insert
        self._numbers = itertools.count(1)
        # What a pool of one does anyway, without its timeout.
        self._turnstile = asyncio.Semaphore(1 if db.embedded else 8)

    async def open(self) -> OneByOne:
        async with self._db.write() as session:
            await settle(session)
        return self

    async def wave(self, text: str) -> None:
        said = [event(who, next(self._numbers), text) for who in range(AT_ONCE)]
        await asyncio.gather(*(self._take(one) for one in said))

    async def _take(self, said: Inbound) -> None:
        async with self._turnstile, self._db.engine.begin() as connection:
            kept = await connection.execute(
                self._insert(InboxRow)
                .values(
                    channel=said.channel,
                    update_id=said.update_id,
                    chat=said.chat,
                    payload=dump_inbound(said),
                    received_at=NOW,
                )
                .on_conflict_do_nothing()
                .returning(InboxRow.id)
            )
            inbox_id = kept.scalar_one_or_none()
            if inbox_id is None:
                return
            found = await connection.execute(
                select(Conversation.draft, Account.id)
                .join(Account, Account.chat == Conversation.chat)
                .where(Conversation.chat == said.chat)
                .with_for_update(of=Conversation)
            )
            kept_draft, account_id = found.one()
            stepped = answer(Draft.from_json(json.loads(kept_draft)[0]), said)
            draft = stepped.draft
            assert draft is not None, "the walk never ends the form"
            await connection.execute(
                update(Conversation)
                .where(Conversation.chat == said.chat)
                .values(
                    handled_id=inbox_id,
                    draft=json.dumps([draft.to_json()], ensure_ascii=False),
                    draft_at=NOW,
                    live=f"r:{inbox_id}:0",
                )
            )
            await connection.execute(
                self._insert(OutboxRow).on_conflict_do_nothing(),
                [
                    {
                        "dedupe_key": f"r:{inbox_id}:{number}",
                        "account_id": account_id,
                        "priority": int(Priority.REPLY),
                        "payload": dump_outbound(reply),
                        "state": Delivery.WAITING.value,
                        "created_at": NOW,
                        "attempts": 0,
                        "unknown": 0,
                        "parts_sent": 0,
                    }
                    for number, reply in enumerate(stepped.replies)
                ],
            )
