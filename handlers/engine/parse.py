"""Reads what people type: the one door to the readers of the parse_* modules.

Every reader is total: any str gives a value or Unreadable(code), never another exception.
It knows no form and no question.
"""

from __future__ import annotations

from typing import Final

from handlers.engine.parse_day import Prefer
from handlers.engine.parse_number import (
    means_temperature,
    number,
    temperature,
    temperature_and_rest,
)
from handlers.engine.parse_person import id_document, name_and_rest, person_name, phone
from handlers.engine.parse_span import span
from handlers.engine.parse_text import ERRORS, Unreadable, clean, plain, prose
from handlers.engine.parse_time import clock_time, day, moment
from handlers.engine.parse_transport import transport

__all__ = [
    "ERRORS",
    "Prefer",
    "Unreadable",
    "clean",
    "clock_time",
    "day",
    "id_document",
    "means_temperature",
    "moment",
    "name_and_rest",
    "number",
    "person_name",
    "phone",
    "plain",
    "prose",
    "span",
    "temperature",
    "temperature_and_rest",
    "transport",
    "yes_no",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES: Final = _words(
    "是 是的 有 有的 好 好的 对 对的 要 需要 嗯 嗯嗯 恩 行 可以 同意 愿意 确认 正确 没错 係 "
    "yes y yep yeah yea ok okay sure true right 👍 👌 ✅ ✔ 🆗 🙆"
)
_NO: Final = _words(
    "否 不 不是 不是的 没有 没 无 不要 不用 不需要 不对 不行 不可以 不同意 不愿意 不好 冇 唔係 "
    "no n nope nah none false not 👎 ❌ ✖ 🙅"
)
_TRAILING: Final = (
    " .,!?~。、！？啊呀呢吧啦哦喔了\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
)


def yes_no(text: str) -> bool:
    """Yes or no in words or thumbs; digits are choices of a list and neither."""
    word = plain(text).rstrip(_TRAILING)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable("yes_no")
