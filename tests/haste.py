"""A test's SQLite file needs neither the disk nor a thread of its own.

To hand each statement to the connection's thread and to be told of its end is most of what a short
transaction costs. Here it runs at once, and others of the loop have their turn before it, as they
would. What the threads do is shown by the tests that start the real program, and by those of
`models/embedded.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from models.session import Database


def hurry(db: Database) -> None:
    """Do not wait for the disk, nor for a thread; PostgreSQL stays as it is."""
    if db.embedded:
        for engine in (db._writer, db._reader):
            event.listen(engine.sync_engine, "connect", _hurry)


def _hurry(connection: Any, _record: Any) -> None:
    connection.driver_connection._execute = _at_once
    connection.execute("PRAGMA synchronous=OFF").close()


async def _at_once(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    await asyncio.sleep(0)
    return function(*args, **named)
