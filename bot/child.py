"""A process of its own for one piece of heavy work: it may be ended, takes no more memory than it
is given, and finds no database, no keys and no environment of ours."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress

PATIENCE_S = 90.0


async def ask(
    module: str, request: bytes, patience: float = PATIENCE_S, env: Mapping[str, str] = {}
) -> bytes | None:
    """What `python -m module` answers to a request; None when it took too long, or died."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=env,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(patience):
            said, _ = await process.communicate(request)
    except (TimeoutError, ConnectionError):
        return None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    # It was too much for the process, or the request is made to be.
    return said if said and not process.returncode else None


def be_modest(memory: int, seconds: int, largest: int) -> None:
    """Let the bot go first, never take all memory (bytes), and end; where the system can."""
    if sys.platform == "linux":
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
