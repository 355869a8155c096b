"""The kinds of documents: which facts each has, how a template calls them, the template that ships.

A kind is a code here, `<kind>.toml` (the names of its facts in a template, with samples) and
`<kind>.docx` beside it, which office staff can edit, and whoever gathers its facts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self, TypeAlias

from pydantic import BaseModel, ConfigDict, model_validator

from models.messages import Value

FOLDER = Path(__file__).parent
# What a document says: by code a value, or the rows of a list. None is what nobody knows yet.
Row: TypeAlias = Mapping[str, Value]
Facts: TypeAlias = "Mapping[str, Value | Sequence[Row]]"


class DocumentKind(StrEnum):
    NOTICE = "notice"  # to a venue: what it has to put right
    BULLETIN = "bulletin"  # to all: what was found in a period
    REPORT = "report"  # to those above: how things are and what was done in a period


class _Named(BaseModel):
    """A fact as a template names it, and what it could be."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    sample: str


class _List(BaseModel):
    """Rows: the names of their facts by code, and rows that could be there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    fields: Mapping[str, str]
    samples: tuple[Mapping[str, str], ...]


class Layout(BaseModel):
    """All that a kind of document can say."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    fields: Mapping[str, _Named]
    lists: Mapping[str, _List]
    pictures: Mapping[str, str] = {}  # names by code

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [one.name for one in self.fields.values()]
        names += [*(one.name for one in self.lists.values()), *self.pictures.values()]
        if len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
            raise ValueError("names are words, each of them given once")
        if any(
            row.keys() != one.fields.keys() for one in self.lists.values() for row in one.samples
        ):
            raise ValueError("a sample row has every fact of its list")
        return self

    @property
    def names(self) -> frozenset[str]:
        """What stands between the braces of a template, outside its lists."""
        return frozenset((*(one.name for one in self.fields.values()), *self.pictures.values()))

    @property
    def columns(self) -> Mapping[str, frozenset[str]]:
        """The names within each list, by the list's name."""
        return {one.name: frozenset(one.fields.values()) for one in self.lists.values()}

    @property
    def sample(self) -> Facts:
        """Facts that could be."""
        lists = {code: list(one.samples) for code, one in self.lists.items()}
        return {**{code: one.sample for code, one in self.fields.items()}, **lists}


@cache
def layout(kind: DocumentKind) -> Layout:
    """What a document of this kind can say."""
    return Layout.model_validate(tomllib.loads((FOLDER / f"{kind}.toml").read_text("utf-8")))


def shipped(kind: DocumentKind) -> bytes:
    """The template that ships with the program."""
    return (FOLDER / f"{kind}.docx").read_bytes()
