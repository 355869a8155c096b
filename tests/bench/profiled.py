"""Where the time of a round goes, in shares of whoever wrote the code."""

from __future__ import annotations

import cProfile
import pstats
import re
from collections import Counter

from tests.bench.rounds import Round

# The first that a file's path (or a built-in's name) matches.
OWNERS = {
    "waiting for the database": r"'(poll|select|acquire)'|select\.epoll",
    "SQLAlchemy": r"/sqlalchemy/|greenlet",
    "driver": r"/(aiosqlite|asyncpg)/|sqlite3",
    "form engine": r"/handlers/engine/|/locales/",
    "keys": r"/cryptography/|AESGCM|/models/crypto",
    "gridbot": r"/(bot|handlers|models|scheduler)/",
    "asyncio": r"/asyncio/|_contextvars|_asyncio",
}


async def profiled(play: Round, most: int = 4) -> str:
    """Shares of one round's time, the largest first, in words."""
    profile = cProfile.Profile()
    profile.enable()
    await play()
    profile.disable()
    spent: Counter[str] = Counter()
    for (path, _, name), (_, _, own, *_) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        where = f"{path}:{name}"
        owner = next((o for o, pattern in OWNERS.items() if re.search(pattern, where)), "Python")
        spent[owner] += own
    whole = sum(spent.values())
    return ", ".join(f"{100 * s / whole:.0f} % {owner}" for owner, s in spent.most_common(most))
