"""`python -m tests.bench [--only a,c] [--quick]`: measures, prints, writes the table to README."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
from pathlib import Path

import structlog

from models import crypto
from models.clock import monotonic
from models.crypto import KeyRing
from tests.bench import (
    delivery,
    digest,
    engine,
    inbound,
    roster,
    sheets,
    startup,
    sweep,
    waiting,
)
from tests.bench.report import Row, write
from tests.bench.rounds import Scale

LINES = {
    "a": engine,
    "b": inbound,
    "c": sweep,
    "d": delivery,
    "e": startup,
    "f": roster,
    "g": sheets,
    "h": digest,
    "i": waiting,
}
README = Path(__file__).parents[2] / "README.md"


async def _measure(lines: list[str], scale: Scale) -> list[Row]:
    rows = []
    for line in lines:
        began = monotonic()
        for row in await LINES[line].measure(scale):
            rows.append(row)
            print(row, row.note, flush=True)
        print(f"({line}) took {monotonic() - began:.0f} s", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default="", help="lines, with commas between them; none is all")
    parser.add_argument("--quick", action="store_true", help="one small round, nothing written")
    parser.add_argument("--rows", type=int, default=0, help="(f), (g) with so many rows")
    arguments = parser.parse_args()
    lines = arguments.only.split(",") if arguments.only else list(LINES)
    if unknown := set(lines) - LINES.keys():
        parser.error(f"no such line: {', '.join(sorted(unknown))}")
    crypto.install(KeyRing({1: b"k" * 32}, b"i" * 32))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    scale = Scale(arguments.quick, os.environ.get("GRIDBOT_TEST_POSTGRES", ""), arguments.rows)
    if not scale.postgres:
        print("POSTGRESQL IS NOT MEASURED: GRIDBOT_TEST_POSTGRES is not set")
    gc.freeze()  # as the bot does when it has started
    rows = asyncio.run(_measure(lines, scale))
    if not scale.quick:
        write(README, rows)


if __name__ == "__main__":
    main()
