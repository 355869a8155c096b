"""HTTP to Telegram: one connection pool, and every way that a call can fail as one of our errors.

Knows no method of the Bot API and nothing of messages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Coroutine
from typing import Any

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channels.base import (
    BadToken,
    ChannelError,
    Refused,
    Rivalled,
    TryLater,
    Unavailable,
    Unknown,
    Unreachable,
)

_NOBODY_THERE = ("chat not found", "user not found", "peer_id_invalid", "input_user_deactivated")


class _Request(HTTPXRequest):
    """HTTP that keeps what the library's exceptions lose: the status code and retry_after."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)
        if code == 429:
            raise TryLater(_retry_after(payload))
        if code >= 500:
            raise Unavailable(f"http_{code}")
        return code, payload


def _retry_after(payload: bytes) -> float:
    try:
        return max(1.0, float(json.loads(payload)["parameters"]["retry_after"]))
    except (ValueError, KeyError, TypeError):
        return 1.0


async def call(request: Coroutine[Any, Any, Any]) -> Any:
    """The answer; raises a ChannelError."""
    try:
        return await request
    except TelegramError as error:
        raise translate(error) from error


def translate(error: TelegramError) -> ChannelError:
    """The library's exception as one of ours."""
    cause = error.__cause__
    if isinstance(cause, ChannelError):
        return cause
    match cause:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            return Unavailable("no_connection")
        case httpx.ProxyError() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return Unavailable("address")
        case httpx.TimeoutException():
            return Unknown("timeout")
        case httpx.HTTPError():
            return Unknown("connection_lost")
    match error:
        case BadRequest():
            return _translate_refusal(error.message)
        case Forbidden():
            return Unreachable("unreachable")
        case InvalidToken():
            return BadToken("bad_token")
        case Conflict():
            return Rivalled("conflict")
        case ChatMigrated():
            return Refused("chat_migrated")
    return Unknown("not_understood")


def _translate_refusal(description: str) -> ChannelError:
    words = description.removeprefix("Bad Request: ").lower()
    if words.startswith(_NOBODY_THERE):
        return Unreachable("unreachable")
    return Refused(reason(words) or "refused")


def reason(words: str) -> str:
    """A code for the record: only the first clause, for what follows may quote the message."""
    clause = re.split(r"[:\"“]", words.lower())[0]
    return re.sub(r"[^a-z0-9]+", "_", clause).strip("_")[:60]


def connection(proxy: str | None, timeout: float, connections: int) -> HTTPXRequest:
    """A pool of connections, through `proxy` if there is one."""
    return _Request(
        connection_pool_size=connections,
        connect_timeout=10.0,
        read_timeout=timeout,
        write_timeout=timeout,
        pool_timeout=timeout,
        proxy=proxy,
        # The environment is read by the settings alone: a proxy comes from GRIDBOT_PROXY.
        httpx_kwargs={"trust_env": False},
    )
