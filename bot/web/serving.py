"""An HTTP server within the running loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.applications import Starlette

from models.messages import UserError

KEEP_ALIVE_S = 75  # longer than proxies keep idle connections, so that we never close first


class _Server(uvicorn.Server):
    """Leaves signals to the composition root, and stops when told rather than at a tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        await self.stop.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(application: Starlette, host: str, port: int) -> AsyncIterator[str]:
    """Serve `application`; gives the address. Port 0 takes any free one.

    Raises UserError when the port is taken, or the host is not ours.
    """
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise UserError("run.port", host=host, port=port) from error
    # Inherited by every connection: an answer in two pieces need not wait for the first to be
    # confirmed. The loop does this for sockets of its own making only.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.stop.set()
        with suppress(asyncio.CancelledError):
            await task
        listener.close()
