"""An address in any spelling: its place, building, entrance, floor and room, and one key.

Pure and total. What it cannot read stays as written, without spaces and punctuation: two
addresses may miss each other, never meet by mistake.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

from models import divisions

LONGEST: Final = 200  # characters that are read; an address is shorter

_TRADITIONAL = str.maketrans(
    "單號樓棟層組隊園區莊鎮鄉衖門鋪戶間", "单号楼栋层组队园区庄镇乡弄门铺户间"
)
_DIGITS: Final = {han: value for value, han in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_TENS: Final = {"十": 10, "百": 100}
_HAN: Final = "".join((*_DIGITS, *_TENS))
# Numerals in front of these words are numbers; elsewhere they belong to a name (八一路).
_COUNTED = re.compile(
    rf"[{_HAN}]+(?=[号栋幢座楼层组队室期段弄]|单元|社(?!区)|小组|村民小组|居民小组|区(?!域))"
    rf"|(?<=[元栋幢座层])[{_HAN}]{{3,4}}$"
)
_MARK = re.compile(r"(?<=[0-9a-z])[#]-?楼?")
_BETWEEN = re.compile(rf"(?<=[0-9a-z{_HAN}])[\W_]+(?=[0-9a-z{_HAN}])")
_LOOSE = re.compile(rf"(?<![0-9a-z{_HAN}])-+|-+(?![0-9a-z{_HAN}])")
_LEADING = re.compile(r"(?<![0-9])0+(?=[0-9])")

_NUM = r"[0-9]{1,4}"
_ID = rf"(?:(?<![0-9]){_NUM}[a-z]?|(?<![a-z])[a-z][0-9]{{0,3}})"
_DOORWAY = rf"(?:(?:{_NUM}|[a-z])(?:单元|门(?![面市牌])|梯))"
_STREET = r"(?<![路街巷道弄段院])(?<!胡同)"
_BUILDING = (
    rf"第?(?:(?P<b>{_ID}|(?<![甲乙丙丁])[甲乙丙丁])(?:号?[栋幢座]楼?|号楼|楼(?={_DOORWAY}))"
    rf"|{_STREET}(?P<b2>(?<![0-9]){_NUM})号(?={_DOORWAY}))"
)
_ENTRANCE = r"(?P<e>(?<![0-9])[0-9]{1,3}|(?<![a-z])[a-z])(?:单元|门(?![面市牌])|梯)"
_FLOOR = rf"(?P<f>(?<![0-9]){_NUM})[楼层]"
_SHOP = r"(?P<w>商铺|门面|底商|铺面|门市|车库|地下室|铺)"
_ROOM = rf"(?:{_SHOP}?(?P<r>{_ID})(?:号[室房铺户]|号|[室房户铺间])?)"
_HOUSE = (
    rf"(?P<h>(?<![0-9]){_NUM}(?:-{_NUM})?)号(?P<yard>院)?"
    rf"(?:附(?P<a>{_NUM})号?)?(?P<w>商铺|门面|铺)?"
)
_GROUP = rf"第?(?P<g>(?<![0-9]){_NUM})(?:村民小组|居民小组|小组|组|社(?!区)|队)"
_PATTERNS: Final = tuple(
    re.compile(rf"(?P<place>.*?){rest}")
    for rest in (
        rf"{_BUILDING}(?:(?:{_ENTRANCE})?(?:{_FLOOR})?{_ROOM}?|(?P<e2>{_NUM})-(?P<r2>{_ID})室?)",
        rf"(?<![0-9a-z-])(?<![村组社队路街巷道弄段])(?P<b>{_ID})-(?P<e>{_NUM})-(?P<r>{_ID})室?",
        rf"{_ENTRANCE}(?:{_FLOOR})?{_ROOM}?",
        rf"(?<=号)(?:{_FLOOR})?(?P<r>[0-9]{{3,4}})[室房]?",
        rf"{_GROUP}(?:{_HOUSE})?",
        _HOUSE,
    )
)


@dataclass(frozen=True, slots=True)
class Address:
    """A door. Parts that were not told are empty; one that could not be read is all `place`.

    `building` carries its word ("3栋"), a village's group stands there too ("2组"); `entrance`
    and `floor` are bare ("2", "5"), `room` is "501", or "15号" where houses have numbers.
    """

    place: str
    building: str = ""
    entrance: str = ""
    floor: str = ""
    room: str = ""

    @property
    def key(self) -> str:
        """The one spelling of this door; read again it gives the same."""
        entrance = f"{self.entrance}单元" if self.entrance else ""
        floor = f"{self.floor}层" if self.floor else ""
        tail = f"{self.building}{entrance}{floor}{self.room}"
        clash = self.place[-1:].isalnum() and self.place[-1:].isascii() and tail[:1].isascii()
        return f"{self.place}{'-' if clash and tail else ''}{tail}"

    @property
    def house(self) -> str:
        """What a walk list calls the building: a village's group, a street, a numbered block."""
        return replace(self, entrance="", floor="", room="").key

    @property
    def is_read(self) -> bool:
        """Was a part of it recognised?"""
        return bool(self.building or self.entrance or self.floor or self.room)

    @property
    def door(self) -> str:
        """What tells it from the other doors of its building: "2单元501", "15号"."""
        return replace(self, place="", building="").key

    @property
    def block(self) -> tuple[str, str, int]:
        """Where its building lies among others: by place, kind and number."""
        return self.place, self.building.lstrip("0123456789"), _number(self.building)

    @property
    def storey(self) -> int:
        """The floor, as told or as the room's number says; 0 when nothing does."""
        if self.floor:
            return int(self.floor)
        return _storey(self.room)

    @property
    def order(self) -> tuple[int, int, int]:
        """Where the door lies within its building: entrance, floor, number."""
        return _number(self.entrance), self.storey, _number(self.room)


def parse(text: str, *, compound: str = "", inside: Sequence[str] = ()) -> Address:
    """The address in `text`.

    `compound` is the place of one that names none (3-2-501 on a compound's own list). Names of
    known divisions, and those `inside` of which the door lies, are no part of it.
    """
    return _parsed(text[:LONGEST], compound, (*inside,))


@lru_cache(maxsize=2048)  # the people behind a door stand together in a list
def _parsed(text: str, compound: str, inside: tuple[str, ...]) -> Address:
    written = _clean(text)
    bare = _without(written, (*(_clean(name) for name in inside),))
    found = _read(bare) or Address(bare)
    if compound and not found.place:
        found = replace(found, place=_clean(compound))
        found = _read(found.key) or Address(found.key)
    return found


def compact(text: str) -> str:
    """Letters and digits alone, in one script and case: how two spellings of a name meet."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_TRADITIONAL)
    return "".join(char for char in plain if char.isalnum())


def _clean(text: str) -> str:
    """One script, numbers as digits, a hyphen where two of them would run together."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_TRADITIONAL)
    plain = _BETWEEN.sub("-", _MARK.sub("栋", plain))
    plain = "".join(char for char in plain if char.isalnum() or char == "-")
    plain = _LOOSE.sub("", plain)
    return _LEADING.sub("", _COUNTED.sub(lambda found: _digits(found[0]), plain))


def _digits(han: str) -> str:
    """A number in words: 二十三 and 二三 are 23, 五〇一 is 501."""
    if not any(char in _TENS for char in han):
        return "".join(str(_DIGITS[char]) for char in han)
    total, one = 0, 0
    for char in han:
        if char in _TENS:
            total += (one or 1) * _TENS[char]
            one = 0
        else:
            one = _DIGITS[char]
    return str(total + one)


def _without(written: str, inside: Sequence[str]) -> str:
    """What is left behind the names of divisions, and of those units, that it begins with."""
    cut = True
    while cut:
        names = {written[:size] for size in range(3, 13)} & _divisions()
        names |= {name for name in inside if name and written.startswith(name)}
        cut = bool(names)
        written = written.removeprefix(max(names, key=len, default=""))
    return written.lstrip("-")


@cache
def _divisions() -> frozenset[str]:
    return frozenset(_clean(name) for name in divisions.full_names())


def _read(written: str) -> Address | None:
    """The parts of a cleaned address, when its own spelling says the same again."""
    for pattern in _PATTERNS:
        if found := pattern.fullmatch(written):
            address = _parts({name: part or "" for name, part in found.groupdict().items()})
            if address is None or address.key == written:
                return address
            return address if _read(address.key) == address else None
    return None


def _parts(found: dict[str, str]) -> Address | None:
    """What a pattern found; None when floor and room contradict each other."""

    def part(*names: str) -> str:
        return next((found[name] for name in names if found.get(name)), "")

    building = f"{part('b', 'b2')}栋" if part("b", "b2") else ""
    room, floor = part("w") + part("r", "r2"), part("f")
    if part("g"):
        building = f"{part('g')}组"
    if part("h"):
        annex = f"附{part('a')}号" if part("a") else ""
        yard = "院" if part("yard") else ""
        room = f"{part('h')}号{yard}{annex}{part('w')}"
    if floor and _storey(room):
        if int(floor) != _storey(room):
            return None
        floor = ""
    return Address(found["place"].rstrip("-"), building, part("e", "e2"), floor, room)


def _storey(room: str) -> int:
    digits = re.match(r"[0-9]{3,4}(?![0-9号])", room)
    return int(digits[0][:-2]) if digits else 0


def _number(part: str) -> int:
    """The first number in it, a letter as its place in the alphabet; 0 without either."""
    if found := re.search("[0-9]+", part):
        return int(found[0])
    return ord(part[0]) - ord("a") + 1 if part[:1].isascii() and part[:1].isalpha() else 0
