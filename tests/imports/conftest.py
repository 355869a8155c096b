"""A desk that imports sheets into an empty database."""

from __future__ import annotations

from pathlib import Path

import pytest
from sheets import ImportDesk

from models.session import Database


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> ImportDesk:
    return ImportDesk(db, tmp_path)
