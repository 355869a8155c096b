"""The street on which the walks are taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from street import Street, inhabited


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with inhabited(tmp_path) as made:
        yield made
