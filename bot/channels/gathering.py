"""What of a group chat is ours to hear: words said to us, and numbers that somebody shows to all.

Whatever else people write there to each other is not ours: it goes no further than here. Nor do
the numbers, only that there were some.
"""

from __future__ import annotations

import re
from typing import Any

from handlers.engine.parse_disclosure import Disclosed, disclosed
from models.messages import Inbound


def overheard(
    seed: dict[str, Any], text: str, username: str, *, contact: bool = False
) -> Inbound | None:
    """A message in a group as an event, or None. `seed` has everything but kind and text,
    `username` is ours, without @; `contact` when a contact card came with it."""
    said = addressed(text, username)
    kinds = disclosed(text) | ({Disclosed.PHONE} if contact else set())
    if kinds:
        bare = said.split(maxsplit=1)[0] if said.startswith("/") else ""
        shown = ",".join(sorted(kinds))
        return Inbound(**{**seed, "name": ""}, kind="disclosure", text=bare, data=shown)
    return Inbound(**seed, kind="text", text=said) if said else None


def addressed(text: str, username: str) -> str:
    """The text when it is meant for us, without our name; empty otherwise."""
    if text.startswith("/"):
        command = text.split(maxsplit=1)[0]
        _, at, name = command.partition("@")
        return text if not at or name.lower() == username.lower() else ""
    if not username:
        return ""
    mention = re.compile(rf"(?<!\w)@{re.escape(username)}(?!\w)\s*", re.IGNORECASE)
    return mention.sub("", text).strip() if mention.search(text) else ""
