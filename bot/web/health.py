"""Pages for whoever watches the program: is it alive, is it ready, what are its numbers?

They are served on a port of their own, which is nobody else's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.app import App
from bot.metrics import CONTENT_TYPE, Standing, look, render
from models.migrations.upgrade import at_head
from models.session import is_outage

ANSWER_S = 3.0  # whoever asks has little patience

T = TypeVar("T")
log = structlog.get_logger()


def pages(app: App) -> Starlette:
    """`/livez`: the loop answers. `/readyz`: 200 when every part is ready, else 503, and which.
    `/metrics`: numbers for Prometheus."""
    tables, standing = _Question(lambda: at_head(app.db)), _Question(lambda: _look(app))

    async def livez(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readyz(_request: Request) -> Response:
        current = await tables.answer()
        parts = {
            "database": current is not None,
            "tables": bool(current),
            "writing": not app.db.doubtful,
            "intake": app.hears,
        }
        ready = all(parts.values())
        said = {"ready": ready, "leading": app.leading, "parts": parts}
        return JSONResponse(said, 200 if ready else 503)

    async def metrics(_request: Request) -> Response:
        page = render(app.metrics, app.db, app.leading, await standing.answer())
        return Response(page, headers={"content-type": CONTENT_TYPE})

    return Starlette(
        routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
    )


async def _look(app: App) -> Standing:
    return await look(app.db, app.clock.now())


class _Question(Generic[T]):
    """Something asked of the database, at most once at a time and never for long.

    A question that hangs is left alone, not broken off: that would cost a connection each time.
    """

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[T] | None = None

    async def answer(self) -> T | None:
        """None when there was no answer, for whatever reason."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        done, _ = await asyncio.wait({self._asking}, timeout=ANSWER_S)
        for asked in done:
            error = asked.exception()
            if error is None:
                return asked.result()
            if not is_outage(error):
                log.error("health.bug", exc_info=error)
        return None
