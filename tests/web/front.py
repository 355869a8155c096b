"""What stands at the public address: passes deliveries on to one process after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.serving import serving


class Front:
    """A proxy. `behind` are the addresses that take turns; `answers` counts what they said."""

    def __init__(self) -> None:
        self.url = ""
        self.behind: list[str] = []
        self.answers: Counter[int] = Counter()
        self.last: tuple[dict[str, str], bytes] = ({}, b"")
        self._turn = count()

    @asynccontextmanager
    async def standing(self) -> AsyncIterator[Front]:
        routes = [Route("/{path:path}", self._pass_on, methods=["POST"])]
        async with (
            httpx.AsyncClient(trust_env=False, timeout=60) as self._client,
            serving(Starlette(routes=routes), "127.0.0.1", 0) as address,
        ):
            self.url = f"{address}/from/the/platform"
            yield self

    async def _pass_on(self, request: Request) -> Response:
        if not self.behind:
            return Response(status_code=502)
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "content-length")}
        self.last = (headers, await request.body())
        try:
            answer = await self._post(*self.last)
        except httpx.HTTPError:
            answer = httpx.Response(502)
        self.answers[answer.status_code] += 1
        return Response(status_code=answer.status_code)

    async def _post(self, headers: dict[str, str], body: bytes) -> httpx.Response:
        address = self.behind[next(self._turn) % len(self.behind)]
        return await self._client.post(f"{address}/", headers=headers, content=body)

    async def again(self, body: bytes | None = None, **headers: str) -> int:
        """The last delivery once more, perhaps with another body or other headers; its status."""
        kept, old = self.last
        answer = await self._post(kept | headers, old if body is None else body)
        return answer.status_code
