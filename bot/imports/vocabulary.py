"""The words of clerks: headings of columns and values of cells, however they are spelt.

All of them stand in headers.toml; here is only how two spellings meet.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from locales import LANGS, render
from models.messages import Text

_BRACKETED = re.compile(r"[(\[{<【「《][^()]*?[)\]}>】」》]")
OWN_COLUMNS = ("result", "source_row", "code")  # those that the returned copy adds


@dataclass(frozen=True, slots=True)
class Heading:
    """The field that a heading means; of two columns for a field the lower rank wins."""

    field: str
    rank: int


def fold(text: str) -> str:
    """A heading or value without spaces, marks, case, and remarks in brackets."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return _letters(_BRACKETED.sub("", text)) or _letters(text)


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


@cache
def headings(kind: str) -> Mapping[str, Heading]:
    """Every known heading of a kind of sheet, folded."""
    found: dict[str, Heading] = {}
    for field, words in _words()["headings"][kind].items():
        for rank, word in enumerate(words):
            found.setdefault(fold(word), Heading(field, rank))
    return found


def plain_heading(kind: str, field: str) -> str:
    """How a clerk would head the column of a field."""
    return str(_words()["headings"][kind][field][0])


@cache
def surnames() -> tuple[str, ...]:
    """Those that most names begin with."""
    common = _words()["surnames"]
    return (*common["single"], *common["double"].split())


@cache
def own_headings() -> frozenset[str]:
    """The headings of the columns that a returned copy has, in every language."""
    return frozenset(
        fold(render(lang, Text(f"import.column.{name}"))) for lang in LANGS for name in OWN_COLUMNS
    )


def meaning(topic: str, word: str) -> str | None:
    """What a cell's word stands for: meaning("level", ...) -> "village"; None when unknown."""
    return _values(topic).get(fold(word))


def spellings(topic: str, value: str) -> tuple[str, ...]:
    """How a value may be written, as the clerks do."""
    return tuple(_words()["values"][topic][value])


def with_suffix(field: str, text: str) -> str:
    """A bare number of a building, an entrance or a room with the word that makes it an address."""
    return text + _words()["suffixes"][field] if text.isascii() and text.isalnum() else text


@cache
def _values(topic: str) -> Mapping[str, str]:
    listed: Mapping[str, Iterable[str]] = _words()["values"][topic]
    return {fold(word): value for value, words in listed.items() for word in words}


@cache
def _words() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("headers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
