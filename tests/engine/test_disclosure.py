"""Numbers that people type into a group: found in any spelling, and few others taken for them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from cast import RESIDENTS
from hypothesis import given
from hypothesis import strategies as st

from handlers.engine.parse_disclosure import Disclosed, disclosed

PHONE, DOCUMENT = {Disclosed.PHONE}, {Disclosed.DOCUMENT}
NUMBERS = [resident.number for resident in RESIDENTS.values()]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("我是王芳，身份证510107199003071025", DOCUMENT),
        ("身份证 510107 1990 0307 1025 谢谢", DOCUMENT),
        ("５１０１０７１９９００３０７１０２５", DOCUMENT),
        ("510107-19900307-102x", DOCUMENT),
        ("老身份证510107900307102", DOCUMENT),
        ("5101071990\u200b03071025", DOCUMENT),
        ("我电话13812345678", PHONE),
        ("138 1234 5678有事打我", PHONE),
        ("+86 138-1234-5678", PHONE),
        ("电话：１３８１２３４５６７８。", PHONE),
        ("王芳 510107199003071025 13812345678", PHONE | DOCUMENT),
        ("今天小区检测到 12:00 为止，一共 13812 人", set()),
        ("快递单号 13812345678901，谁的？", set()),
        ("订单号：13812345678", set()),
        ("金额 1380.50 元，明天 2022-07-04 08:00-12:00", set()),
        ("微信群号 123456789012345", set()),
        ("510107991307102999", set()),
        ("座机不算人的号：028-12345678", set()),
        ("", set()),
    ],
)
def test_text_gives_away(text: str, kinds: set[Disclosed]) -> None:
    assert disclosed(text) == kinds


SPACES = st.sampled_from(["", " ", "-", "  ", ".", "\u200b", "－"])


@st.composite
def spelt(draw: st.DrawFn, digits: str) -> str:
    """A number as somebody may type it: gaps anywhere, full-width or not."""
    written = "".join(f"{draw(SPACES)}{digit}" for digit in digits)
    if draw(st.booleans()):
        written = written.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    return written


WORDS = st.text("我的身份证是请登记，。：!\n 谢谢王芳", max_size=12)


@given(data=st.data(), before=WORDS, after=WORDS)
def test_every_spelling_is_found(data: st.DataObject, before: str, after: str) -> None:
    number = data.draw(st.sampled_from(NUMBERS))
    phone = data.draw(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).filter(str.isascii))
    text = f"{before} {data.draw(spelt(number))} {after}；{data.draw(spelt(phone))}，{after}"
    assert disclosed(text) == PHONE | DOCUMENT


@given(st.text())
def test_any_text_is_looked_at(text: str) -> None:
    assert disclosed(text) <= set(Disclosed)


def _ordinary(dice: random.Random) -> Iterator[str]:
    """What a group of neighbours writes with digits in it."""
    digits = lambda n: "".join(dice.choice("0123456789") for _ in range(n))  # noqa: E731
    for _ in range(500):
        yield f"快递到了，取件码 {digits(6)}"
        yield f"单号 {digits(dice.choice([12, 13, 15, 18]))}"
        yield f"{dice.randrange(2000, 2030)}-{dice.randrange(1, 13)}-{dice.randrange(1, 29)} 停水"
        yield f"{dice.randrange(1, 30)}栋{dice.randrange(1, 5)}单元{digits(3)} 漏水，{digits(4)}元"
        yield f"会议号 {digits(3)} {digits(3)} {digits(3)}，密码 {digits(6)}"
        yield f"SF{digits(13)}"
        yield f"银行卡尾号 {digits(4)}，卡号 6222{digits(15)}"


def test_ordinary_numbers_are_mostly_let_alone() -> None:
    """Measured: of 3,500 messages with order numbers, dates, doors and prices at most one in a
    hundred is taken for somebody's."""
    messages = list(_ordinary(random.Random(7)))
    taken = [text for text in messages if disclosed(text)]
    assert len(taken) <= len(messages) / 100, taken[:5]
