"""How a name sounds and looks, so that two spellings of one person meet.

Pure. Readings and look-alikes stand in names.toml; what is not in there stands for itself.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_HAN = re.compile("[\u4e00-\u9fff]+")  # that there is nothing to fold in


@dataclass(frozen=True, slots=True)
class _Table:
    sounds: Mapping[str, str]
    surnames: Mapping[str, str]
    alike: Mapping[str, str]
    compound: frozenset[str]  # surnames of two characters


def sound(name: str) -> str:
    """The name as it is said, without tones: "zhang wei" of 张伟 and of 章伟."""
    letters, table = _letters(name), _table()
    if not letters:
        return ""
    first = table.surnames.get(letters[0]) or table.sounds.get(letters[0], letters[0])
    return " ".join([first, *(table.sounds.get(char, char) for char in letters[1:])])


def meant(typed: str, name: str) -> bool:
    """Is this name meant: a part of it as it is written, or all of it or how it begins as it is
    said, in characters or in pinyin?"""
    plain, written = _letters(typed), _letters(name)
    if not plain:
        return False
    said = sound(name).split()
    if plain in written or sound(typed).split() == said[: len(plain)]:
        return True
    starts = {"".join(said[:n]) for n in range(1, len(said) + 1)}
    return plain.isascii() and (plain in starts or plain == "".join(said[1:]))


def surname(name: str) -> str:
    """What a stranger says: the surname of a Chinese name, the last word of another."""
    words = name.split()
    if not words:
        return ""
    if words[-1].isascii():
        return words[-1]
    return name[:2] if name[:2] in _table().compound and len(name) > 2 else name[:1]


def look(name: str) -> str:
    """The name with one character for all that are taken for each other."""
    alike = _table().alike
    return "".join(alike.get(char, char) for char in _letters(name))


def _letters(name: str) -> str:
    if _HAN.fullmatch(name):
        return name
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in plain if char.isalnum())


@cache
def _table() -> _Table:
    text = resources.files(__package__).joinpath("names.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)

    def turned(words: Mapping[str, str]) -> Mapping[str, str]:
        return {char: said for said, chars in words.items() for char in chars}

    alike = {char: group[0] for group in read["alike"] for char in group}
    return _Table(
        turned(read["sounds"]), turned(read["surnames"]), alike, frozenset(read["compound"].split())
    )
