"""(e) From the command to the first `/readyz` that says yes, and what the process then holds.

Measured as an operator installs it: what only the `dev` extra brings is hidden from the process.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import httpx

from bot.demo.server import DEMO_TOKEN, BotApiServer
from models.clock import monotonic
from tests.bench.report import Row, times
from tests.bench.rounds import Round, Scale, compete
from tests.program import environment, line_with

AIM_S, AIM_MB = 1.5, 80
HIDE = "import sys; sys.modules.update(dict.fromkeys(('rich', 'pygments')));"
RUN = f"{HIDE} sys.argv = ['gridbot', 'run']; from bot.cli import main; main()"
LIBRARIES = (
    "telegram",
    "sqlalchemy.ext.asyncio",
    "aiosqlite",
    "pydantic_settings",
    "cryptography.hazmat.primitives.ciphers.aead",
    "structlog",
    "starlette.applications",
    "uvicorn",
    "apscheduler.schedulers.asyncio",
    "prometheus_client",
    "babel.messages.pofile",
)
# Each library by itself on top of those before it, in megabytes: the profile of a miss.
WEIGH = f"""{HIDE}
def held():
    return int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6
import asyncio, importlib
print('Python', held())
for name in {LIBRARIES!r}:
    before = held()
    importlib.import_module(name)
    print(name.partition('.')[0], held() - before)
"""


def _held(process: Process) -> float:
    """Resident memory in megabytes."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def _start(code: str, folder: Path, **settings: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=environment(folder, **settings), stdout=PIPE, stderr=DEVNULL
    )


class _Starts:
    """Starts the same installation again and again."""

    def __init__(self, api: str, folder: Path, settled_s: float) -> None:
        self._api = api
        self._folder = folder
        self._settled_s = settled_s
        self.megabytes: list[float] = []

    async def ours(self) -> float:
        began = monotonic()
        process = await _start(RUN, self._folder, telegram_token=DEMO_TOKEN, telegram_api=self._api)
        try:
            address = await line_with(process, r"(http://[0-9.:]+)")
            async with httpx.AsyncClient(trust_env=False) as client:
                while True:
                    if (await client.get(f"{address}/readyz")).status_code == 200:
                        break
                    await asyncio.sleep(0.01)
            took = monotonic() - began
            await asyncio.sleep(self._settled_s)  # until it polls and everything has been loaded
            self.megabytes.append(_held(process))
        finally:
            process.terminate()
            await process.wait()
        return took

    async def libraries(self) -> float:
        began = monotonic()
        process = await _start(f"{HIDE} import asyncio, {', '.join(LIBRARIES)}", self._folder)
        await process.wait()
        return monotonic() - began


async def _weigh(folder: Path) -> dict[str, float]:
    process = await _start(WEIGH, folder)
    said, _ = await process.communicate()
    lines = (line.split() for line in said.decode().splitlines())
    return {name: float(size) for name, size in lines}


async def measure(scale: Scale) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        async with BotApiServer().serving() as api:
            starts = _Starts(api, Path(folder), scale.of(1.0, 0.1))
            for _ in range(scale.of(1, 0)):  # makes database and keys; bytecode is written
                await starts.ours()
                starts.megabytes.clear()
            sides: dict[str, Round] = {"ours": starts.ours, "libraries": starts.libraries}
            found = await compete(sides, scale.rounds)
        weights = await _weigh(Path(folder))
    bare, held = sum(weights.values()), sorted(starts.megabytes)[len(starts.megabytes) // 2]
    heaviest = sorted(weights, key=lambda name: -weights[name])[:6]
    profile = ", ".join(f"{weights[name]:.0f} {name}" for name in heaviest)
    return [
        Row("e", "seconds from `gridbot run` to `/readyz`", f"{found['ours']:.2f}",
            f"{found['libraries']:.2f}: Python importing the libraries alone",
            times(found["ours"] / found["libraries"]), f"at most {AIM_S} s",
            found["ours"] <= AIM_S,
            f"Of {found['ours']:.2f} s the libraries' import takes {found['libraries']:.2f};"
            " the rest is our own modules, the database and the server."),
        Row("e", "MB resident, polling, with the web part", f"{held:.0f}",
            f"{bare:.0f}: Python with the libraries alone", times(held / bare),
            f"at most {AIM_MB} MB", held <= AIM_MB,
            f"Of {held:.0f} MB the libraries take {bare:.0f} before a line of ours has run"
            f" ({profile}); what only other commands need is no longer loaded."),
    ]  # fmt: skip
