"""Takes in a sheet of units, staff or people, and gives it back with the result of every row.

Bad rows keep nobody else out. It knows no command line: `say` turns keys into the operator's words.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports import people, returned, staff, units
from bot.imports.result import Outcome, Results, note
from bot.imports.returned import Say
from bot.imports.sheet import Sheet, read_sheet
from models.session import Database


@dataclass(frozen=True, slots=True)
class Imported:
    """Numbers of rows: new ones, those that changed a known one, those sent back, the rest."""

    landed: int
    changed: int
    refused: int
    returned: Path
    unchanged: int


async def import_sheet(
    db: Database, kind: str, path: Path, now: datetime, zone: ZoneInfo, say: Say
) -> Imported:
    """Import the file; UserError when it is no sheet of this kind: nothing has changed."""
    sheet = await asyncio.to_thread(read_sheet, path, kind)
    copy = await asyncio.to_thread(returned.reserve, path)
    try:
        results = await _land(db, sheet, copy, now, zone, say)
    except BaseException:
        await asyncio.to_thread(copy.unlink)
        raise
    counts = Counter(result.outcome for result in results.values())
    return Imported(
        landed=counts[Outcome.NEW],
        changed=counts[Outcome.CHANGED],
        refused=counts[Outcome.REFUSED],
        returned=copy,
        unchanged=counts[Outcome.SAME],
    )


async def _land(
    db: Database, sheet: Sheet, copy: Path, now: datetime, zone: ZoneInfo, say: Say
) -> Results:
    """Write the rows and the copy. The copy of units and staff is there before they are
    committed: nothing is written whose code nobody could read."""
    if sheet.kind == "people":
        results = await people.land(db, sheet.rows, now, zone)
        await asyncio.to_thread(returned.write, copy, sheet, results, say)
        return results
    async with db.write() as session:
        results = await _land_at_once(session, sheet, now, zone)
        note(session, sheet.kind, results.values(), now)
        await asyncio.to_thread(returned.write, copy, sheet, results, say)
    return results


async def _land_at_once(
    session: AsyncSession, sheet: Sheet, now: datetime, zone: ZoneInfo
) -> Results:
    if sheet.kind == "units":
        return await units.land(session, sheet.rows, now, zone)
    return await staff.land(session, sheet.rows, now)
