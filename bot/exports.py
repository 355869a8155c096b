"""Writes the answer to a batch of leads: every row as it came, and what was found.

A typed cell never turns into a formula or a link.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter
from sqlalchemy import select

import locales
from models.answers import Answer, answers, note_sent
from models.clock import local_day
from models.leadcards import finding_text
from models.messages import Text, UserError
from models.session import Database
from models.sources import Batch

COLUMNS = ("source", "outcome", "at", "unit", "place", "since", "until", "attempts", "number")


async def export_leads(db: Database, number: str, out: Path, now: datetime, zone: ZoneInfo) -> int:
    """The rows written; UserError when no batch has this number."""
    async with db.write() as session:
        found = select(Batch).where(Batch.number == number).order_by(Batch.id)
        batches = list(await session.scalars(found))
        if not batches:
            raise UserError("export.no_batch", number=number)
        rows: list[Answer] = []
        for batch in batches:
            answered = await answers(session, batch)
            await note_sent(session, batch, answered, None, now)
            rows += answered
    heads = max((batch.headings for batch in batches), key=len)
    content = await asyncio.to_thread(answer_sheet, heads, rows, zone)
    await asyncio.to_thread(_put, out, content)
    return len(rows)


def _put(out: Path, content: bytes) -> None:
    try:
        out.touch(mode=0o600)
        out.write_bytes(content)
    except OSError:
        raise UserError("import.unwritable", path=str(out)) from None


def _say(text: Text) -> str:
    return locales.render(locales.SOURCE, text)


def answer_sheet(heads: Sequence[str], rows: Sequence[Answer], zone: ZoneInfo) -> bytes:
    """The answer as an xlsx file, in the words of the offices that it goes back to."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    page = book.add_worksheet()
    columns = [*heads, *(_say(Text(f"export.column.{name}")) for name in COLUMNS)]
    for line, cells in enumerate([columns, *(_cells(row, len(heads), zone) for row in rows)]):
        for at, cell in enumerate(cells):
            page.write_string(line, at, cell)
    book.close()
    return content.getvalue()


def _cells(row: Answer, width: int, zone: ZoneInfo) -> list[str]:
    """What came, padded to the headings, and what was found."""
    came = [*row.cells, *[""] * width][:width]
    return [
        *came,
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
