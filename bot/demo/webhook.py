"""Pushing updates to the bot's own address, one at a time and in order, until it says 2xx.

A plain http address is accepted, as a local Bot API server does.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass

import httpx

from bot.demo.rules import Body, Refused, bad_request
from bot.demo.updates import Updates
from models.clock import Clock

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the name, not the secret
TIMEOUT_S = 10.0
IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Failure:
    at: int  # Unix seconds
    message: str


class Webhook:
    def __init__(self, updates: Updates, clock: Clock, retry_s: float) -> None:
        self.url = ""
        self._updates = updates
        self._clock = clock
        self._retry_s = retry_s
        self._headers: dict[str, str] = {}
        self._failure: Failure | None = None
        self._task: asyncio.Task[None] | None = None

    def refuse_polling(self) -> None:
        if self.url:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )

    async def point_to(self, url: str, secret: str) -> None:
        """Deliver there from now on."""
        if not url.startswith(("https://", "http://")):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        await self.remove()
        self.url = url
        self._headers = {SECRET_HEADER: secret} if secret else {}
        self._task = asyncio.create_task(self._deliver())

    async def remove(self) -> None:
        await self.pause()
        self.url, self._failure = "", None

    async def pause(self) -> None:
        """Stop pushing; the address is kept."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    def resume(self) -> None:
        if self.url and self._task is None:
            self._task = asyncio.create_task(self._deliver())

    def as_info(self) -> Body:
        info: Body = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
            "allowed_updates": list(self._updates.allowed),
        }
        if self._failure is not None:
            info["last_error_date"] = self._failure.at
            info["last_error_message"] = self._failure.message
        return info

    async def _deliver(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client:
            while True:
                if not (ready := self._updates.ready(limit=1)):
                    await self._updates.arrival(within_s=IDLE_S)
                elif await self._push(client, ready[0]):
                    self._updates.confirm_one(ready[0]["update_id"])
                else:
                    await asyncio.sleep(self._retry_s)

    async def _push(self, client: httpx.AsyncClient, update: Body) -> bool:
        try:
            response = await client.post(self.url, json=update, headers=self._headers)
        except httpx.HTTPError as error:
            return self._failed(str(error) or type(error).__name__)
        if not response.is_success:
            return self._failed(f"Wrong response from the webhook: {response.status_code}")
        return True

    def _failed(self, message: str) -> bool:
        self._failure = Failure(int(self._clock.now().timestamp()), message)
        return False
