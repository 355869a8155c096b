"""The floor in (b): plain sqlite3 writes the rows that we write, in transactions like ours.

No form, no keys, no event loop: what is left when everything that the program does is free.
"""

from __future__ import annotations

import itertools
import json
import sqlite3

from bot.worker import BATCH
from models.crypto import seal
from models.messages import dump_inbound, dump_outbound
from models.session import Database
from tests.bench.crowd import settle
from tests.bench.people import ANSWERS, AT_ONCE, CHANNEL, answer, begun, chat, event

RECEIVE = """INSERT INTO inbox (channel, update_id, chat, payload, received_at)
             VALUES (?, ?, ?, ?, '2026-03-02 01:00:00.000000') ON CONFLICT DO NOTHING"""
KNOW = "INSERT INTO conversations (chat, handled_id, live) VALUES (?, 0, '') ON CONFLICT DO NOTHING"
MOVE = """INSERT INTO cursors (channel, position) VALUES (?, ?)
          ON CONFLICT (channel) DO UPDATE SET position = excluded.position"""
WAITING = """SELECT i.id, i.chat, i.payload, c.handled_id, c.draft, a.id, a.lang FROM inbox i
             JOIN conversations c ON c.chat = i.chat LEFT JOIN accounts a ON a.chat = i.chat
             WHERE i.chat IN ({}) AND i.id > c.handled_id ORDER BY i.id LIMIT 64"""
STATE = """UPDATE conversations SET handled_id = ?, draft = ?, live = ?,
           draft_at = '2026-03-02 01:00:00.000000' WHERE chat = ?"""
REPLY = """INSERT INTO outbox (dedupe_key, account_id, priority, payload, state, created_at,
           attempts, unknown, parts_sent)
           VALUES (?, ?, 10, ?, 'waiting', '2026-03-02 01:00:00.000000', 0, 0, 0)
           ON CONFLICT DO NOTHING"""


class Raw:
    """Everybody's update in one transaction, then turns by the batch."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._numbers = itertools.count(1)
        self._people = [chat(person) for person in range(AT_ONCE)]

    async def open(self) -> Raw:
        async with self._db.write() as session:
            await settle(session)
        said = event(0, 1, ANSWERS[0])
        stepped = answer(begun(), said)
        assert stepped.draft is not None
        self._said = seal(dump_inbound(said), "inbox.payload")
        self._reply = seal(dump_outbound(stepped.replies[0]), "outbox.payload")
        draft = json.dumps([stepped.draft.to_json()], ensure_ascii=False)
        self._draft = seal(draft, "conversations.draft")
        self._file = sqlite3.connect(str(self._db.url.database), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._file.execute(f"PRAGMA {pragma}")
        return self

    async def wave(self, _text: str) -> None:
        run, many = self._file.execute, self._file.executemany
        run("BEGIN IMMEDIATE")
        numbers = [next(self._numbers) for _ in self._people]
        many(KNOW, [(one,) for one in self._people])
        rows = zip(numbers, self._people, strict=True)
        many(RECEIVE, [(CHANNEL, str(number), one, self._said) for number, one in rows])
        run(MOVE, (CHANNEL, numbers[-1] + 1))
        run("COMMIT")
        for start in range(0, AT_ONCE, BATCH):
            chats = self._people[start : start + BATCH]
            run("BEGIN IMMEDIATE")
            taken = run(WAITING.format(", ".join("?" * len(chats))), chats).fetchall()
            many(STATE, [(row[0], self._draft, f"r:{row[0]}:0", row[1]) for row in taken])
            many(REPLY, [(f"r:{row[0]}:0", row[5], self._reply) for row in taken])
            run("COMMIT")
