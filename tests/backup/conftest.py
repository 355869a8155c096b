"""A district that can be backed up, and empty databases to put it into."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from haste import hurry
from vault import Vault

from bot.keys import write_ring
from bot.settings import Settings
from models.clock import StoppedClock
from models.crypto import KeyRing
from models.session import Database


@pytest.fixture
async def vault(
    db: Database, clock: StoppedClock, keys: KeyRing, tmp_path: Path
) -> AsyncIterator[Vault]:
    """The cast in a database of either kind, under the keys of the tests."""
    url = db.url.render_as_string(hide_password=False)
    settings = Settings(data_dir=tmp_path / "source", database_url=url)
    write_ring(settings.key_file, keys)
    vault = Vault(db, settings, clock.now(), tmp_path / "kept" / "district.backup")
    await vault.settle()
    yield vault
    await vault.close()


@pytest.fixture
def elsewhere(bare_url: str, keys: KeyRing, tmp_path: Path) -> Settings:
    """Another installation with the same keys and no table yet, on either kind of database."""
    settings = Settings(data_dir=tmp_path / "target", database_url=bare_url)
    write_ring(settings.key_file, keys)
    return settings


@pytest.fixture
def laptop(keys: KeyRing, tmp_path: Path) -> Settings:
    """Another installation, in a folder of its own."""
    settings = Settings(data_dir=tmp_path / "laptop")
    write_ring(settings.key_file, keys)
    return settings


@pytest.fixture
async def small(
    clock: StoppedClock, keys: KeyRing, tmp_path: Path, sqlite_template: Path
) -> AsyncIterator[Vault]:
    """The cast in an SQLite database: how a file is written and read does not hang on that."""
    folder = tmp_path / "source"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "gridbot.db")
    settings = Settings(data_dir=folder)
    write_ring(settings.key_file, keys)
    db = Database(settings.database)
    hurry(db)
    vault = Vault(db, settings, clock.now(), tmp_path / "kept" / "district.backup")
    await vault.settle()
    yield vault
    await vault.close()


@pytest.fixture
async def kept(small: Vault) -> Vault:
    """With a backup made."""
    await small.backup()
    return small
