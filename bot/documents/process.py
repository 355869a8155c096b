"""Fills a template in a process of its own, for one document: a template that was made to use up
time or memory ends itself, and finds no database, no keys and no environment."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from typing import Any

from bot import child
from models.documents.kinds import Layout
from models.messages import UserError

MEMORY = 1024**3  # bytes
SECONDS = 30  # of work
PATIENCE_S = 90.0
_LARGEST_ANSWER = 64 * 1024 * 1024


async def look(template: bytes, layout: Layout) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names of facts that a template uses: known ones, and those that its kind has not.
    Raises UserError when it must not or cannot be filled."""
    columns = {name: sorted(fields) for name, fields in layout.columns.items()}
    asked = {"do": "look", "names": sorted(layout.names), "columns": columns}
    answer = await _ask(template, asked)
    return frozenset(answer["known"]), tuple(answer["unknown"])


async def fill(
    template: bytes, facts: Mapping[str, Any], gap: str, pictures: Mapping[str, bytes] = {}
) -> bytes:
    """The document. `facts` are words by name, and lists of such rows; `pictures` are PNG."""
    shown = {name: base64.b64encode(content).decode() for name, content in pictures.items()}
    asked = {"do": "fill", "facts": facts, "gap": gap, "pictures": shown}
    answer = await _ask(template, asked)
    return base64.b64decode(answer["content"])


async def _ask(template: bytes, request: Mapping[str, Any]) -> dict[str, Any]:
    body = json.dumps({**request, "template": base64.b64encode(template).decode()}).encode()
    said = await child.ask(__name__, body, PATIENCE_S)
    if said is None:
        raise UserError("document.too_much")
    return _opened(json.loads(said))


def _opened(answer: dict[str, Any]) -> dict[str, Any]:
    if "refused" in answer:
        raise UserError(answer["refused"], **answer["params"])
    if "bug" in answer:
        raise RuntimeError(f"filling a template: {answer['bug']}")
    return answer


def serve(request: Mapping[str, Any]) -> dict[str, Any]:
    """The other end: one request, one answer."""
    from bot.documents import rendering  # heavy: not where the bot would pay for it

    template = base64.b64decode(request["template"])
    try:
        if request["do"] == "look":
            found = rendering.look(template, request["names"], request["columns"])
            return {"known": sorted(found.known), "unknown": list(found.unknown)}
        shown = {name: base64.b64decode(png) for name, png in request["pictures"].items()}
        content = rendering.fill(template, request["facts"], request["gap"], shown)
        return {"content": base64.b64encode(content).decode()}
    except UserError as error:
        return {"refused": error.text.key, "params": dict(error.text.params)}
    except Exception as error:
        return {"bug": type(error).__name__}


if __name__ == "__main__":
    child.be_modest(MEMORY, SECONDS, _LARGEST_ANSWER)
    sys.stdout.write(json.dumps(serve(json.loads(sys.stdin.buffer.read()))))
