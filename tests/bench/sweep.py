"""(c) The sweep claims and moves 2,000 due obligations, among few and among very many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import monotonic
from models.obligations import Obligation, advance, claim_due
from models.session import Database
from scheduler.sweep import BATCH
from tests.bench import databases, history
from tests.bench.people import NOW
from tests.bench.report import Row, count, times
from tests.bench.rounds import Round, Scale, compete

CLAIMED = 2000
SIZES = (10_000, 1_000_000, 5_000_000)
AIM = 1.3
NEW, SPREAD, WIDE = "new", "spread", "wide"
WHY = (
    "each of the claimed rows lies on a page of its own, which is read, written and checkpointed"
    " by itself, where among 10,000 five share a page"
)
LATER = NOW + timedelta(days=30)

Claim: TypeAlias = Callable[[AsyncSession, datetime, int], Awaitable[list[Obligation]]]
Advance: TypeAlias = Callable[[AsyncSession, Sequence[tuple[int, int, datetime]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Past:
    """A database with so many obligations, and which of them fall due together."""

    db: Database
    due: Sequence[int]

    def sweeping(self, claim: Claim, move: Advance) -> Round:
        async def play() -> float:
            """Milliseconds from the first claim to the last commit."""
            async with self.db.write() as session:  # not measured: they are due again
                at = [NOW - timedelta(seconds=n) for n in range(len(self.due))]
                await move(session, [(i, 0, at[n]) for n, i in enumerate(self.due)])
            began, claimed = monotonic(), 0
            while True:
                async with self.db.write() as session:
                    taken = await claim(session, NOW, BATCH)
                    if not taken:
                        break
                    await move(session, [(item.id, 1, LATER) for item in taken])
                claimed += len(taken)
            spent = (monotonic() - began) * 1000
            assert claimed == len(self.due), f"{claimed} were claimed"
            return spent

        return play


async def measure(scale: Scale) -> list[Row]:
    rows = await _measure(scale, "SQLite", "")
    return rows + (await _measure(scale, "PostgreSQL", scale.postgres) if scale.postgres else [])


async def _measure(scale: Scale, name: str, server: str) -> list[Row]:
    sizes, claimed = scale.of(SIZES, (200, 2000)), scale.of(CLAIMED, 20)
    sides: dict[str, Round] = {}
    async with AsyncExitStack() as stack:
        for size in sizes:
            made = databases.postgres(server) if server else databases.sqlite()
            db = await stack.enter_async_context(made)
            everywhere = size // claimed
            await history.fill(db, size, everywhere)
            gap = min(size, history.NEWEST) // claimed
            newest = _Past(db, range(size - gap * (claimed - 1), size + 1, gap))
            spread = _Past(db, range(everywhere, size + 1, everywhere))
            sides[f"{NEW} {size}"] = newest.sweeping(claim_due, advance)
            sides[f"{SPREAD} {size}"] = spread.sweeping(claim_due, advance)
            sides[f"{WIDE} {size}"] = newest.sweeping(
                history.claim_in_place, history.advance_in_place
            )
            sides[f"{WIDE} {SPREAD} {size}"] = spread.sweeping(
                history.claim_in_place, history.advance_in_place
            )
        await compete(sides, 1)
        found = await compete(sides, scale.rounds)
    return [
        _row(found, claimed, sizes, f"{name}, due among the newest {history.NEWEST:,}", NEW, WIDE),
        _row(found, claimed, sizes, f"{name}, due here and there", SPREAD, f"{WIDE} {SPREAD}"),
    ]


def _row(
    found: dict[str, float], claimed: int, sizes: Sequence[int], where: str, ours: str, wide: str
) -> Row:
    ratio = found[f"{ours} {sizes[-1]}"] / found[f"{ours} {sizes[0]}"]
    return Row(
        "c",
        f"ms to claim and move {claimed:,} of {', '.join(f'{size:,}' for size in sizes)} ({where})",
        ", ".join(count(found[f"{ours} {size}"]) for size in sizes),
        ", ".join(count(found[f"{wide} {size}"]) for size in sizes)
        + ": the next look as an indexed column of the obligation",
        f"{times(ratio)} from first to last",
        f"at most {AIM}x",
        ratio <= AIM,
        f"{where}, {times(ratio)}: {WHY}.",
    )
