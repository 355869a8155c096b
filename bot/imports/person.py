"""Names, phones and papers in the cells of a sheet, with refusals in the words of the import."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from bot.imports.vocabulary import meaning
from handlers.engine import parse
from models.identity import (
    IdDocument,
    IdentityError,
    IdKind,
    check_resident,
    normal_phone,
    number_kind,
)
from models.messages import UserError
from models.people import Care, Residence

# Clerks stretch short names with a space, so that they stand under the long ones.
_STRETCHED = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")

_BETWEEN = re.compile(r"[\s,，、;；/|+]+")


def name_of(text: str) -> str:
    try:
        return _STRETCHED.sub("", parse.person_name(text))
    except parse.Unreadable as error:
        raise UserError(f"import.{error.code}", **error.params) from None


def phone_of(text: str) -> str:
    try:
        return normal_phone(text)
    except IdentityError:
        raise UserError("import.phone") from None


def kind_of(text: str) -> IdKind:
    kind = meaning("id_kind", text)
    if kind is None:
        raise UserError("import.id_kind_unknown", kind=text)
    return IdKind(kind)


def residence_of(text: str) -> Residence:
    kind = meaning("residence", text)
    if kind is None:
        raise UserError("import.residence_unknown", residence=text)
    return Residence(kind)


def groups_of(text: str) -> tuple[Care, ...]:
    """The special groups that a cell names, with any marks between them."""
    codes = {word: meaning("group", word) for word in _BETWEEN.split(text) if word}
    for word, code in codes.items():
        if code is None:
            raise UserError("import.group_unknown", group=word)
    return tuple(Care(code) for code in codes.values() if code and code != "none")


def document_of(kind: IdKind | None, today: date) -> Callable[[str], IdDocument]:
    """How the number of a paper is read: as the kind that the row names, else as it looks."""

    def read(text: str) -> IdDocument:
        try:
            if kind is IdKind.RESIDENT:
                number = check_resident(text, today).number
                return IdDocument(kind=number_kind(number), number=number)
            return parse.id_document(f"{kind} {text}" if kind else text, today)
        except IdentityError as error:
            got = {"got": sum(char.isalnum() for char in text)}
            raise UserError(
                f"import.{error.code}", **(got if error.code == "id_length" else {})
            ) from None
        except parse.Unreadable as error:
            raise UserError(f"import.{error.code}", **error.params) from None

    return read
