"""How a district calls the columns of a ledger, in which order, and which it leaves out.

Each heading of a workbook of ours carries a name of the workbook's own (`mark`), which a program
moves with its column and drops with it: so a column is known again whatever it is called now. A
version is kept as a template is. Knows no sheet library and no chat.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from models.documents.templates import own_in_force
from models.ledgers.declaration import Column, Ledger
from models.messages import Text, UserError, verbatim
from models.units import Unit

MARK = "gridbot_"
MOST = 60  # columns
LONGEST = 40  # characters of a heading
# A program that reads the ledger from another format could take it for something to work out.
_RECKONED = ("=", "+", "-", "@")
_BLANK_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Heading:
    """A column by its code, and how it is called; without a code it is one that only people write
    into."""

    code: str
    words: str


Headings: TypeAlias = tuple[Heading, ...]
Cell: TypeAlias = tuple[str, str]
"""What stands over a column that somebody sent: its mark, if it still has one, and its words."""


def kind_of(ledger: Ledger) -> str:
    """Whose template it is kept as."""
    return f"ledger.{ledger.code}"


def mark(ledger: Ledger, code: str) -> str:
    """The workbook's name for the heading of a column."""
    return f"{MARK}{ledger.code}_{code}".replace(".", "_")


def marked(ledgers: Mapping[str, Ledger], marks: Sequence[str]) -> Ledger | None:
    """The ledger to which most of these marks belong."""
    counted = Counter(
        ledger.code
        for ledger in ledgers.values()
        for column in ledger.columns
        if mark(ledger, column.code) in marks
    )
    return ledgers[counted.most_common(1)[0][0]] if counted else None


def standard(ledger: Ledger, say: Callable[[Text], str]) -> Headings:
    """As the program has them."""
    return tuple(Heading(column.code, say(column.head)) for column in ledger.columns)


def dump(headings: Headings) -> bytes:
    return json.dumps([[one.code, one.words] for one in headings], ensure_ascii=False).encode()


def load(content: bytes) -> Headings:
    return tuple(Heading(code, words) for code, words in json.loads(content))


async def in_force(
    session: AsyncSession, unit: Unit, ledger: Ledger, say: Callable[[Text], str]
) -> tuple[Headings, int]:
    """How the columns are called in a unit, and the version; 0 is the standard. What a later
    program has no longer is left out."""
    own = await own_in_force(session, unit, kind_of(ledger))
    if own is None:
        return standard(ledger, say), 0
    codes = {"", *(column.code for column in ledger.columns)}
    return tuple(one for one in load(own.content) if one.code in codes), own.version


def columns_of(ledger: Ledger, headings: Headings) -> tuple[Column, ...]:
    """The columns of a workbook that has these headings."""
    widths = {column.code: column.width for column in ledger.columns}
    return tuple(
        Column(one.code, verbatim(one.words), widths.get(one.code, _BLANK_WIDTH))
        for one in headings
    )


# -- what somebody has sent -----------------------------------------------------------------------


def understood(
    ledger: Ledger, usual: Headings, current: Headings, cells: Sequence[Cell]
) -> Headings:
    """What these cells mean. Words that a column has already win over a mark: whoever types the
    heading of one over that of another means the other. Raises UserError for what cannot be kept.

    `usual` are the standard headings, `current` those in force.
    """
    told = [(code, _clean(words)) for code, words in cells]
    shown = [(code, words, n) for n, (code, words) in enumerate(told, 1) if words]
    for _, words, n in shown:
        _refuse(words, n)
    if len(shown) > MOST:
        raise UserError("headings.many", most=MOST)
    if twice := [words for words, n in Counter(words for _, words, _ in shown).items() if n > 1]:
        raise UserError("headings.twice", heading=twice[0])
    by_words = {one.words: one.code for one in (*usual, *current) if one.code}
    by_mark = {mark(ledger, column.code): column.code for column in ledger.columns}
    taken = {by_words[words] for _, words, _ in shown if words in by_words}
    found = list[Heading]()
    for given, words, _ in shown:
        code = by_words.get(words) or by_mark.get(given, "")
        if words not in by_words and code in taken:
            code = ""
        taken.add(code)
        found.append(Heading(code, words))
    codes = [one.code for one in found if one.code]
    if not codes:
        raise UserError("headings.none")
    if len(set(codes)) < len(codes):  # called by the word of now and by that of before
        again = next(code for code in codes if codes.count(code) > 1)
        names = [verbatim(one.words) for one in found if one.code == again]
        raise UserError("headings.same_column", names=names)
    return tuple(found)


def _clean(words: str) -> str:
    """One line, without what cannot be seen."""
    seen = "".join(
        " " if char.isspace() else char
        for char in words
        if char.isspace() or not unicodedata.category(char).startswith("C")
    )
    return " ".join(seen.split())


def _refuse(words: str, n: int) -> None:
    if len(words) > LONGEST:
        raise UserError("headings.long", n=n, most=LONGEST)
    if unicodedata.normalize("NFKC", words).startswith(_RECKONED):
        raise UserError("headings.formula", n=n, heading=words)


@dataclass(frozen=True, slots=True)
class Change:
    """What would be other than now. `renamed` goes from the words of now to the new ones."""

    renamed: tuple[tuple[str, str], ...]
    moved: bool
    gone: tuple[str, ...]
    back: tuple[str, ...]
    blank: tuple[str, ...]
    """Those that the program has nothing for."""


def change(current: Headings, new: Headings) -> Change:
    """From the headings in force to these."""
    now = {one.code: one.words for one in current if one.code}
    then = {one.code: one.words for one in new if one.code}
    return Change(
        tuple((now[c], words) for c, words in then.items() if c in now and now[c] != words),
        [code for code in now if code in then] != [code for code in then if code in now],
        tuple(words for code, words in now.items() if code not in then),
        tuple(words for code, words in then.items() if code not in now),
        tuple(one.words for one in new if not one.code),
    )
