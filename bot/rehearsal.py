"""`gridbot rehearse`: what would be sent, if nobody answers, played over a copy.

The copy is made of one moment of the database, whichever it is, as a backup is; nothing is ever
written to the database itself, no row of it is locked, and no channel is even made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

import locales
from bot.backup import Tell, backup
from bot.broadcasts import BroadcastWork
from bot.jobs import Runner
from bot.pacing import WINDOW_S, Limits
from bot.settings import Settings
from models.archive import Archive, load
from models.broadcasts import BROADCAST
from models.clock import StoppedClock, at_local, local_day
from models.jobs import leave_all
from models.messages import Text, UserError, Value
from models.migrations.upgrade import upgrade
from models.session import Database
from scheduler.ladders import ladders
from scheduler.rehearsal import Rehearsed, rehearse

FARTHEST = timedelta(days=31)
SHOWN = 20  # workers with too much to do


def tomorrow_night(now: datetime, zone: ZoneInfo) -> datetime:
    """Until when, unless somebody says: the end of tomorrow."""
    last = at_local(local_day(now, zone) + timedelta(days=2), time(), zone)
    return last - timedelta(seconds=1)


async def report(settings: Settings, now: datetime, until: datetime, tell: Tell) -> None:
    """Play the time until then, and tell what would come. Raises UserError."""
    if not now < until <= now + FARTHEST:
        raise UserError("rehearse.when", n=FARTHEST.days)
    tell(Text("rehearse.copying"))
    async with copied(settings, now) as copy:
        done = await play(copy, now, until, settings.zone)
    for line in lines(done, now, until, settings.zone):
        tell(line)


@asynccontextmanager
async def copied(settings: Settings, now: datetime) -> AsyncIterator[Database]:
    """The database as it is now, in a file for our eyes that is gone afterwards."""
    with TemporaryDirectory(prefix="gridbot-") as folder:  # nobody else may look into it
        kept = Path(folder) / "moment"
        await backup(settings, kept, now, lambda _: None)
        settings.install_keys()
        copy = Database(f"sqlite+aiosqlite:///{folder}/copy.db")
        try:
            with Archive(kept) as archive:
                async with copy.engine.begin() as connection:
                    await connection.run_sync(upgrade, archive.manifest.revision)
                    await load(connection, archive)
                    await connection.run_sync(upgrade)
            yield copy
        finally:
            await copy.close()


async def play(copy: Database, now: datetime, until: datetime, zone: ZoneInfo) -> Rehearsed:
    """What was asked to be sent to many is written first, from where somebody else may be at it
    just now; then the time passes."""
    clock = StoppedClock(now)
    async with copy.write() as session:
        await leave_all(session)
    works = {BROADCAST: lambda: BroadcastWork(copy, clock)}
    await Runner(copy, works, clock, lambda: None).drain()
    return await rehearse(copy, now, until, zone)


def seconds_of(messages: int) -> int:
    """How long so many take at the platform's limit."""
    return ceil(messages * WINDOW_S / Limits().per_second)


def lines(done: Rehearsed, now: datetime, until: datetime, zone: ZoneInfo) -> Sequence[Text]:
    """The tables, in the operator's words."""
    said = [Text("rehearse.title", {"since": now, "until": until})]
    if not done.total:
        said.append(Text("rehearse.nothing"))
    else:
        head = [Text(f"rehearse.head.{name}") for name in ("hour", "n", "seconds", "kinds")]
        rows: list[list[Value]] = [
            [hour, kinds.total(), seconds_of(kinds.total()), _kinds(kinds)]
            for hour, kinds in done.hours.items()
        ]
        rows.append([Text("rehearse.total"), done.total, "", ""])
        said += _table([head, *rows])
        hour, kinds = max(done.hours.items(), key=lambda one: one[1].total())
        peak: dict[str, Value] = {"at": hour, "n": kinds.total()}
        said.append(Text("rehearse.peak", {**peak, "seconds": seconds_of(kinds.total())}))
    said.append(Text("rehearse.waiting", {"n": done.waiting}))
    limits: dict[str, Value] = {"messages": done.most_messages, "tasks": done.most_tasks}
    if not done.overloaded:
        return [*said, Text("rehearse.nobody", limits)]
    said.append(Text("rehearse.overloaded", {**limits, "n": len(done.overloaded)}))
    head = [Text(f"rehearse.head.{name}") for name in ("day", "who", "unit", "n", "tasks")]
    told: list[list[Value]] = [
        [one.on, f"{one.name} #{one.account_id}", one.unit, one.messages, one.tasks]
        for one in done.overloaded[:SHOWN]
    ]
    said += _table([head, *told])
    if len(done.overloaded) > SHOWN:
        said.append(Text("rehearse.more", {"n": len(done.overloaded) - SHOWN}))
    return said


def _kinds(kinds: dict[str, int]) -> Value:
    """What they are, the most first."""
    every = sorted(kinds.items(), key=lambda one: (-one[1], one[0]))
    return [Text("rehearse.of", {"kind": _kind(kind), "n": n}) for kind, n in every]


def _kind(named: str) -> Text:
    ladder = named in ladders().by_kind
    return Text(f"rehearse.kind.{named}" if ladder else f"rehearse.priority.{named}")


def _table(rows: Sequence[Sequence[Value]]) -> list[Text]:
    """Lines whose columns stand below each other, however wide the characters are."""
    cells = [[_said(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [
        Text(
            "rehearse.row",
            {"row": "  ".join(_padded(*one) for one in zip(row, widths, strict=True)).rstrip()},
        )
        for row in cells
    ]


def _said(cell: Value) -> str:
    return locales.render(locales.SOURCE, Text("rehearse.row", {"row": cell}))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
