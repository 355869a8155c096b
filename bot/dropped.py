"""A file that was dropped into a chat, as long as its channel has it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.base import Files, Refused
from models.errands import Errand
from models.messages import UserError


async def fetch_dropped(files: Mapping[str, Files], errand: Errand) -> bytes:
    """What is in it. Raises UserError where it is gone, a ChannelError that passes."""
    channel = files.get(errand.channel)
    if channel is None:
        raise UserError("sheet.gone")
    try:
        return await channel.fetch_file(errand.file)
    except Refused:
        raise UserError("sheet.gone") from None
