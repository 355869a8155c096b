"""What the columns of a sheet are by what stands in them, where no heading says it.

Only what is evident: numbers with a good checksum, mobiles, doors, names. It proposes; who brought
the sheet decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from bot.imports.vocabulary import surnames
from bot.imports.workbook import Cell
from models.addresses import parse
from models.identity import IdentityError, check_resident, eighteen_digits

SEEN = 50  # rows; what a column is shows in them or not at all
_EVIDENT = 0.6  # of the cells with something in them
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")


def guesses(rows: Sequence[Sequence[Cell]]) -> dict[int, str]:
    """Column -> the field that it evidently is. Of two that could be the same the fuller one."""
    width = max(map(len, rows), default=0)
    columns = [[_written(row[at]) for row in rows if at < len(row)] for at in range(width)]
    found: dict[int, str] = {}
    for field, is_one in _FITS.items():
        share, at = max(
            ((_share(cells, is_one), -at) for at, cells in enumerate(columns) if at not in found),
            default=(0.0, 0),
        )
        if share > 0:
            found[-at] = field
    return found


def fits(cell: Cell, field: str) -> bool:
    """Is this cell such a one?"""
    return _FITS[field](_written(cell))


def gives_away(row: Sequence[Cell]) -> bool:
    """Is there somebody's number in it? Then it is no row of headings."""
    texts = [_written(cell) for cell in row]
    return any(_is_mobile(text) or _is_document(text) for text in texts)


def _share(cells: Sequence[str], is_one: Callable[[str], bool]) -> float:
    """How many cells of all are such ones; 0 where those that are not could be meant."""
    filled = [cell for cell in cells if cell]
    ones = sum(map(is_one, filled))
    return ones / len(cells) if ones and ones >= _EVIDENT * len(filled) else 0.0


def _written(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = unicodedata.normalize("NFKC", str(cell))
    return "".join(text.split())


def _is_document(text: str) -> bool:
    try:
        number = eighteen_digits(text)
        # Whether she is born by now is asked when the row is read.
        check_resident(number, date(int(number[6:10]), 12, 31))
    except (IdentityError, ValueError):
        return False
    return True


def _is_mobile(text: str) -> bool:
    return _MOBILE.fullmatch(text) is not None


def _is_door(text: str) -> bool:
    return not text.isdecimal() and len(text) > 3 and parse(text).is_read


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and text.startswith(surnames())


_FITS: Mapping[str, Callable[[str], bool]] = {
    "id_number": _is_document,
    "phone": _is_mobile,
    "address": _is_door,
    "name": _is_name,
}
