"""Writes the answer to a batch of leads: every row as it came, and what was found.

A typed cell never turns into a formula or a link.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

import xlsxwriter
from sqlalchemy import select

import locales
from models.answers import TOLD, Answer, answers, note_sent
from models.clock import local_day
from models.leadcards import finding_text
from models.messages import Text, UserError
from models.session import Database
from models.sources import Batch

Page: TypeAlias = tuple[Sequence[str], Sequence[Answer]]  # headings as they came, rows
COLUMNS = ("source", "outcome", "at", "unit", "place", "since", "until", "attempts", "number")


async def export_leads(db: Database, number: str, out: Path, now: datetime, zone: ZoneInfo) -> int:
    """The rows written; UserError when no batch has this number."""
    async with db.write() as session:
        found = select(Batch).where(Batch.number == number).order_by(Batch.id)
        pages: list[Page] = []
        for batch in list(await session.scalars(found)):
            rows = await answers(session, batch)
            await note_sent(session, batch, rows, None, now)
            pages.append((batch.headings, rows))
    if not pages:
        raise UserError("export.no_batch", number=number)
    content = await asyncio.to_thread(answer_sheet, pages, zone)
    await asyncio.to_thread(_put, out, content)
    return sum(len(rows) for _, rows in pages)


def _put(out: Path, content: bytes) -> None:
    try:
        out.touch(mode=0o600)
        out.write_bytes(content)
    except OSError:
        raise UserError("import.unwritable", path=str(out)) from None


def _say(text: Text) -> str:
    return locales.render(locales.SOURCE, text)


def answer_sheet(pages: Sequence[Page], zone: ZoneInfo) -> bytes:
    """The answer as an xlsx file, in the words of the offices that it goes back to: a page for
    each batch, since each has come with headings of its own."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    for heads, rows in pages:
        page = book.add_worksheet()
        told = () if rows and all(row.cells for row in rows) else TOLD
        ours = [Text(f"import.field.{name}") for name in told]
        ours += [Text(f"export.column.{name}") for name in COLUMNS]
        lines = [[*heads, *map(_say, ours)]]
        lines += [
            [*_as_it_came(row, len(heads)), *(row.told[name] for name in told), *_found(row, zone)]
            for row in rows
        ]
        for line, cells in enumerate(lines):
            for at, cell in enumerate(cells):
                page.write_string(line, at, cell)
    book.close()
    return content.getvalue()


def _as_it_came(row: Answer, width: int) -> list[str]:
    return [*row.cells, *[""] * width][:width]


def _found(row: Answer, zone: ZoneInfo) -> list[str]:
    return [
        _say(Text(f"source.{row.channel}")),
        _say(finding_text(row.outcome)) if row.outcome else _say(Text("export.open")),
        row.at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if row.at else "",
        row.unit,
        row.place,
        local_day(row.since, zone).isoformat() if row.since else "",
        row.until.isoformat() if row.until else "",
        str(row.attempts),
        row.number,
    ]
