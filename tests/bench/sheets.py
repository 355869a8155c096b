"""(g) A ledger of 100,000 leads (or of `--rows`), from the database to a file that can be sent.

Ours goes the whole way: read in portions, unsealed, masked, put into words, written, counted, and
kept encrypted. Each side has a process of its own, whose memory is looked at as it ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select

from models import crypto
from models.accounts import Account, Assignment, Role
from models.clock import SystemClock, local_day, monotonic
from models.crypto import KeyRing
from models.files import load_files
from models.identity import mask_address, mask_id, mask_name, mask_phone
from models.jobs import Job, JobState, file_job
from models.leads import Lead, LeadSource
from models.ledgers.declaration import LEDGER
from models.messages import load_outbound
from models.outbox import OutboxRow
from models.people import Person
from models.session import Database
from models.statements import table_of
from models.units import Level, add_unit
from tests.bench import databases
from tests.bench.people import ZONE
from tests.bench.report import Row, count, times
from tests.bench.rounds import Scale, compete

ROWS, ROUNDS, BATCH = 100_000, 3, 1000
GRIDS = 40
AIM_RATIO, AIM_MB = 0.25, 40.0
WHY = (
    "a row is joined from three of the database's, five of its cells are unsealed, four masked;"
    " half of the processor's time goes into writing them"
)


def _told(n: int) -> dict[str, str]:
    """Who the lead of a row is about."""
    return {
        "name": "王张李赵陈杨"[n % 6] + "芳伟娜敏静丽强"[n % 7] + "华"[: n % 2],
        "phone": f"138{n:08}",
        "id_number": f"5101071990{n % 12 + 1:02}{n % 28 + 1:02}{n % 10000:04}",
        "address": f"花园小区{n // 300 + 1}栋{n // 75 % 4 + 1}单元{n // 3 % 25 + 101}",
    }


async def _settle(db: Database, rows: int, now: datetime) -> None:
    async with db.write() as session:
        top = await add_unit(session, "district", "清河区", Level.DISTRICT)
        grids = [
            await add_unit(session, f"G{n:03}", f"第{n}网格", Level.GRID, top) for n in range(GRIDS)
        ]
        clerk = Account(chat="bench:clerk", name="吴刚", created_at=now)
        session.add(clerk)
        await session.flush()
        held = {"role": Role.DISTRICT, "unit_id": top.id, "account_id": clerk.id}
        session.add(Assignment(**held, since_at=now))
        units = [grid.id for grid in grids]
    for start in range(0, rows, BATCH):
        numbers = range(start, min(start + BATCH, rows))
        async with db.write() as session:
            await session.execute(
                insert(table_of(Person)),
                [{**_told(n), "id": n + 1, "unit_id": units[n % GRIDS], "id_kind": "resident",
                  "created_at": now, "purge_on": now.date()} for n in numbers],
            )  # fmt: skip
            await session.execute(
                insert(table_of(Lead)),
                [{"person_id": n + 1, "unit_id": units[n % GRIDS], "source": LeadSource.PUSHED,
                  "origin": "四川省成都市武侯区", "expected_at": now, "created_at": now,
                  "purge_on": now.date()} for n in numbers],
            )  # fmt: skip


# -- the sides, each in a process of its own -------------------------------------------------------


async def _ours(path: str, out: str) -> float:
    """Seconds for the job."""
    from bot.app import works
    from bot.jobs import Runner

    db, clock = Database(f"sqlite+aiosqlite:///{path}"), SystemClock()
    runner = Runner(db, works(db, {}, clock, ZONE), clock, lambda: None)
    async with db.write() as session:
        clerk = await session.scalar(select(Account.id))
        unit = await session.scalar(select(Assignment.unit_id))
        assert clerk is not None
        today = local_day(clock.now(), ZONE)
        days = {"first": f"{today - timedelta(days=6)}", "last": f"{today + timedelta(days=1)}"}
        task = {"ledger": "leads", "unit": unit, "number": "1", "reason": "", "whole": False}
        job = await file_job(session, LEDGER, clerk, {**task, **days}, clock.now())
    began = monotonic()
    await runner.drain()
    seconds = monotonic() - began
    async with db.read() as session:
        assert await session.scalar(select(Job.state).where(Job.id == job.id)) == JobState.ENDED
        letter = (await session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()))).first()
        assert letter is not None
        key = load_outbound(letter.payload).document
        if out:
            Path(out).write_bytes((await load_files(session, [key]))[key].content)
    await db.close()
    return seconds


def _cells(rows: int, now: datetime) -> Iterator[tuple[Any, ...]]:
    """The cells of the same ledger, from nowhere."""
    for n in range(rows):
        told = _told(n)
        who = mask_name(told["name"]), mask_phone(told["phone"]), mask_id(told["id_number"])
        where = mask_address(told["address"]), f"第{n % GRIDS}网格", "上级推送"
        yield (n + 1, *who, *where, "四川省成都市武侯区", None, now, now, "还没核实", None, None)


def _bare(out: str, rows: int, now: datetime) -> float:
    """Seconds for XlsxWriter alone."""
    import xlsxwriter

    cells = list(_cells(min(rows, 1000), now))  # made before: nobody reads or masks anything
    began = monotonic()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for line in range(rows):
        for at, cell in enumerate(cells[line % len(cells)]):
            if isinstance(cell, str):
                page.write_string(line + 1, at, cell)
            elif isinstance(cell, datetime):
                page.write_datetime(line + 1, at, cell, day)
            elif cell is not None:
                page.write_number(line + 1, at, cell)
    book.close()
    return monotonic() - began


def _peak() -> float:
    """The most that this process has held, in megabytes; `ru_maxrss` begins with its parent's."""
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _warm(side: str) -> None:
    """What each holds before the first row: a bot its program, whatever it is asked for."""
    if side == "ours":
        from bot.app import works  # noqa: F401
        from bot.documents import ledgers  # noqa: F401
    import xlsxwriter  # noqa: F401


def _serve(side: str, path: str, out: str, rows: int) -> None:
    crypto.install(KeyRing({1: b"k" * 32}, b"i" * 32))
    _warm(side)
    before = _peak()
    now = datetime.fromtimestamp(0, ZONE).replace(tzinfo=None)
    seconds = asyncio.run(_ours(path, out)) if side == "ours" else _bare(out, rows, now)
    print(json.dumps({"seconds": seconds, "grown": _peak() - before}))


class _Sides:
    """Both write the same ledger; how much each grew at most."""

    def __init__(self, path: str, folder: Path, rows: int) -> None:
        self._path = path
        self._folder = folder
        self._rows = rows
        self.grown: dict[str, float] = {}

    async def play(self, side: str, out: str = "") -> float:
        told = [side, self._path, out or str(self._folder / "bare.xlsx"), str(self._rows)]
        if side == "ours":
            told[2] = out
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__, *told),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(self._folder)},
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, side
        found: dict[str, float] = json.loads(said)
        self.grown[side] = max(found["grown"], self.grown.get(side, 0.0))
        return found["seconds"]

    async def check(self) -> None:
        """The ledger has every row, and as many filled cells of each kind as the bare sheet."""
        out = self._folder / "ours.xlsx"
        await self.play("ours", str(out))
        kinds = []
        for path, skip in ((out, 1), (self._folder / "bare.xlsx", 0)):
            cells = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[skip:]
            kinds.append([[type(cell).__name__ for cell in row if cell != ""] for row in cells])
        assert len(kinds[0]) == self._rows
        assert kinds[0] == kinds[1]


async def measure(scale: Scale) -> list[Row]:
    rows = scale.rows or scale.of(ROWS, 300)
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as folder:
        async with databases.sqlite() as db:
            await _settle(db, rows, SystemClock().now())
            sides = _Sides(str(db.engine.url.database), Path(folder), rows)
            await sides.play("bare")
            await sides.check()
            plays = {side: lambda side=side: sides.play(side) for side in ("ours", "bare")}
            seconds = await compete(plays, scale.of(ROUNDS, 1))
    return _rows({side: rows / s for side, s in seconds.items()}, sides.grown, rows)


def _rows(speed: Mapping[str, float], grown: Mapping[str, float], rows: int) -> list[Row]:
    what = f"a ledger of {rows:,} leads, masked, from the database to a kept file (SQLite)"
    ratio, more = speed["ours"] / speed["bare"], grown["ours"] - grown["bare"]
    return [
        Row(
            "g",
            f"rows/s, {what}",
            count(speed["ours"]),
            f"{count(speed['bare'])}: XlsxWriter alone, as many cells that nobody had to read",
            times(ratio),
            f"at least {AIM_RATIO}x",
            ratio >= AIM_RATIO,
            f"{count(speed['ours'])} rows/s are {times(ratio)} of XlsxWriter alone: {WHY}",
        ),
        Row(
            "g",
            "MB by which the process grew at most while it wrote it",
            f"{grown['ours']:.0f}",
            f"{grown['bare']:.0f}: XlsxWriter alone, with constant memory",
            "",
            f"at most {AIM_MB:.0f} more",
            more <= AIM_MB,
            f"{more:.0f} MB more than XlsxWriter alone: what the first statements load and"
            " remember is in it, the words of the offices, and two portions of 500 rows",
        ),
    ]


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
