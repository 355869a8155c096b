"""What is wrong with this installation, and what to do about it. Looks, and changes nothing."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from sqlalchemy.ext.asyncio import AsyncSession

import locales
from bot.app import anything_sealed
from bot.channels.base import BadToken, ChannelError
from bot.findings import Finding, bad, good, warn
from bot.fonts import use_font
from bot.operations import telegram
from bot.settings import Settings
from bot.surroundings import apart, charts, database_clock, disk, fonts, platform_clock
from models import audit, crypto
from models.clock import Clock, SystemClock
from models.messages import UserError
from models.migrations.upgrade import head, revision_of, revisions
from models.protocols import catalogue
from models.resealing import keys_in_use
from models.session import Database


async def examine(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Finding]:
    """Look at keys, disk, database, clock, packs, fonts, charts and token, one after the other."""
    clock = clock or SystemClock()
    locales.use_zone(settings.zone)
    yield _keys(settings)
    yield disk(settings.data_dir)
    at = clock.now().astimezone(settings.zone)
    yield good("clock", at=f"{at:%Y-%m-%d %H:%M:%S}", zone=settings.timezone)
    async for finding in _database(settings, clock):
        yield finding
    yield good("packs", packs=", ".join(pack.id for pack in catalogue.newest()))
    use_font(settings.own_font)
    yield await fonts()
    yield await charts()
    async for finding in _platform(settings, clock):
        yield finding


def _keys(settings: Settings) -> Finding:
    if not settings.has_keys:
        return good("keys_new", path=str(settings.key_file))
    try:
        settings.install_keys()
    except UserError as error:
        return bad("keys", path=settings.key_place, error=str(error.text.params["error"]))
    if not settings.keys_inline and stat.S_IMODE(settings.key_file.stat().st_mode) & 0o077:
        return warn("keys_open", path=str(settings.key_file))
    return good("keys")


async def _database(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    db = Database(settings.database)
    shown = db.url.render_as_string(hide_password=True)
    try:
        if _is_new(db):
            yield good("database_new", url=shown)
            return
        async with db.snapshot() as connection:
            revision = await connection.run_sync(revision_of)
        yield good("database", url=shown)
        if (gap := await database_clock(db, clock)) is not None:
            yield apart("clock_database", gap)
        async for finding in _tables(db, settings, revision):
            yield finding
    except Exception as error:
        # Whatever it is, the operator is told; nothing else can be looked at then.
        yield bad("database", url=shown, error=type(error).__name__)
    finally:
        await db.close()


def _is_new(db: Database) -> bool:
    """Is there no file yet? To look into it would make one."""
    return db.embedded and not Path(db.url.database or "").exists()


async def _tables(db: Database, settings: Settings, revision: str | None) -> AsyncIterator[Finding]:
    if revision is not None and revision not in revisions():
        yield bad("tables_newer")
        return
    if revision != head():
        yield warn("migrations")
        return
    yield good("migrations")
    async with db.read() as session:
        yield await _fit(session, db, settings)
        yield good("audit") if await audit.broken_seal(session) is None else warn("audit")


async def _fit(session: AsyncSession, db: Database, settings: Settings) -> Finding:
    """Do the keys open what is there?"""
    used = await keys_in_use(session)
    if used and not settings.has_keys:
        return bad("keys_missing", path=settings.key_place)
    try:
        held = set(settings.key_ring().keys) if used else set()
        if sample := await anything_sealed(db):
            crypto.unseal(*sample)
    except (UserError, crypto.LockedError, InvalidTag):
        return bad("keys_fit", path=settings.key_place)
    if not used <= held:
        return bad("keys_fit", path=settings.key_place)
    if len(used) > 1:
        return warn("keys_fit")
    return good("keys_fit")


async def _platform(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    if not settings.telegram_token:
        yield bad("token_missing")
        return
    channel = telegram(settings)
    try:
        yield good("token", bot=await channel.identify())
    except BadToken:
        yield bad("token")
    except ChannelError as error:
        yield bad("server", root=settings.telegram_api, error=error.reason)
        return
    finally:
        await channel.close()
    if (gap := await platform_clock(settings.telegram_api, settings.proxy, clock)) is not None:
        yield apart("clock_platform", gap)
