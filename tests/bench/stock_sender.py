"""The alternative in (d): a stock bot that sends through python-telegram-bot's AIORateLimiter.

`python -m tests.bench.stock_sender ADDRESS REPLY_TO SECONDS`: a message to each chat on its input,
all asked for at once, as the manual has it. With REPLY_TO (0: none) it wants to answer somebody
SECONDS later: it prints when, and ends when that was sent.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.demo.server import DEMO_TOKEN
from models.clock import monotonic

RETRIES = 20


async def send(address: str, reply_to: int, after_s: float, chats: Sequence[int]) -> None:
    request = HTTPXRequest(
        connection_pool_size=64, pool_timeout=3600, httpx_kwargs={"trust_env": False}
    )
    limiter = AIORateLimiter(max_retries=RETRIES)
    bot = ExtBot(DEMO_TOKEN, base_url=f"{address}/bot", request=request, rate_limiter=limiter)
    async with bot:
        asked = [bot.send_message(chat, f"{number}") for number, chat in enumerate(chats)]
        sending = asyncio.gather(*asked, return_exceptions=True)
        if not reply_to:
            await sending
            return
        await asyncio.sleep(after_s)
        print(monotonic(), flush=True)
        await bot.send_message(reply_to, "!")
        sending.cancel()


if __name__ == "__main__":
    chats = [int(chat) for chat in sys.stdin.read().split()]
    asyncio.run(send(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), chats))
