"""`gridbot rotate-keys`: a new key seals, everything old is sealed anew, the old key can go.

The bot may run meanwhile: the ring's file changes first, and every process follows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag

from bot.keys import alone, write_ring
from bot.settings import Settings
from models.crypto import LockedError
from models.messages import Text, UserError
from models.resealing import freeze, keys_in_use, reseal
from models.session import Database

REST_S = 0.02  # between two batches, in which others may write

Tell = Callable[[Text], None]


async def _rest() -> None:
    await asyncio.sleep(REST_S)


async def rotate(
    settings: Settings, db: Database, tell: Tell, rest: Callable[[], Awaitable[None]] = _rest
) -> None:
    """Go on with a rotation that was broken off, or begin one. Raises UserError."""
    path = _file_of(settings)
    with alone(path):
        ring = settings.key_ring()
        async with db.read() as session:
            used = await keys_in_use(session)
        if used <= {ring.current}:
            write_ring(path, ring.grown())
            ring = settings.install_keys()
            tell(Text("rotate.made", {"key": ring.current, "path": str(path)}))
        else:
            tell(Text("rotate.goes_on", {"key": ring.current}))
        try:
            rows = await reseal(db, ring.current, rest)
        except (LockedError, InvalidTag):
            raise UserError("run.key_wrong", path=str(path)) from None
    tell(Text("rotate.done", {"n": rows, "key": ring.current}))


async def forget_old(settings: Settings, db: Database, tell: Tell) -> None:
    """Drop every key but the newest. Raises UserError while a row is still sealed with one."""
    path = _file_of(settings)
    with alone(path):
        ring = settings.key_ring()
        async with db.write() as session:
            await freeze(session)
            old = sorted(await keys_in_use(session) - {ring.current})
            if old:
                raise UserError("rotate.in_use", keys=", ".join(map(str, old)))
            write_ring(path, ring.shrunk())
    tell(Text("rotate.forgotten", {"n": len(ring.keys) - 1, "path": str(path)}))


def _file_of(settings: Settings) -> Path:
    if settings.keys_inline:
        raise UserError("rotate.inline")
    return settings.key_file
