"""The cast in an empty district, ready to talk."""

from __future__ import annotations

import pytest
from cast import settle
from talk import MONDAY, Talk

from models.session import Database


@pytest.fixture
async def talk(db: Database) -> Talk:
    async with db.write() as session:
        await settle(session, MONDAY)
    return Talk(db)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--examples",
        type=int,
        default=0,
        help="conversations that test_any_events.py invents, at random; else few, always the same",
    )
