"""A backup: every row of a database in one file that any of our databases can take in.

A zip: `rows/TABLE.jsonl` has a list a row, `manifest.json` says what must be there. Sealed values
lie in it as they lie in the database; the keys only when asked for (`keys.json`). Knows tables as
migrations make them, so a database that was not upgraded can be kept as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any, Self, TypeAlias
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile
from zlib import error as ZlibError

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    Column,
    Date,
    LargeBinary,
    Select,
    Table,
    Time,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from models.base import Instant
from models.crypto import KeyRing
from models.messages import UserError
from models.migrations.history import tables_at
from models.migrations.upgrade import revision_of, revisions
from models.session import Database
from models.statements import count_on

FORMAT = 1
BATCH = 500

Cell: TypeAlias = Callable[[Any], Any]


class Part(BaseModel):
    """One table in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(BaseModel):
    """What is in the file. `keys` are the marks of the keys that open it (`KeyRing.marks`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    program: str
    revision: str
    made_at: datetime
    keys: Mapping[str, str]
    tables: Mapping[str, Part]

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.tables.values())

    def opened_by(self, ring: KeyRing) -> bool:
        """Does the ring hold every key that the rows are sealed and found with?"""
        return self.keys.items() <= ring.marks().items()


# -- cells: what JSON has no word for ------------------------------------------------------------


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _text(box: bytes) -> str:
    return base64.b64encode(box).decode()


_CELLS: Sequence[tuple[type[TypeEngine[Any]] | type[Instant], Cell, Cell]] = (
    (LargeBinary, _text, _bytes),
    (Instant, datetime.isoformat, datetime.fromisoformat),
    (Date, date.isoformat, date.fromisoformat),
    (Time, time.isoformat, time.fromisoformat),
)


def _as_it_is(value: Any) -> Any:
    return value


def _cells(columns: Sequence[Column[Any]], *, reading: bool) -> list[Cell]:
    """How each column's values are written, or read."""
    return [
        next(
            (cell[2 if reading else 1] for cell in _CELLS if isinstance(c.type, cell[0])), _as_it_is
        )
        for c in columns
    ]


def _over(cells: Sequence[Cell], row: Sequence[Any]) -> list[Any]:
    return [None if v is None else cell(v) for cell, v in zip(cells, row, strict=True)]


# -- writing -------------------------------------------------------------------------------------


async def dump(
    db: Database,
    file: IO[bytes],
    program: str,
    now: datetime,
    keys: Callable[[], KeyRing],
    *,
    with_keys: bool,
) -> Manifest:
    """Write one moment of the database while others go on writing to it. `keys` is asked last, so
    that it holds what a rotation has added meanwhile.

    Raises UserError when there is no database, a newer one, or a key that is not on the ring.
    """
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        async with db.snapshot() as connection:
            revision = await connection.run_sync(revision_of)
            url = db.url.render_as_string(hide_password=True)
            if revision is None:
                raise UserError("backup.no_database", url=url)
            if revision not in revisions():
                raise UserError("backup.newer", url=url)
            parts, used = {}, set[int]()
            for table in tables_at(revision).sorted_tables:
                parts[table.name] = await _dump_table(connection, archive, table, used)
        ring = keys()
        if not used <= ring.keys.keys():
            raise UserError("backup.key_missing", keys=", ".join(map(str, used - ring.keys.keys())))
        needed = {str(key) for key in used} | {"index"}
        manifest = Manifest(
            format=FORMAT,
            program=program,
            revision=revision,
            made_at=now,
            keys={name: mark for name, mark in ring.marks().items() if name in needed},
            tables=parts,
        )
        archive.writestr("manifest.json", manifest.model_dump_json(indent=1))
        if with_keys:
            archive.writestr("keys.json", ring.dump())
    return manifest


async def _dump_table(
    connection: AsyncConnection, archive: ZipFile, table: Table, used: set[int]
) -> Part:
    """Write a table's rows in the order of their keys; `used` learns the keys of what is sealed."""
    columns = list(table.columns)
    cells = _cells(columns, reading=False)
    sealed = [n for n, c in enumerate(columns) if isinstance(c.type, LargeBinary)]
    digest, count = hashlib.sha256(), 0
    query: Select[Any] = select(*columns).order_by(*table.primary_key.columns)
    with archive.open(_member(table.name), "w", force_zip64=True) as out:
        async with connection.stream(query) as found:
            async for row in found:
                used.update(row[n][1] for n in sealed if row[n])
                line = json.dumps(_over(cells, row), ensure_ascii=False).encode() + b"\n"
                digest.update(line)
                out.write(line)
                count += 1
    names = tuple(column.name for column in columns)
    return Part(columns=names, rows=count, sha256=digest.hexdigest())


def _member(table: str) -> str:
    return f"rows/{table}.jsonl"


# -- reading -------------------------------------------------------------------------------------

_DAMAGE = (BadZipFile, ZlibError, KeyError, ValueError, TypeError, NotImplementedError, EOFError)


class Archive:
    """A backup that can be read: its manifest, its keys when it has them, its rows.

    Raises UserError for one of a newer program, and wherever it turns out to be damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._intact():
            self._file = ZipFile(path)
        with self._intact():
            raw = json.loads(self._file.read("manifest.json"))
            if raw["format"] != FORMAT or raw["revision"] not in revisions():
                raise UserError("restore.newer", program=str(raw["program"]))
            self.manifest = Manifest.model_validate(raw)
            self.tables = tables_at(self.manifest.revision).sorted_tables
            expected = {table.name: tuple(c.name for c in table.columns) for table in self.tables}
            if expected != {name: part.columns for name, part in self.manifest.tables.items()}:
                raise ValueError("these are not the tables of its revision")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @contextmanager
    def _intact(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            what = type(error).__name__
            raise UserError("restore.unreadable", path=str(self._path), error=what) from error
        except _DAMAGE as error:
            raise UserError("restore.damaged", path=str(self._path)) from error

    def keys(self) -> KeyRing | None:
        """The ring, in a backup that has it."""
        if "keys.json" not in self._file.namelist():
            return None
        with self._intact():
            return KeyRing.load(self._file.read("keys.json").decode())

    def verify(self) -> None:
        """Read all of it once."""
        for table in self.tables:
            for _ in self.batches(table):
                pass

    def batches(self, table: Table) -> Iterator[list[dict[str, Any]]]:
        """A table's rows, some at a time; at the end it is known whether these were all."""
        part = self.manifest.tables[table.name]
        cells = _cells(list(table.columns), reading=True)
        digest, count = hashlib.sha256(), 0
        rows: list[dict[str, Any]] = []
        with self._intact(), self._file.open(_member(table.name)) as lines:
            for line in lines:
                digest.update(line)
                count += 1
                rows.append(dict(zip(part.columns, _over(cells, json.loads(line)), strict=True)))
                if len(rows) == BATCH:
                    yield rows
                    rows = []
            if (count, digest.hexdigest()) != (part.rows, part.sha256):
                raise ValueError("rows are missing or changed")
        if rows:
            yield rows


async def load(connection: AsyncConnection, archive: Archive) -> None:
    """Put every row into the empty tables of the archive's revision, in one transaction of the
    caller's."""
    for table in archive.tables:
        await _load_table(connection, archive, table)
    await count_on(connection, [table for table in archive.tables if "id" in table.columns])


async def _load_table(connection: AsyncConnection, archive: Archive, table: Table) -> None:
    """References within the table are set once all its rows are there."""
    (key,) = table.primary_key.columns
    inward = [fk.parent.name for fk in table.foreign_keys if fk.column.table is table]
    later: dict[str, list[dict[str, Any]]] = {name: [] for name in inward}
    for rows in archive.batches(table):
        for row in rows:
            for name in inward:
                if row[name] is not None:
                    later[name].append({"of": row[key.name], "to": row[name]})
                    row[name] = None
        await connection.execute(insert(table), rows)
    for name, moves in later.items():
        if moves:
            change = update(table).where(key == bindparam("of")).values({name: bindparam("to")})
            await connection.execute(change, moves)
