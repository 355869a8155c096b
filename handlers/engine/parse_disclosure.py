"""Whether a text gives away an identity number or a phone, in whatever spelling people type.

Pure. Tells the kinds and never the numbers: what was found in a group is not kept anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum

from models.identity import PROVINCES


class Disclosed(StrEnum):
    """What a text gives away."""

    DOCUMENT = "document"
    PHONE = "phone"


_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Digits as people group them: "510107 1990 0307 1025", "138-1234-5678". A line break ends one.
_GAP = r"[ \t\-\u2010-\u2015\u2212._·]{0,2}"
_ALONE, _ENDS = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_NUMBER = re.compile(
    rf"{_ALONE}[1-9](?:{_GAP}[0-9]){{13}}(?:(?:{_GAP}[0-9]){{3}}{_GAP}[0-9Xx]|{_GAP}[0-9]){_ENDS}"
)
_PHONE = re.compile(
    rf"{_ALONE}(?:\+?86{_GAP}|0086{_GAP})?1{_GAP}[3-9](?:{_GAP}[0-9]){{9}}(?![0-9])"
)
# Numbers that look like a phone and are none: the words right before them say so.
_OTHER_NUMBER = re.compile(r"(?:单号|订单|运单|快递|编号|工号|流水号|批号|No\.?|#)[: ]{0,2}$", re.I)
_CENTURIES = ("19", "20")


def disclosed(text: str) -> frozenset[Disclosed]:
    """The kinds of personal numbers in a text. A number with a typing mistake counts too: it is
    as good as hers."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    documents = [m for m in _NUMBER.finditer(text) if _may_be_document(m[0])]
    # Part of a document's number may read like a phone's.
    phones = [
        m
        for m in _PHONE.finditer(text)
        if not any(m.start() < d.end() and d.start() < m.end() for d in documents)
    ]
    return frozenset(
        kind
        for kind, matches in ((Disclosed.DOCUMENT, documents), (Disclosed.PHONE, phones))
        if any(not _named_otherwise(text, match.start()) for match in matches)
    )


def _named_otherwise(text: str, at: int) -> bool:
    return _OTHER_NUMBER.search(text[max(0, at - 8) : at]) is not None


def _may_be_document(written: str) -> bool:
    """A province and a day of birth stand where a citizen's number has them."""
    number = re.sub(r"[^0-9Xx]", "", written)
    if number[:2] not in PROVINCES:
        return False
    if len(number) not in (15, 18):
        return False
    day = number[6:14] if len(number) == 18 else f"19{number[6:12]}"
    try:
        date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return False
    return day.startswith(_CENTURIES)
