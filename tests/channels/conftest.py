"""An outbox with people in it, for every test of the channels."""

from __future__ import annotations

import pytest
from desk import Desk

from models.clock import StoppedClock
from models.session import Database


@pytest.fixture
def desk(db: Database, clock: StoppedClock) -> Desk:
    return Desk(db, clock)
