"""The cast in a database, for tests of what happens as time passes."""

from __future__ import annotations

from datetime import datetime

import pytest
from cases import settle_cast

from models.clock import StoppedClock
from models.session import Database


@pytest.fixture
def now(clock: StoppedClock) -> datetime:
    """2022-07-04 08:00 in Shanghai, a Monday."""
    return clock.now()


@pytest.fixture
async def district(db: Database, now: datetime) -> Database:
    """A database in which the cast is settled."""
    async with db.write() as session:
        await settle_cast(session, now)
    return db
