"""Long texts, captions and keyboards become calls that Telegram takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Rendered, RenderedButton
from bot.channels.parts import CAPTION_LIMIT, TEXT_LIMIT, cut, split_text, units
from models.files import File

ROWS = ((RenderedButton("好", "yes"),),)


@given(st.text(alphabet="ab𠮷😀\n", max_size=400), st.integers(2, 60))
def test_pieces_fit_and_nothing_but_line_ends_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(units(piece) <= limit for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")


def test_units_count_rare_characters_twice() -> None:
    assert units("吉𠮷😀") == len("吉𠮷😀".encode("utf-16-le")) // 2 == 5


def test_a_long_text_is_cut_at_line_ends_with_buttons_on_the_last() -> None:
    text = "\n".join(f"第{n}行" + "情" * 90 for n in range(100))
    first, *_, last = parts = cut(Rendered(text, ROWS, replaces="7"))
    assert len(parts) == 3
    assert "\n".join(part.text for part in parts) == text
    assert [part.rows for part in parts] == [(), (), ROWS]
    assert (first.replaces, last.replaces) == ("7", "")


def test_a_line_longer_than_a_message_is_cut_between_characters() -> None:
    text = "𠮷" * 3000
    assert [len(part.text) for part in cut(Rendered(text))] == [TEXT_LIMIT // 2, 952]


def test_a_short_caption_stays_with_its_picture() -> None:
    message = Rendered("好" * CAPTION_LIMIT, ROWS, photo="file")
    assert cut(message) == [message]


def test_a_long_caption_follows_its_picture() -> None:
    text = "好" * (CAPTION_LIMIT + 1)
    assert cut(Rendered(text, ROWS, photo="file", replaces="7", protect=True)) == [
        Rendered("", photo="file", protect=True),
        Rendered(text, ROWS, protect=True),
    ]


def test_a_file_has_its_words_below_it_or_behind_it() -> None:
    sheet = File("名册.xlsx", "", b"x")
    short = Rendered("请看", ROWS, document=sheet, replaces="7")
    assert cut(short) == [Rendered("请看", ROWS, document=sheet)]
    text = "好" * (CAPTION_LIMIT + 1)
    assert cut(Rendered(text, ROWS, document=sheet, protect=True)) == [
        Rendered("", document=sheet, protect=True),
        Rendered(text, ROWS, protect=True),
    ]


def test_a_keyboard_beside_buttons_comes_in_its_own_message() -> None:
    message = Rendered("电话？", ROWS, replaces="7", keyboard="contact", keyboard_label="分享")
    assert cut(message) == [
        Rendered("电话？", ROWS, replaces="7"),
        Rendered("分享", keyboard="contact", keyboard_label="分享"),
    ]


def test_a_keyboard_goes_away_before_buttons_come() -> None:
    message = Rendered("下一题", ROWS, dismiss_keyboard=True, keyboard_label="收到")
    assert cut(message) == [Rendered("收到", dismiss_keyboard=True), Rendered("下一题", ROWS)]


def test_a_keyboard_alone_is_a_new_message_because_edits_cannot_bring_one() -> None:
    message = Rendered("位置？", keyboard="location", keyboard_label="发送", replaces="7")
    assert cut(message) == [Rendered("位置？", keyboard="location", keyboard_label="发送")]
