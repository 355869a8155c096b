"""What the bot stands on and does not make: the clock, the disk, the fonts of its machine."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
from sqlalchemy import func, select

from bot.charts import process
from bot.charts.picture import vocabulary
from bot.findings import Finding, bad, good, warn
from bot.fonts import FOLDERS, chinese_fonts, reading_font
from models.clock import Clock
from models.messages import UserError
from models.session import Database

APART = timedelta(seconds=60)
MB = 1024 * 1024
TOO_LITTLE, LITTLE = 100 * MB, 1024 * MB
ASK_S = 10.0

# -- the clock -----------------------------------------------------------------------------------


def apart(name: str, gap: timedelta) -> Finding:
    """How far our clock is ahead (or, below zero, behind) of another one."""
    seconds = abs(round(gap.total_seconds()))
    return bad(name, n=seconds) if abs(gap) > APART else good(name, n=seconds)


async def database_clock(db: Database, clock: Clock) -> timedelta | None:
    """Our clock less that of the database's server; None when there is no server."""
    if db.embedded:
        return None
    async with db.read() as session:
        theirs: datetime | None = await session.scalar(select(func.clock_timestamp()))
    return None if theirs is None else clock.now() - theirs


async def platform_clock(root: str, proxy: str, clock: Clock) -> timedelta | None:
    """Our clock less that of whoever answers at `root`; None when it does not tell. The token is
    not needed for that, and not sent."""
    try:
        async with httpx.AsyncClient(proxy=proxy or None, trust_env=False, timeout=ASK_S) as client:
            answer = await client.get(root)
        return clock.now() - parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError, TypeError):
        return None


# -- the disk ------------------------------------------------------------------------------------


def disk(folder: Path) -> Finding:
    """Can the data folder be written to, and how long?"""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return bad("folder", path=str(folder))
    free = shutil.disk_usage(there).free
    path, left = str(folder), free // MB
    if free < TOO_LITTLE:
        return bad("disk", path=path, free=left)
    if free < LITTLE:
        return warn("disk", path=path, free=left)
    return good("disk", path=path, free=left)


# -- the fonts -----------------------------------------------------------------------------------

PACKAGE = "fonts-noto-cjk"


async def fonts() -> Finding:
    """Is there a font with Chinese characters, for what we draw?"""
    command = shutil.which("fc-list")
    found = await _asked(command) if command else await asyncio.to_thread(_seen, FOLDERS)
    return good("fonts", font=found) if found else warn("fonts", package=PACKAGE)


async def _asked(command: str) -> str:
    """The family of a font that fontconfig knows to have Chinese; empty without one."""
    process = await asyncio.create_subprocess_exec(
        command,
        ":lang=zh",
        "family",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    return min(out.decode("utf-8", "replace").split("\n")[:-1], default="").split(",")[0]


async def charts() -> Finding:
    """Can pictures of figures be drawn: library, font, and every character of our words in it?"""
    if process.lacks() == "library":
        return warn("charts")
    font = reading_font()
    if font is None:
        return warn("charts_font", package=PACKAGE)
    try:
        missing = await process.missing_from(font, vocabulary())
    except (UserError, RuntimeError):
        return warn("charts_unreadable", font=str(font))
    if missing:
        return warn("charts_glyphs", font=str(font), missing=missing[:20])
    return good("charts", font=font.name)


def _seen(folders: Sequence[str]) -> str:
    """The name of a font file that is known to have Chinese; empty without one."""
    found = next(chinese_fonts(folders), None)
    return found.stem if found else ""
