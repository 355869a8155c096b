"""Two workers on one PostgreSQL take turns of the same people: in order, none twice, both at work.

Two hundred people each write a whole report at once, without waiting for a question. Any event out
of its order would be an answer to the wrong question.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

from house import PATIENCE_S
from program import Running
from sqlalchemy import func, select, text
from wire import Wire, wired

from bot.app import database
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.operations import initialise, make_gate
from bot.settings import Settings
from models import crypto
from models.accounts import Account
from models.clock import SystemClock
from models.inbox import Conversation, InboxRow
from models.messages import load_outbound
from models.outbox import OutboxRow
from models.registers import Submission
from models.session import Database

# More than one worker serves at a time: whom it serves, the other cannot.
PEOPLE = range(200, 400)
FLOOD = 2
MINES = """
CREATE TABLE moves (id SERIAL, chat TEXT, before BIGINT, after BIGINT, port INT);
CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO moves (chat, before, after, port)
    VALUES (NEW.chat, OLD.handled_id, NEW.handled_id, inet_client_port());
  RETURN NEW;
END $$;
CREATE TRIGGER note_move AFTER UPDATE OF handled_id ON conversations
  FOR EACH ROW WHEN (OLD.handled_id <> NEW.handled_id) EXECUTE FUNCTION note_move()
"""


def report(who: int) -> list[str]:
    """Everything that one of them has to say, distinct enough to be told from her neighbours."""
    return [
        "同意，为自己报备",
        "王" + "春夏秋冬梅兰竹菊"[who % 8] + "一二三四五"[who // 8 % 5],
        f"138{who:08}",
        f"护照E{who:08}",
        "成都武侯",
        "已经到了（刚到）",
        "高铁 G8605",
        f"花园小区3栋2单元{who}",
        "确认提交",
        "/status",
    ]


async def _in_one_go(db: Database, statements: str) -> None:
    async with db.engine.begin() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute(statements)


async def _taken(db: Database) -> int:
    """How many events there are, once all of them are taken; else 0."""
    async with db.read() as session:
        waiting = await session.scalar(
            select(func.count())
            .select_from(InboxRow)
            .join(Conversation, Conversation.chat == InboxRow.chat)
            .where(InboxRow.id > Conversation.handled_id)
        )
        return 0 if waiting else await session.scalar(select(func.count(InboxRow.id))) or 0


async def _until_taken(db: Database, count: int) -> None:
    async with asyncio.timeout(2 * PATIENCE_S):
        while await _taken(db) < count:  # noqa: ASYNC110 -- told by other processes in earnest
            await asyncio.sleep(0.1)


async def _who_took_part(db: Database, wires: list[Wire]) -> list[bool]:
    async with db.read() as session:
        ports = set((await session.execute(text("SELECT DISTINCT port FROM moves"))).scalars())
    return [bool(ports & wire.ports) for wire in wires]


async def test_two_workers_take_turns_of_the_same_people_in_order_and_none_twice(
    tmp_path: Path, postgres_alone: str
) -> None:
    server = BotApiServer()
    now = SystemClock().now()
    shared = {"telegram_token": DEMO_TOKEN, "keys": str(tmp_path / "keys.json")}
    async with AsyncExitStack() as stack:
        settings = Settings(data_dir=tmp_path, database_url=postgres_alone, **shared)
        db = await stack.enter_async_context(database(settings))
        crypto.install(settings.key_ring())
        await initialise(db, ["cn-covid-v9"], now)
        gate = (await make_gate(db, "district", "", None, now)).removeprefix("/start ")
        await _in_one_go(db, MINES)
        api = await stack.enter_async_context(server.serving())
        wires, starting = [], []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            wire, url = await stack.enter_async_context(wired(postgres_alone))
            program = Running(tmp_path / name, database_url=url, telegram_api=api, **shared)
            stack.push_async_callback(program.close)
            wires.append(wire)
            await program.start()
            starting.append(program.ready())
        await asyncio.gather(*starting)
        for who in PEOPLE:
            server.add_person(who, f"P{who}")
            server.start(who, gate)
        for step in range(len(report(0))):
            for who in PEOPLE:
                server.write(who, report(who)[step])
        written = 11 * len(PEOPLE)
        await _until_taken(db, written)
        # The follower looks every two seconds for what the other leaves lying: more comes in, until
        # it has looked, than one of them can take.
        async with asyncio.timeout(2 * PATIENCE_S):
            while not all(await _who_took_part(db, wires)):
                for who in [*PEOPLE] * FLOOD:
                    server.write(who, "/status")
                written += FLOOD * len(PEOPLE)
                await asyncio.sleep(0.2)
        await _until_taken(db, written)
        await _check_order(db)
        await _check_reports(db)


async def _check_order(db: Database) -> None:
    """Each conversation moved over each of its events, once."""
    async with db.read() as session:
        moves = await session.execute(text("SELECT chat, before, after FROM moves ORDER BY id"))
        paths: dict[str, list[tuple[int, int]]] = {}
        for chat, before, after in moves:
            paths.setdefault(chat, []).append((before, after))
        events = await session.execute(
            select(InboxRow.chat, InboxRow.id, InboxRow.update_id).order_by(InboxRow.id)
        )
        kept: dict[str, list[tuple[int, int]]] = {}
        for chat, row_id, update_id in events:
            kept.setdefault(chat, []).append((row_id, int(update_id)))
    assert len(paths) == len(PEOPLE)
    for chat, path in paths.items():
        assert [after for _, after in path] == [row_id for row_id, _ in kept[chat]]
        assert all(earlier[1] == later[0] for earlier, later in pairwise(path))
        updates = [update_id for _, update_id in kept[chat]]
        assert updates == sorted(updates)


async def _check_reports(db: Database) -> None:
    """Everybody filed one report, with her own answers, and heard the same things in order."""
    async with db.read() as session:
        assert await session.scalar(select(func.count(Submission.id))) == len(PEOPLE)
        found = await session.execute(
            select(Account.chat, OutboxRow.payload)
            .join(Account, Account.id == OutboxRow.account_id)
            .where(OutboxRow.dedupe_key.startswith("r:"))
            .order_by(OutboxRow.id)
        )
        heard: dict[str, list[str]] = {}
        spoken: dict[str, str] = {}
        for chat, payload in found:
            message = load_outbound(payload)
            heard.setdefault(chat, []).append("+".join(line.key for line in message.lines))
            spoken[chat] = spoken.get(chat, "") + payload
    assert len(heard) == len(PEOPLE)
    first, *others = heard.values()
    assert all(first[:11] == other[:11] for other in others)
    for who in PEOPLE:
        hers = spoken[f"telegram:{who}"]
        assert all(word in hers for word in (report(who)[1], f"单元{who}"))
