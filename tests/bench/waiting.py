"""(i) The first reply to a person while a broadcast to 10,000 runs.

The whole program: a supervisor writes /broadcast, the job writes its letters, the dispatcher sends
at the platform's limits, and strangers ask for help meanwhile, each once. Counted from the commit
of what she wrote to the arrival of the reply at the strict local server; beside it the same
people with no broadcast.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from statistics import median

from sqlalchemy import func, insert, select

from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.demo.server import DEMO_TOKEN
from bot.settings import Settings
from models.accounts import Account, Assignment, Role
from models.broadcasts import Hearer
from models.clock import SystemClock, monotonic
from models.inbox import receive
from models.messages import Inbound
from models.people import Person
from models.session import Database
from models.units import Level, add_unit
from tests.bench import databases
from tests.bench.people import NOW
from tests.bench.platform import FIRST_PERSON, platform
from tests.bench.report import Row, times
from tests.bench.rounds import Scale

HEARERS = 10_000
ASKING = 200
EVERY_S = 0.3
AIM_S = 1.0
KEPT = timedelta(days=30)
WHY = "one message is on its way until its record is committed, and the sender shares two cores"


async def _settle(db: Database, hearers: int) -> int:
    """A district with a supervisor and so many residents, all with accounts; the unit's id."""
    async with db.write() as session:
        unit = await add_unit(session, "district", "清河区", Level.DISTRICT)
        people = [
            {
                "unit_id": unit.id,
                "name": "王芳",
                "created_at": NOW,
                "listed_at": NOW,
                "purge_on": (NOW + KEPT).date(),
            }
            for _ in range(hearers)
        ]
        ids = list(await session.scalars(insert(Person).returning(Person.id), people))
        accounts = [
            {"chat": _chat(n), "lang": "zh_Hans", "person_id": person, "created_at": NOW}
            for n, person in enumerate(ids)
        ]
        await session.execute(insert(Account), accounts)
        officer = Account(chat=_chat(hearers), lang="zh_Hans", created_at=NOW)
        session.add(officer)
        await session.flush()
        session.add(
            Assignment(account_id=officer.id, role=Role.DISTRICT, unit_id=unit.id, since_at=NOW)
        )
        return unit.id


def _chat(number: int) -> str:
    return f"telegram:{FIRST_PERSON + number}"


class _Said:
    """What people say, as the intake keeps it."""

    def __init__(self, db: Database, app: App) -> None:
        self._db = db
        self._app = app
        self._updates = 0

    async def say(self, number: int, text: str = "", data: str = "") -> float:
        """When it was committed."""
        self._updates += 1
        event = Inbound(
            channel="telegram",
            update_id=str(self._updates),
            chat=_chat(number),
            kind="tap" if data else "text",
            text=text,
            data=data,
        )
        async with self._db.write() as session:
            await receive(session, [event], SystemClock().now())
        self._app.worker.poke([event.chat])
        return monotonic()


async def _waits(hearers: int, asking: int, *, broadcast: bool) -> Sequence[float]:
    """Seconds until each of those who ask has her reply, the shortest first."""
    asked: dict[int, float] = {}
    async with databases.sqlite() as db, platform(hearers + asking + 2) as there:
        unit = await _settle(db, hearers)
        channel = TelegramChannel(DEMO_TOKEN, root=there.address)
        app = App(db, Settings(telegram_token=DEMO_TOKEN), {TelegramChannel.name: channel})
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(stop))
        said = _Said(db, app)
        await said.say(hearers + asking + 1, "/help")  # nobody is measured on a cold start
        await asyncio.sleep(AIM_S)
        if broadcast:
            await _send(db, said, hearers, unit)
        for number in range(asking):
            who = hearers + 1 + number
            asked[FIRST_PERSON + who] = await said.say(who, "/help")
            await asyncio.sleep(EVERY_S)
        await asyncio.sleep(AIM_S * 2)
        if broadcast:
            await _was_under_way(db, hearers)
        stop.set()
        await running
        await channel.close()
    arrived: dict[int, float] = {}
    for call in there.calls:
        if not call.refused:
            arrived.setdefault(call.chat, call.at)
    return sorted(arrived.get(chat, float("inf")) - at for chat, at in asked.items())


async def _send(db: Database, said: _Said, officer: int, unit: int) -> None:
    """As a supervisor does it: the command, to whom, the words, the button; then it is written."""
    await said.say(officer, "/broadcast")
    await said.say(officer, data=f"a:cast:words:{unit}:residents")
    await said.say(officer, "今晚八点停水，请提前蓄水。")
    await said.say(officer, data="a:cast:go:1")
    async with asyncio.timeout(60):
        while True:
            await asyncio.sleep(0.05)
            if await _letters(db):
                return


async def _letters(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(Hearer)) or 0


async def _was_under_way(db: Database, hearers: int) -> None:
    """What was measured must be what it says."""
    written = await _letters(db)
    assert written == hearers, json.dumps({"written": written, "of": hearers})


def _nearly_all(waits: Sequence[float]) -> float:
    return waits[ceil(len(waits) * 0.99) - 1]


async def measure(scale: Scale) -> list[Row]:
    hearers, asking = scale.of(HEARERS, 60), scale.of(ASKING, 5)
    during = await _waits(hearers, asking, broadcast=True)
    alone = await _waits(hearers, asking, broadcast=False)
    worst, usual = _nearly_all(during), _nearly_all(alone)
    return [
        Row(
            "i",
            f"s until the first reply while a broadcast to {hearers:,} runs, p99 of {asking}"
            " who write",
            f"{worst:.2f} (median {median(during):.2f})",
            f"{usual:.2f} (median {median(alone):.2f}): the same with no broadcast",
            times(worst / usual),
            f"at most {AIM_S:.0f}",
            worst <= AIM_S,
            WHY,
        )
    ]
