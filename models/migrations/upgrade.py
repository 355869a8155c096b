"""Brings a database to the newest tables, and tells whether it is there; configured in code."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from models.session import Database


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, with the connection that it is to use."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found


def _upgrade(connection: Connection) -> None:
    command.upgrade(config(connection), "head")


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision that this program knows."""
    return ScriptDirectory.from_config(config()).get_current_head()


async def migrate(db: Database) -> None:
    """Create or upgrade every table, in one transaction."""
    async with db.engine.begin() as connection:
        await connection.run_sync(_upgrade)


async def at_head(db: Database) -> bool:
    """Is the database as new as the program?"""
    async with db.engine.connect() as connection:
        return await connection.run_sync(_current) == head()
