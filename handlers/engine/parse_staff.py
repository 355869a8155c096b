"""Reads people in pasted lines, "张三 收银 13900000001": the name first, the rest in any order.

Pure and total: a line that names nobody is handed back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from handlers.engine.parse_day import find_day, normal
from handlers.engine.parse_person import id_document, person_name, phone
from handlers.engine.parse_text import Unreadable, clean
from models.identity import IdDocument

MOST_LINES = 60
LONGEST_TITLE = 20

_NUMBERED = re.compile(r"^\s*\d{1,3}\s*[.、)）:：]\s*")
_PHONE = re.compile(r"(?<![0-9])1[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
_PAPER = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_HEADING = re.compile(r"^\s*(?:姓名|name)(?![a-z])[^0-9]*$", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,，、;；|/:：]+")
_COMMA = re.compile(r"\s*[,，、;；|]\s*")
_TELLS_A_DAY = re.compile(r"[0-9]|今天|昨天|前天|today|yesterday", re.IGNORECASE)
_OF_THE_DAY = re.compile(
    r"上次|最近|核酸|采样|採樣|检测|檢測|电话|電話|手机|手機|身份证|身分證|tested|sampled|\bon\b"
)


@dataclass(frozen=True, slots=True)
class StaffSaid:
    """Somebody as a line tells of her; `last_on` is the day of her last sample."""

    name: str
    title: str = ""
    phone: str = ""
    document: IdDocument | None = None
    last_on: date | None = None


def staff_lines(text: str, today: date) -> tuple[list[StaffSaid], list[str]]:
    """Who stands in the lines, and the lines that say nobody."""
    found: list[StaffSaid] = []
    unread: list[str] = []
    lines = [line for line in text.splitlines() if clean(line) and not _HEADING.match(line)]
    for line in lines[:MOST_LINES]:
        try:
            found.append(_person(line, today))
        except Unreadable:
            unread.append(clean(line))
    return found, [*unread, *(clean(line) for line in lines[MOST_LINES:])]


def _person(line: str, today: date) -> StaffSaid:
    """Raises Unreadable."""
    rest = _NUMBERED.sub("", clean(line))
    document = number = None
    if paper := _PAPER.search(rest):
        document = id_document(paper[0], today)
        rest = rest.replace(paper[0], " ")
    if called := _PHONE.search(rest):
        number = phone(called[0])
        rest = rest.replace(called[0], " ")
    name, rest = _name(rest.strip(" ,，、;；|:："))
    last_on, title = _last_day(rest, today)
    if any(char.isdigit() for char in title):
        raise Unreadable("name_letters")  # half a number: she should look again
    return StaffSaid(name, title[:LONGEST_TITLE], number or "", document, last_on)


def _name(text: str) -> tuple[str, str]:
    """Her name and the rest: to the comma, where the name has blanks in it, else the first word."""
    comma = _COMMA.search(text)
    if comma and text[: comma.start()].isascii():
        return person_name(text[: comma.start()]), text[comma.end() :]
    first, *others = _BETWEEN.split(text, maxsplit=1)
    return person_name(first), others[0] if others else ""


def _last_day(text: str, today: date) -> tuple[date | None, str]:
    """The day of her last sample, if the line tells one, and her job."""
    day = None
    if _TELLS_A_DAY.search(text):
        found = find_day(normal(text), today, "past")
        if found is not None:
            day, text = found
    if day is not None and day > today:
        raise Unreadable("date_invalid")
    return day, " ".join(_BETWEEN.split(_OF_THE_DAY.sub(" ", text))).strip()
