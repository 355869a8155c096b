"""What somebody may mean who writes in her own words, with no question open: that she needs
medicine, that a neighbour has a fever.

The catalogue holds, under `meant.said.<command>`, what people say when they want it, parted by
"|". Nothing is done on a guess: she is offered what it may be, and taps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TypeAlias

import locales
from handlers.engine.parse_find import asked
from handlers.engine.parse_text import clean, fold
from handlers.exchange import MENU
from handlers.feature import Feature
from handlers.turn import Turn
from models.messages import Button, Outbound, Rows, Text, verbatim
from models.wanted import Sort
from models.wards import observed

Spans: TypeAlias = "Sequence[tuple[int, int]]"

OFFERED = 3
SAID = "meant.said."
UNWELL, DANGER = "meant.words.unwell", "meant.words.danger"
COURTESIES = {"meant.hello": "meant.words.hello", "meant.noted": "meant.words.noted"}
_CARE = ("checkin", "need", "for")  # what somebody unwell may need, as far as it is in her menu
_SEEK = "a:seek:"
_DATA = 64  # bytes of a button's data
_NAME = (2, 3)  # characters of most people's names
_EDGES = re.compile(r"^\W+|\W+$")


async def meant(turn: Turn) -> bool:
    """Offer what these words may mean; False when nothing is known of them."""
    if turn.event.kind != "text":
        return False
    text = clean(turn.event.text)
    for key, pattern in _courtesies().items():
        if pattern.fullmatch(fold(text)):
            turn.reply(key, MENU)
            return True
    found = {key: spans for key, pattern in _patterns().items() if (spans := _spans(pattern, text))}
    sick = UNWELL in found or DANGER in found
    offered = turn.registry.menu_for((await turn.actor()).roles).commands
    wanted = await _care(turn, offered) if sick else []
    wanted += [name for name in _by_length(found) if name in offered and name not in wanted]
    rows: Rows = tuple(
        (Button(Text(f"command.{name}.label"), f"a:go:{name}"),) for name in wanted[:OFFERED]
    )
    if "find" in offered and (seek := _seek(turn, text, found.values())):
        rows = (*rows, (seek,))
    if not rows and not sick:
        return False
    lines = [Text("meant.danger" if DANGER in found else "meant.unwell")] if sick else []
    lines += [Text("meant.care" if sick else "meant.perhaps")] if rows else []
    turn.send(Outbound(tuple(lines), (*rows, *MENU)))
    return True


async def cry(turn: Turn) -> bool:
    """In the middle of a form, too, whoever writes that somebody cannot breathe is told at once
    whom to call; the form waits."""
    heard = turn.event.kind == "text" and _patterns()[DANGER].search(fold(clean(turn.event.text)))
    if heard:
        turn.reply("meant.danger")
    return bool(heard)


async def _care(turn: Turn, offered: Sequence[str]) -> list[str]:
    """Whoever is observed says it with her check-in; nobody else has one."""
    watched = "checkin" in offered and await observed(turn.session, turn.account)
    return [name for name in _CARE if name in offered and (name != "checkin" or watched)]


def _by_length(found: Mapping[str, Spans]) -> list[str]:
    """The commands whose words were found; the longest word says most."""
    named = [key for key in found if key.startswith(SAID)]
    named.sort(key=lambda key: max(end - start for start, end in found[key]), reverse=True)
    return [key.removeprefix(SAID) for key in named]


def _seek(turn: Turn, text: str, known: Iterable[Spans]) -> Button | None:
    """To look for what is left of the text: a name, a door, a number."""
    gone = {at for spans in known for start, end in spans for at in range(start, end)}
    rest = "".join(" " if at in gone else char for at, char in enumerate(text))
    left = _EDGES.sub("", " ".join(rest.split()))
    data = _SEEK + left
    parts = asked(left, turn.today)
    told = any(part.sort != Sort.WORD or len(part.text) in _NAME for part in parts)
    if not told or len(data.encode()) > _DATA:
        return None
    return Button(Text("meant.seek", {"text": verbatim(left)}), data)


@cache
def _courtesies() -> Mapping[str, re.Pattern[str]]:
    """What asks for nothing, also said twice, by the answer to it."""
    one = {answer: _pattern(words).pattern for answer, words in COURTESIES.items()}
    return {answer: re.compile(rf"\W*(?:(?:{words})\W*)+") for answer, words in one.items()}


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """The words of every language, by key: people mix them."""
    keys = [key for key in locales.catalogue(locales.SOURCE) if key.startswith(SAID)]
    return {key: _pattern(key) for key in (*keys, UNWELL, DANGER)}


def _pattern(key: str) -> re.Pattern[str]:
    said = {word for lang in locales.LANGS for word in locales.render(lang, Text(key)).split("|")}
    folded = sorted({fold(clean(word)) for word in said}, key=len, reverse=True)
    # Inside a Chinese sentence a word has no ends; inside an English one "test" is not "latest".
    either = (rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in folded)
    return re.compile("|".join(either))


def _spans(pattern: re.Pattern[str], text: str) -> Spans:
    """Where it was said; folding keeps every character's place."""
    return [match.span() for match in pattern.finditer(fold(text))]


FEATURE = Feature(free=(meant,), refused=(cry,))
