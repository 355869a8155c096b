"""The cast in a database of its own, and venues with problems, made in a line each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from cases import settle_cast
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import StoppedClock
from models.session import Database


@pytest.fixture
def now(clock: StoppedClock) -> datetime:
    """2022-07-04 08:00 in Shanghai, a Monday."""
    return clock.now()


@pytest.fixture
async def session(db: Database, now: datetime) -> AsyncIterator[AsyncSession]:
    async with db.write() as session:
        await settle_cast(session, now)
        yield session


@pytest.fixture
async def settled(db: Database, now: datetime) -> Database:
    """The cast is there, and committed."""
    async with db.write() as session:
        await settle_cast(session, now)
    return db
