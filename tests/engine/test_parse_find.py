"""What somebody is looked for by, as it is typed on a phone."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.engine.parse_find import MOST, asked

TODAY = date(2022, 7, 4)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("王 1234", "word:王 ending:1234"),
        ("王1234", "word:王 ending:1234"),
        ("王，尾号１２３４", "word:王 ending:1234"),
        ("姓王的，身份证后四位123x", "word:王 ending:123X"),
        ("Wang Fang", "word:wang word:fang"),
        ("王芳 85年", "word:王芳 year:1985"),
        ("05年出生", "year:2005"),
        ("1985-03-12", "birth:19850312"),
        ("1985年3月12日", "birth:19850312"),
        ("花园小区3栋", "door:花园小区3栋"),
        ("3栋501 陈", "door:3栋501 word:陈"),
        ("138 1234 5678", "phone:13812345678"),
        ("51010719900307102 5", "paper:510107199003071025"),
        ("220704-abcde", "receipt:220704-ABCDE"),
        ("问题12", "problem:12"),
        ("線索號007", "lead:7"),
        ("v-Ab12cd", "venue:v-Ab12cd"),
        ("12", ""),
        ("，。", ""),
        ("2090年", "word:2090年"),
        ("李 13900001234", "word:李 phone:13900001234"),
    ],
)
def test_what_is_typed(text: str, parts: str) -> None:
    assert " ".join(f"{part.sort}:{part.text}" for part in asked(text, TODAY)) == parts


@given(st.text(max_size=200))
def test_any_text_gives_a_few_parts(text: str) -> None:
    assert len(asked(text, TODAY)) <= MOST
