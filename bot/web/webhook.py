"""What the platform delivers: checked, committed to the inbox, and only then acknowledged.

The platform repeats whatever is not answered with 2xx, and holds up what lies behind it. So only
what may go better next time gets a 503; what can never be taken gets a 200 and a line in the log.
Knows no platform but by its header.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.base import ChannelError, PushingChannel, Received
from bot.intake import NOT_SAID
from bot.metrics import Metrics
from bot.silence import Silence
from bot.web.serving import serving
from models.clock import Clock
from models.inbox import receive
from models.session import Database, is_outage

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the name, not the secret
MOST_BYTES = 1_000_000  # many times the longest update

log = structlog.get_logger()


class End(Enum):
    """What became of a delivery, and what the platform is answered."""

    KEPT = ("kept", 200)
    NOTHING = ("nothing", 200)  # nobody said anything to us, or we do not understand it
    UNREADABLE = ("unreadable", 200)
    LOST = ("lost", 200)  # it cannot be stored, now or later, or meets a bug of ours
    FORGED = ("forged", 403)
    LATER = ("later", 503)


class Hook:
    """The receiving end of one channel. `on_new` hears the chats that have something waiting,
    `silence` those whose words cannot be kept yet; `put_off` are those that have to come again."""

    def __init__(
        self,
        db: Database,
        channel: PushingChannel,
        secret: str,
        clock: Clock,
        on_new: Callable[[Sequence[str]], None],
        metrics: Metrics,
        silence: Silence,
    ) -> None:
        self._db = db
        self._channel = channel
        self._silence = silence
        self.put_off: set[str] = set()
        self._secret = secret.encode()
        self._clock = clock
        self._on_new = on_new
        self._metrics = metrics

    def pages(self) -> Starlette:
        """Takes a POST to any path: a proxy may cut it, and the secret is what counts."""
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        try:
            end = await self._take(request)
        except ClientDisconnect:
            end = End.LATER
        except Exception as error:
            end = End.LATER if is_outage(error) else End.LOST
            if end is End.LATER:
                log.warning("delivery.waits", error=type(error).__name__)
            else:
                log.exception("delivery.bug")  # it would break again at every repetition
        self._metrics.deliveries.labels(self._channel.name, end.value[0]).inc()
        return Response(status_code=end.value[1])

    async def _take(self, request: Request) -> End:
        shown = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(shown.encode(), self._secret):
            return End.FORGED  # counted, not logged: a stranger shall not fill our disk
        raw = _update(await _body(request))
        if raw is None:
            log.error("delivery.unreadable")
            return End.UNREADABLE
        try:
            await self._channel.identify()
        except ChannelError as error:
            log.warning("delivery.waits", error=type(error).__name__)
            return End.LATER
        received = self._channel.parse(raw)
        return await self._keep(received) if received is not None else End.NOTHING

    async def _keep(self, received: Received) -> End:
        event = received.event
        if event.kind not in NOT_SAID:
            self._silence.begin(event.chat, event.lang)
        try:
            async with self._db.write() as session:
                await receive(session, [event], self._clock.now())
        except Exception as error:
            if is_outage(error):
                self.put_off.add(event.chat)
                raise
            log.exception("update.lost", update=event.update_id)
            self._silence.end([event.chat])
            return End.LOST
        # Those put off come again within moments, to us or to another process.
        self._silence.end([event.chat, *self.put_off])
        self.put_off.clear()
        self._metrics.updates.labels(self._channel.name).inc()
        self._on_new([event.chat])
        self._channel.acknowledge([received.receipt] if received.receipt else [])
        return End.KEPT


@asynccontextmanager
async def receiving(hooks: Sequence[Hook], host: str, port: int) -> AsyncIterator[str]:
    """Serve the hook, if there is one; gives the address, or an empty text."""
    if not hooks:
        yield ""
        return
    (hook,) = hooks
    async with serving(hook.pages(), host, port) as url:
        yield url


async def _body(request: Request) -> bytes:
    """The body; empty when it is too long. It is read to its end all the same, since cutting the
    platform off would have it try again."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= MOST_BYTES:
            body += chunk
    return bytes(body) if len(body) <= MOST_BYTES else b""


def _update(body: bytes) -> dict[str, Any] | None:
    """A numbered object; None for anything else."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    numbered = isinstance(raw, dict) and isinstance(raw.get("update_id"), int)
    return raw if numbered else None
