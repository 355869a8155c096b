"""What is wrong with this installation, and what to do about it."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import text

from bot.channels.base import BadToken, ChannelError
from bot.operations import telegram
from bot.settings import Settings
from models import audit, crypto
from models.messages import Text, Value
from models.migrations.upgrade import at_head
from models.protocols import catalogue
from models.session import Database


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `text` says how it is, and when it is bad what to do."""

    good: bool
    text: Text


def _finding(good: bool, name: str, **params: Value) -> Finding:
    return Finding(good, Text(f"doctor.{name}.{'good' if good else 'bad'}", params))


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at keys, database, packs and token; never changes anything."""
    keys = _keys(settings)
    yield keys
    if keys.good and (settings.keys or settings.key_file.exists()):
        crypto.install(settings.key_ring())
    async for finding in _database(settings):
        yield finding
    packs = ", ".join(pack.id for pack in catalogue.newest())
    yield _finding(True, "packs", packs=packs)
    yield await _token(settings)


def _keys(settings: Settings) -> Finding:
    path = settings.key_file
    try:
        if settings.keys.lstrip().startswith("{"):
            settings.key_ring()
        elif not path.exists():
            return _finding(True, "keys_new", path=str(path))
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            return _finding(False, "keys_open", path=str(path))
        else:
            settings.key_ring()
    except (ValueError, OSError) as error:
        return _finding(False, "keys", path=str(path), error=type(error).__name__)
    return _finding(True, "keys")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    db = Database(settings.database)
    shown = db.url.render_as_string(hide_password=True)
    try:
        if db.embedded and not settings.database_url and not settings.data_dir.exists():
            yield _finding(True, "database_new", url=shown)
            return
        async with db.read() as session:
            await session.execute(text("SELECT 1"))
        yield _finding(True, "database", url=shown)
        current = await at_head(db)
        yield _finding(current, "migrations")
        if current:
            async with db.read() as session:
                yield _finding(await audit.broken_seal(session) is None, "audit")
    except Exception as error:
        # Whatever it is, the operator is told; nothing else can be looked at then.
        yield _finding(False, "database", url=shown, error=type(error).__name__)
    finally:
        await db.close()


async def _token(settings: Settings) -> Finding:
    if not settings.telegram_token:
        return _finding(False, "token_missing")
    channel = telegram(settings)
    try:
        name = await channel.identify()
    except BadToken:
        return _finding(False, "token")
    except ChannelError as error:
        return _finding(False, "server", root=settings.telegram_api, error=error.reason)
    finally:
        await channel.close()
    return _finding(True, "token", bot=name)
