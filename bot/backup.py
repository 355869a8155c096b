"""`gridbot backup` and `gridbot restore`: one file, whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

import locales
from bot.files import private
from bot.keys import write_ring
from bot.patience import NONE
from bot.settings import Settings
from models import audit
from models.archive import Archive, Manifest, dump, load
from models.inbox import Cursor
from models.messages import Text, UserError
from models.migrations.history import tables_at
from models.migrations.upgrade import revision_of, revisions, upgrade
from models.outbox import OutboxRow
from models.session import Database
from scheduler.leader import Leadership

Tell = Callable[[Text], None]


@asynccontextmanager
async def _as_it_is(settings: Settings) -> AsyncIterator[Database]:
    """The database without upgrading it: what is kept before an upgrade must be the old one."""
    locales.use_zone(settings.zone)
    db = Database(settings.database)
    try:
        yield db
    finally:
        await db.close()


async def backup(
    settings: Settings, path: Path, now: datetime, tell: Tell, *, with_keys: bool = False
) -> None:
    """Write a backup while the bot runs. Raises UserError; then there is no file."""
    _make_sure_of_room(settings, path)
    async with _as_it_is(settings) as db:
        manifest = await NONE.until_there(
            db, lambda: _write(db, settings, path, now, with_keys=with_keys)
        )
    tell(Text("backup.done", {"path": str(path), "n": manifest.rows}))
    if with_keys:
        tell(Text("backup.keys_inside"))
    else:
        tell(Text("backup.keys_apart", {"keys": settings.key_place}))


def _make_sure_of_room(settings: Settings, path: Path) -> None:
    if path.exists():
        raise UserError("backup.exists", path=str(path))
    if not settings.has_keys:
        raise UserError("run.key_missing", path=str(settings.key_file))


async def _write(
    db: Database, settings: Settings, path: Path, now: datetime, *, with_keys: bool
) -> Manifest:
    try:
        with private(path) as file:
            return await dump(
                db, file, version("gridbot"), now, settings.key_ring, with_keys=with_keys
            )
    except OSError as error:
        raise UserError("backup.unwritable", path=str(path), error=type(error).__name__) from error


async def restore(
    settings: Settings, path: Path, now: datetime, tell: Tell, *, replace: bool = False
) -> None:
    """Put a backup's rows into the database, which must be empty unless it is to be replaced.
    Raises UserError; then the database is as it was."""
    with Archive(path) as archive:
        archive.verify()
        _make_sure_of_keys(settings, archive, tell)
        if not settings.database_url:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        async with _as_it_is(settings) as db, Leadership(db) as leadership:
            if not await NONE.until_there(db, leadership.take):
                raise UserError("restore.running")
            try:
                await NONE.until_there(db, lambda: _land(db, archive, now, replace=replace))
            except IntegrityError as error:
                raise UserError("restore.damaged", path=str(path)) from error
    made = archive.manifest.made_at.astimezone(settings.zone)
    tell(Text("restore.done", {"n": archive.manifest.rows, "at": f"{made:%Y-%m-%d %H:%M}"}))


def _make_sure_of_keys(settings: Settings, archive: Archive, tell: Tell) -> None:
    """The ring that is here must open the rows; where there is none, a backup may bring its own."""
    inside = archive.keys()
    if settings.has_keys:
        if not archive.manifest.opened_by(settings.key_ring()):
            raise UserError("restore.keys_wrong", path=settings.key_place)
    elif inside is not None:
        write_ring(settings.key_file, inside)
        tell(Text("restore.keys_made", {"path": str(settings.key_file)}))
    else:
        raise UserError("restore.keys_missing", path=str(settings.key_file))


async def _land(db: Database, archive: Archive, now: datetime, *, replace: bool) -> None:
    """All of it in one transaction."""
    async with db.engine.begin() as connection:
        await connection.run_sync(_clear, replace)
        await connection.run_sync(upgrade, archive.manifest.revision)
        await load(connection, archive)
        await connection.run_sync(upgrade)
        async with AsyncSession(connection) as session:
            await _wake(session, archive.manifest, now)
            await session.commit()


def _clear(connection: Connection, replace: bool) -> None:
    """Make room. Only tables that we know are dropped: others may live in the same database."""
    revision = revision_of(connection)
    if revision is None:
        return
    if revision not in revisions():
        raise UserError("database.newer")
    tables = tables_at(revision)
    filled = (
        connection.scalar(select(func.count()).select_from(select(table).limit(1).subquery()))
        for table in tables.sorted_tables
    )
    if not replace and any(filled):
        raise UserError("restore.not_empty")
    tables.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))


async def _wake(session: AsyncSession, manifest: Manifest, now: datetime) -> None:
    """What was under way when the backup was made is nobody's any more. The platform is asked for
    everything that it still holds: the inbox knows what came before."""
    await session.execute(update(OutboxRow).values(claimed_until_at=None))
    await session.execute(update(Cursor).values(position=0))
    made = manifest.made_at.isoformat()
    audit.record(session, now, None, "restored", "database", made_at=made, rows=manifest.rows)
