"""A card to be shown, printed or sent on: what stands on it, with a font and without one."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import segno
from PIL import Image

from bot import fonts
from bot.channels import posters

LINK = "https://t.me/gridbot?start=abcdefgh23456789"
WORDS = "花园小区一网格\n网格员李强 7月4日 10:00 来过，没有遇到您。\n请扫码。"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    posters._fonts.cache_clear()
    yield
    posters._fonts.cache_clear()


def modules(picture: Image.Image, top: int) -> list[list[bool]]:
    """The code on the picture, a dot a module, from the row where it begins."""
    size = segno.make(LINK, error="m", micro=False).symbol_size(border=0)[0]
    scale = posters.CODE // (size + 8)
    left = (picture.width - scale * (size + 8)) // 2
    first = [4 * scale + scale // 2 + n * scale for n in range(size)]
    return [[picture.getpixel((left + x, top + y)) == 0 for x in first] for y in first]


def test_without_a_font_the_card_is_the_code_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "reading_font", lambda: None)
    content, written = posters.draw(LINK, WORDS)
    picture = Image.open(BytesIO(content))
    assert not written
    expected = [
        [bool(dot) for dot in row] for row in segno.make(LINK, error="m", micro=False).matrix
    ]
    assert modules(picture, posters.MARGIN) == expected


@pytest.mark.skipif(fonts.reading_font() is None, reason="no Chinese font on this machine")
def test_with_a_font_the_words_stand_round_the_code() -> None:
    content, written = posters.draw(LINK, WORDS)
    picture = Image.open(BytesIO(content))
    assert written
    assert picture.size == (posters.WIDTH, posters.HEIGHT)
    more, _ = posters.draw(LINK, WORDS + "\n7月18日 前有效。")
    assert more != content
    # Above the code the heading, at its place the code itself.
    top = posters.MARGIN + posters.HEAD + posters.GAP
    expected = [
        [bool(dot) for dot in row] for row in segno.make(LINK, error="m", micro=False).matrix
    ]
    assert modules(picture, top) == expected


def test_a_line_is_cut_where_one_may_cut() -> None:
    cut = list(posters.wrapped("您好，请扫码。Grid worker called", 6, len))
    assert cut == ["您好，请扫码。", "Grid", "worker", "called"]
    assert "".join(posters.wrapped(WORDS, 9, len)).replace(" ", "") == "".join(
        WORDS.split("\n")
    ).replace(" ", "")


def test_a_plain_face_is_read_more_easily_than_a_bold_one(tmp_path: Path) -> None:
    for name in ("NotoSerifCJK-Bold.ttc", "NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc"):
        (tmp_path / name).write_bytes(b"")
    found = fonts.reading_font([str(tmp_path)])
    assert found is not None
    assert found.name == "NotoSansCJK-Regular.ttc"
    assert fonts.reading_font([str(tmp_path / "none")]) is None
