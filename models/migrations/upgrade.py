"""Brings a database to the newest tables, and tells whether it is there.

Alembic is loaded only when there is something to upgrade: a bot that runs does without it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from models.messages import UserError
from models.session import Database
from models.statements import queue_up

SCRIPTS = Path(__file__).parent
_VERSION = table("alembic_version", column("version_num"))


def revisions() -> set[str]:
    """Those that this program knows: the numbers that their files begin with."""
    return {path.stem.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py")}


def head() -> str:
    """The newest revision that this program knows."""
    return max(revisions())


def revision_of(connection: Connection) -> str | None:
    """What a database was brought to; None when it has no tables of ours."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.scalar(select(_VERSION.c.version_num))
    return found


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Create or upgrade every table, in the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def migrate(db: Database) -> None:
    """Create or upgrade every table, in one transaction.

    Raises UserError when the tables are newer than the program: it would not know what they hold.
    """
    revision = await _revision(db)
    if revision == head():
        return
    if revision is not None and revision not in revisions():
        raise UserError("database.newer")
    async with db.write() as session:
        await queue_up(session, ["migrate"])  # two processes that start at once
        connection = await session.connection()
        await connection.run_sync(upgrade)


async def at_head(db: Database) -> bool:
    """Is the database as new as the program?"""
    return await _revision(db) == head()


async def _revision(db: Database) -> str | None:
    async with db.read() as session:
        connection = await session.connection()
        return await connection.run_sync(revision_of)
