"""Draws a chart in a process of its own, and says what this installation lacks for it."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import structlog

from bot import child
from bot.charts.picture import Picture
from bot.fonts import reading_font
from models.messages import UserError

MEMORY = 2 * 1024**3  # bytes of addresses; a tenth of it is used
SECONDS = 60  # of work; the first picture of all makes a list of fonts
# One thread: what it counts is small, and each more takes its own memory.
_ENV = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_LARGEST_ANSWER = 16 * 1024 * 1024

log = structlog.get_logger()


def lacks() -> str:
    """What is not here without which nothing can be drawn: "library", "font"; empty when all is.
    Looks at no character."""
    if find_spec("matplotlib") is None:
        return "library"
    return "" if reading_font() is not None else "font"


async def draw(picture: Picture) -> bytes:
    """The picture (PNG). Raises UserError when it cannot be drawn here."""
    path = reading_font()
    if lacks() or path is None:
        raise UserError("chart.off")
    answer = await _ask({"picture": picture.to_json(), "font": str(path)})
    if answer["lacking"]:
        # The reader sees that a character is missing, the operator which ones.
        log.warning("chart.characters_missing", font=path.name, characters=answer["lacking"])
    return base64.b64decode(answer["content"])


async def missing_from(path: Path, words: str) -> str:
    """The characters of `words` that a font has not. Raises UserError when it cannot be read."""
    answer = await _ask({"words": words, "font": str(path)})
    return str(answer["lacking"])


async def _ask(request: Mapping[str, Any]) -> dict[str, Any]:
    said = await child.ask(__name__, json.dumps(request).encode(), env=_ENV)
    if said is None:
        raise UserError("chart.off")
    return opened(json.loads(said))


def opened(answer: dict[str, Any]) -> dict[str, Any]:
    if "bug" in answer:
        raise RuntimeError(f"drawing a chart: {answer['bug']}")
    return answer


def serve(request: Mapping[str, Any]) -> dict[str, Any]:
    """The other end: one request, one answer."""
    from bot.charts import drawing  # heavy: not where the bot would pay for it

    path = Path(request["font"])
    try:
        if "words" in request:
            faces = [drawing.Face(path, lang) for lang in ("zh_Hans", "zh_Hant")]
            return {"lacking": "".join({face.lacks(request["words"]): None for face in faces})}
        picture = Picture.of(request["picture"])
        lacking = drawing.Face(path, picture.lang).lacks(picture.words)
        content = drawing.draw(picture, path)
        return {"content": base64.b64encode(content).decode(), "lacking": lacking}
    except Exception as error:
        return {"bug": type(error).__name__}


if __name__ == "__main__":
    child.be_modest(MEMORY, SECONDS, _LARGEST_ANSWER)
    sys.stdout.write(json.dumps(serve(json.loads(sys.stdin.buffer.read()))))
