"""A card the size of a phone or of A6: words, and a code to scan. Knows no channel.

The libraries are loaded when the first card is drawn: most bots never draw one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from bot.fonts import reading_font

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 826, 1166  # A6 at 200 dots an inch
MARGIN, GAP = 60, 18
CODE = 600  # at most so wide
HEAD, BODY = 52, 38
_WORDS = re.compile(r"[!-~]+ ?|.")  # Latin words stay whole, between Chinese characters one may cut


def draw(link: str, text: str) -> tuple[bytes, bool]:
    """The picture (PNG), and whether the words are on it: without a Chinese font it is the code
    alone. The first line of the words is the heading; the code stands below it."""
    from PIL import Image, ImageDraw

    head, _, body = text.partition("\n")
    fonts = _fonts()
    code = _code(link)
    page = Image.new("L", (WIDTH, HEIGHT if fonts else code.height + 2 * MARGIN), 255)
    y = MARGIN
    pen = ImageDraw.Draw(page)

    def write(words: str, font: FreeTypeFont) -> None:
        nonlocal y
        for line in wrapped(words, WIDTH - 2 * MARGIN, font.getlength):
            pen.text((WIDTH / 2, y), line, fill=0, font=font, anchor="ma")
            y += round(font.size) + GAP

    if fonts:
        write(head, fonts[0])
    page.paste(code, ((WIDTH - code.width) // 2, y))
    y += code.height + GAP
    if fonts:
        for paragraph in body.split("\n"):
            write(paragraph, fonts[1])
    out = BytesIO()
    page.save(out, "png", dpi=(200, 200))
    return out.getvalue(), bool(fonts)


def _code(link: str) -> Picture:
    """The code with its quiet zone, in whole dots a module."""
    import segno
    from PIL import Image

    made = segno.make(link, error="m", micro=False)
    out = BytesIO()
    made.save(out, kind="png", scale=CODE // made.symbol_size(border=4)[0], border=4)
    return Image.open(out)


@lru_cache(maxsize=1)
def _fonts() -> tuple[FreeTypeFont, FreeTypeFont] | None:
    """For the heading and for the rest."""
    from PIL import ImageFont

    path = reading_font()
    if path is None:
        return None
    first = ImageFont.truetype(path, HEAD)
    # A collection holds a face for each country; the simplified one has the forms that we write.
    for index in range(1, 12):
        if path.suffix.lower() not in (".ttc", ".otc") or "SC" in (first.getname()[0] or ""):
            break
        try:
            first = ImageFont.truetype(path, HEAD, index=index)
        except OSError:
            first = ImageFont.truetype(path, HEAD)
            break
    return first, first.font_variant(size=BODY)


def wrapped(text: str, width: float, length: Callable[[str], float]) -> Iterator[str]:
    """The text in lines of at most this width; punctuation does not begin a line."""
    line = ""
    for word in _WORDS.findall(text):
        if line and length(line + word.rstrip()) > width and word not in "，。；：！？、）”":
            yield line.rstrip()
            line = ""
        line += word
    if line.strip():
        yield line.rstrip()
