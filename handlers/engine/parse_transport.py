"""How somebody travels, and on which train, flight or plate, as people type it.

Pure and total; it knows no timetable.
"""

from __future__ import annotations

import re
from typing import Final

from handlers.engine.parse_text import Unreadable, plain

# At one place in the text the earlier line wins: an electric bicycle is no electric train.
_MODES: Final = {
    "other": "走路|步行|徒步|走回|自行车|电动车|电瓶车|摩托|骑车|地铁|其他|其它|别的"
    "|walk|on foot|bicycle|bike|subway|metro|other",
    "taxi": "出租|的士|打车|打的|网约车|滴滴|顺风车|拼车|taxi|cab|uber|didi",
    "coach": "大巴|中巴|客车|长途车|长途汽车|班车|巴士|公交|汽车|coach|bus",
    "train": "高铁|火车|动车|列车|城际|绿皮|硬座|卧铺|train|rail",
    "plane": "飞机|航班|客机|飞|plane|flight|fly|air",
    "car": "自驾|开车|私家车|自家车|小车|轿车|面包车|货车|卡车|朋友的车"
    "|car|drive|drove|driving|truck",
    "ship": "轮船|轮渡|渡轮|邮轮|客轮|渡船|坐船|乘船|船|ferry|ship|boat",
}


def _word(words: str) -> str:
    """Alternatives of which those in ASCII must not be a part of a longer word."""
    return "|".join(
        rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else word for word in words.split("|")
    )


_MODE = re.compile("|".join(f"(?P<{mode}>{_word(words)})" for mode, words in _MODES.items()))
_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_EDGE = r"(?<![A-Z0-9])(?:{})(?![A-Z0-9])"
_TRAIN = re.compile(_EDGE.format(r"[GDCZTKYSLP][ -]?[0-9]{1,4}"))
_TRAIN_BARE = re.compile(_EDGE.format(r"[0-9]{4}"))
_FLIGHT = re.compile(_EDGE.format(r"(?:[A-Z]{2}|[A-Z][0-9]|[0-9][A-Z])[ -]?[0-9]{3,4}"))
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z][ ·.-]?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳](?![A-Z0-9])"
)
_NUMBERS: Final = {
    "train": (_TRAIN, _TRAIN_BARE),
    "plane": (_FLIGHT,),
    "coach": (_PLATE,),
    "car": (_PLATE,),
    "taxi": (_PLATE,),
}
# What a number says when no word does. A train's letter and digits also end some flights.
_TELLING: Final = (("car", _PLATE), ("train", _TRAIN), ("plane", _FLIGHT))


def transport(text: str) -> tuple[str, str]:
    """How somebody travels and the number of it: "高铁G1234" -> ("train", "G1234").

    The mode is train, plane, coach, car, taxi, ship or other; the number may be "".
    """
    text = plain(text)
    upper = text.upper()
    if match := _MODE.search(text):
        mode = str(match.lastgroup)
        found = (pattern.search(upper) for pattern in _NUMBERS.get(mode, ()))
        return mode, next((_compact(number[0]) for number in found if number), "")
    for mode, pattern in _TELLING:
        if number := pattern.search(upper):
            return mode, _compact(number[0])
    raise Unreadable("transport")


def _compact(text: str) -> str:
    return re.sub(r"[ ·.-]", "", text)
