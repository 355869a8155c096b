"""(f) A list of 170,000 residents dropped into a chat, while other people go on talking.

Ours goes the whole way: fetched, read in its process, checked, recognised, sealed, landed.
"""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeVar

import xlsxwriter
from pydantic import AfterValidator, BaseModel, StringConstraints
from python_calamine import CalamineWorkbook
from sqlalchemy import Column, MetaData, String, Table, insert, select

from bot.app import works
from bot.jobs import Runner
from handlers.conversation import take
from handlers.features import registry
from models.accounts import Account, Assignment, Role
from models.clock import SystemClock, monotonic
from models.errands import IMPORT, Errand
from models.identity import IdDocument, IdKind, check_resident
from models.inbox import receive
from models.jobs import Job, JobState, file_job, put_task, task_of, wake
from models.messages import Inbound
from models.people import Household, Person, address_index, id_index, phone_index
from models.session import Database
from models.statements import table_of
from models.twins import indexes
from models.units import Level, add_unit
from tests.bench import databases
from tests.bench.people import CHANNEL, NOW, ZONE
from tests.bench.report import Row, count, times
from tests.bench.rounds import Scale, compete

T = TypeVar("T")

ROWS, FEW, ROUNDS = 170_000, 10_002, 3
GRIDS, VILLAGES = 200, 50
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玉兰建国红梅春海波宁辉力"
HEAD = ("姓名", "身份证号", "手机号码", "现住址", "所属网格")
GAP_S = 0.02  # between two replies of other people
CALM_S = 10.0
AIM_BARE, AIM_STOCK, AIM_LATE_MS = 0.6, 3.5, 50.0
BATCH = 1000
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
WHY = (
    "in the bot its loop and the database's thread work by turns, at 0.7 and 0.3 of the bare"
    " stages' processor time a row, beside them the reading process; a row is looked for"
    " among those on record, by paper, door and the sound and look of the name, and others are"
    " let in after some hundred rows"
)


def _number(serial: int) -> str:
    day, rest = serial // 1000, serial % 1000
    body = f"510107{1950 + day // 336}{day // 28 % 12 + 1:02}{day % 28 + 1:02}{rest:03}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def _name(n: int) -> str:
    one, other = GIVEN[n * 7 % len(GIVEN)], GIVEN[n // 3 * 11 % len(GIVEN)]
    return FAMILY[n // 3 % len(FAMILY)] + one + other


def _sheet(rows: int) -> bytes:
    """Three people behind each door, some with the same names."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"constant_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, HEAD)
    for n in range(rows):
        door = f"花园小区{n // 300 + 1}栋{n // 75 % 4 + 1}单元{n // 3 % 25 + 101}"
        grid = f"G{n * GRIDS // rows:04}"
        page.write_row(n + 1, 0, (_name(n), _number(n), f"138{n:08}", door, grid))
    book.close()
    return content.getvalue()


# -- ours --------------------------------------------------------------------------------------


class _Chat:
    """A district whose administrator drops a sheet, and somebody else who goes on talking."""

    def __init__(self, db: Database, content: bytes) -> None:
        self._db = db
        self._content = content
        self._registry = registry()
        self._numbers = itertools.count(1)
        self.waits: list[float] = []

    async def fetch_file(self, _file: str) -> bytes:
        return self._content

    async def settle(self) -> None:
        async with self._db.write() as session:
            top = await add_unit(session, "district", "清河区", Level.DISTRICT)
            town = await add_unit(session, "T", "城关镇", Level.TOWNSHIP, top)
            villages = [
                await add_unit(session, f"V{n:03}", f"第{n}村", Level.VILLAGE, town)
                for n in range(VILLAGES)
            ]
            for n in range(GRIDS):
                above = villages[n * VILLAGES // GRIDS]
                await add_unit(session, f"G{n:04}", f"第{n}网格", Level.GRID, above)
            admin = Account(chat=f"{CHANNEL}:admin", name="冯静", created_at=NOW)
            session.add(admin)
            await session.flush()
            held = {"role": Role.ADMIN, "unit_id": top.id, "account_id": admin.id}
            session.add(Assignment(**held, since_at=NOW))
            errand = Errand(channel=CHANNEL, file="f", name="名册.xlsx", key="none")
            await file_job(session, IMPORT, admin.id, errand.model_dump(), NOW)

    def runner(self) -> Runner:
        clock = SystemClock()
        made = works(self._db, {CHANNEL: self}, clock, ZONE)
        return Runner(self._db, made, clock, lambda: None)

    async def confirm(self) -> None:
        async with self._db.write() as session:
            job = (await session.scalars(select(Job))).one()
            errand = Errand.of(task_of(job))
            errand.stage = "land"
            put_task(job, errand.model_dump())
            wake(job)

    async def imported(self) -> None:
        """Look, confirm, land; raises when it came to something else."""
        await self.runner().drain()
        await self.confirm()
        await self.runner().drain()
        async with self._db.read() as session:
            state = await session.scalar(select(Job.state))
        assert state == JobState.ENDED, state

    async def talk(self) -> None:
        """Reply after reply to somebody else; notes how long each took to be durable."""
        chat = f"{CHANNEL}:other"
        while True:
            said = Inbound(CHANNEL, chat, str(next(self._numbers)), "text", text="/help")
            began, now = monotonic(), SystemClock().now()
            async with self._db.write() as session:
                await receive(session, [said], now)
            await take(self._db, self._registry, [chat], now, ZONE)
            self.waits.append((monotonic() - began) * 1000)
            await asyncio.sleep(GAP_S)

    def p99(self) -> float:
        """Milliseconds, of the replies since the last time."""
        found, self.waits = sorted(self.waits), []
        return found[int(len(found) * 0.99)] if found else 0.0


@asynccontextmanager
async def _talking(chat: _Chat) -> AsyncIterator[None]:
    talking = asyncio.create_task(chat.talk())
    try:
        yield
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


async def _ours(content: bytes, server: str = "") -> float:
    """Seconds for the whole sheet, nobody else there."""
    async with databases.postgres(server) if server else databases.sqlite() as db:
        chat = _Chat(db, content)
        await chat.settle()
        began = monotonic()
        await chat.imported()
        return monotonic() - began


async def _lateness(content: bytes, calm_s: float, server: str = "") -> tuple[float, float]:
    """p99 of other people's replies without an import, and during one."""
    async with databases.postgres(server) if server else databases.sqlite() as db:
        chat = _Chat(db, content)
        await chat.settle()
        async with _talking(chat):
            await asyncio.sleep(calm_s)
            calm = chat.p99()
            await chat.imported()
            return calm, chat.p99()


# -- beside it -----------------------------------------------------------------------------------


def _real(number: str) -> str:
    return check_resident(number, NOW.date()).number


class _Line(BaseModel):
    """What a row must be."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    number: Annotated[str, StringConstraints(pattern=r"^\d{17}[\dX]$"), AfterValidator(_real)]
    phone: Annotated[str, StringConstraints(pattern=r"^1[3-9]\d{9}$")]
    address: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    grid: str


def _read(content: bytes) -> list[list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows: list[list[str]] = book.get_sheet_by_index(0).to_python()[1:]
    return rows


def _checked(rows: Sequence[Sequence[object]]) -> list[_Line]:
    return [_Line(**dict(zip(_Line.model_fields, row, strict=True))) for row in rows]


_PLAIN = Table(
    "plain", MetaData(), *(Column(name, String, nullable=False) for name in _Line.model_fields)
)


def _columns(line: _Line) -> dict[str, object]:
    """A row of the roster as ours has it: the same sealed values, the same indexes."""
    document = IdDocument(kind=IdKind.RESIDENT, number=line.number)
    sound, look = indexes(line.name, 1)
    return {
        "unit_id": 1,
        "name": line.name,
        "phone": line.phone,
        "phone_index": phone_index(line.phone),
        "id_kind": document.kind,
        "id_number": line.number,
        "id_index": id_index(document),
        "address": line.address,
        "created_at": NOW,
        "listed_at": NOW,
        "purge_on": NOW.date(),
        "sound_index": sound,
        "look_index": look,
    }


def _doors(lines: Sequence[_Line]) -> dict[str, dict[str, object]]:
    """The households of the list, by address as it is written."""
    return {
        line.address: {
            "id": number,
            "unit_id": 1,
            "address": line.address,
            "address_index": address_index(line.address),
        }
        for number, line in enumerate(lines[::3], 1)
    }


async def _bare(content: bytes) -> float:
    """Seconds for the bare stages: calamine reads, pydantic checks, Core inserts the same rows
    into the same tables, with the same sealed columns and blind indexes, in one transaction.

    Nothing is looked for among what is there, nobody else gets by, nobody is told how far it is.
    """
    async with databases.sqlite() as db:
        await _unit(db)
        began = monotonic()
        lines = _checked(_read(content))
        doors = _doors(lines)
        async with db.write() as session:
            for homes in _batches(list(doors.values())):
                await session.execute(insert(table_of(Household)), homes)
            for batch in _batches(lines):
                rows = [
                    {**_columns(line), "household_id": doors[line.address]["id"]} for line in batch
                ]
                await session.execute(insert(table_of(Person)), rows)
        return monotonic() - began


async def _plain(content: bytes) -> float:
    """Seconds for reading, checking and inserting what was read as it is, into one table without
    seals, indexes or households: what a script of twenty lines does."""
    async with databases.sqlite() as db:
        async with db.engine.begin() as connection:
            await connection.run_sync(_PLAIN.create)
        began = monotonic()
        lines = _checked(_read(content))
        async with db.write() as session:
            for batch in _batches(lines):
                await session.execute(insert(_PLAIN), [line.model_dump() for line in batch])
        return monotonic() - began


async def _stock(path: Path) -> float:
    """Seconds with openpyxl and add_all."""
    import openpyxl

    async with databases.sqlite() as db:
        await _unit(db)
        began = monotonic()
        page = openpyxl.load_workbook(path).active
        assert page is not None
        lines = _checked(list(page.iter_rows(min_row=2, values_only=True)))
        doors = _doors(lines)
        async with db.write() as session:
            session.add_all(Household(**home) for home in doors.values())
            session.add_all(
                Person(**_columns(line), household_id=doors[line.address]["id"]) for line in lines
            )
        return monotonic() - began


def _batches(lines: Sequence[T]) -> Iterator[Sequence[T]]:
    return (lines[at : at + BATCH] for at in range(0, len(lines), BATCH))


async def _unit(db: Database) -> None:
    async with db.write() as session:
        await add_unit(session, "district", "清河区", Level.DISTRICT)


# -- the comparison ------------------------------------------------------------------------------


async def measure(scale: Scale) -> list[Row]:
    rows, few = scale.rows or scale.of(ROWS, 300), scale.of(FEW, 102)
    content, small = _sheet(rows), _sheet(few)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "few.xlsx"
        path.write_bytes(small)
        sides = {
            "ours": lambda: _ours(content),
            "bare": lambda: _bare(content),
            "plain": lambda: _plain(content),
            "stock": lambda: _stock(path),
        }
        seconds = await compete(sides, scale.of(ROUNDS, 1))
    speed = {name: (few if name == "stock" else rows) / s for name, s in seconds.items()}
    calm, busy = await _lateness(content, scale.of(CALM_S, 0.2))
    return _rows(speed, busy - calm, calm, rows)


def _rows(speed: Mapping[str, float], later: float, calm: float, rows: int) -> list[Row]:
    what = f"rows/s, a list of {rows:,} residents dropped into a chat (SQLite)"
    ours, bare, stock = speed["ours"], speed["bare"], speed["stock"]
    return [
        Row(
            "f",
            what,
            count(ours),
            f"{count(bare)}: the bare stages, which write the same rows into the same tables",
            times(ours / bare),
            f"at least {AIM_BARE}x",
            ours >= AIM_BARE * bare,
            f"{count(ours)} rows/s are {ours / bare:.0%}: {WHY}",
        ),
        Row(
            "f",
            what,
            count(ours),
            f"{count(stock)}: openpyxl and ORM add_all of the same rows ({FEW:,} rows)",
            times(ours / stock),
            f"at least {AIM_STOCK}x",
            ours >= AIM_STOCK * stock,
            f"{count(ours)} rows/s are {times(ours / stock)} of openpyxl and the ORM: {WHY}",
        ),
        Row(
            "f",
            what,
            count(ours),
            f"{count(speed['plain'])}: the same stages, the cells unsealed in one plain table",
            times(ours / speed["plain"]),
        ),
        Row(
            "f",
            "ms by which p99 of other people's replies is later during it",
            f"{max(0.0, later):.0f}",
            f"{calm:.0f}: p99 without an import",
            "",
            f"at most {AIM_LATE_MS:.0f}",
            later <= AIM_LATE_MS,
            "one writer: a reply waits for the batch that is being written",
        ),
    ]
