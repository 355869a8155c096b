"""What a visitor does with a phone of the page, told to the town."""

from __future__ import annotations

import base64

from bot.demo.rules import Body
from bot.demo.town import Town


def act(town: Town, user_id: int, wish: Body) -> None:
    """Do what `wish` says as this person; ValueError, KeyError or TypeError when it is nonsense."""
    match wish["action"]:
        case "start":
            town.start(user_id, str(wish.get("payload", "")))
        case "write":
            town.write(user_id, str(wish["text"]))
        case "tap":
            town.tap(user_id, int(wish["message_id"]), str(wish["data"]))
        case "contact":
            town.share_contact(user_id)
        case "location":
            town.send_location(user_id, float(wish["latitude"]), float(wish["longitude"]))
        case "photo":
            content = base64.b64decode(wish["content"], validate=True)
            town.send_photo(user_id, content, str(wish.get("caption", "")))
        case "file":
            content = base64.b64decode(wish["content"], validate=True)
            town.send_document(user_id, content, str(wish["name"]), str(wish.get("caption", "")))
        case "sticker":
            town.send_sticker(user_id)
        case "block":
            town.block(user_id)
        case "unblock":
            town.unblock(user_id)
        case other:
            raise ValueError(f"unknown action {other!r}")
