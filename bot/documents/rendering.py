"""Fills a template. Runs in a process of its own (process.py): it knows no database and no keys.

Templates are .docx files with tags between braces; docxtpl finds the tags however Word has cut
them up, Jinja's sandbox fills them, and every value is escaped.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError, TemplateSyntaxError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from bot.documents.checking import refuse_unsafe
from bot.documents.tags import Found, names_in
from models.messages import UserError

FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_WIDE = Mm(150)  # a picture: as wide as the text of a page
_SHOWN = 40  # characters of a line with a broken tag
_UNCLOSED = re.compile(r"\{[{%][^{}%]*(?:\}(?!\})|%(?!\})|(?=\{)|$)")


class _Template(DocxTemplate):  # type: ignore[misc]  # the library is not typed
    """A template whose title and author are words and no tags."""

    def render_properties(self, context: Any, jinja_env: Any = None) -> None:
        """Leave them."""

    def sources(self) -> Iterator[str]:
        """The XML of every part that is filled, as Jinja sees it."""
        self.init_docx()
        yield self._lines(self.get_xml())
        for uri in (self.HEADER_URI, self.FOOTER_URI):
            for _, part in self.get_headers_footers(uri):
                yield self._lines(self.get_part_xml(part))
        for part in self.docx.part.package.parts:
            if part.content_type == FOOTNOTES:
                yield self._lines(part.blob.decode("utf-8"))

    def _lines(self, xml: str) -> str:
        """A line for each paragraph, as the library has it while it fills."""
        return re.sub(r"<w:p([ >])", r"\n<w:p\1", self.patch_xml(xml))


def _sandbox(gap: str) -> ImmutableSandboxedEnvironment:
    """No globals, no filters, no tests; `gap` stands where a fact is not there at all."""

    class Gap(Undefined):
        def __str__(self) -> str:
            return gap

    env = ImmutableSandboxedEnvironment(autoescape=True, undefined=Gap)
    for things in (env.globals, env.filters, env.tests):
        things.clear()
    return env


def look(content: bytes, names: Sequence[str], columns: Mapping[str, Sequence[str]]) -> Found:
    """The names that a template uses, of which `names` and `columns` (by list) are known. Raises
    UserError when it must not or cannot be filled."""
    refuse_unsafe(content)
    sets = {one: frozenset(fields) for one, fields in columns.items()}
    found = Found()
    for source in _opened(content):
        try:
            more = names_in(_sandbox(""), source, frozenset(names), sets)
        except TemplateSyntaxError as error:
            raise UserError("document.syntax", near=_near(source, error.lineno)) from None
        found.known |= more.known
        found.unknown |= more.unknown
    return found


def fill(
    content: bytes, facts: Mapping[str, Any], gap: str, pictures: Mapping[str, bytes] = {}
) -> bytes:
    """The document of a template that was looked at, with pictures (PNG) where their names stand.
    Raises UserError when it cannot be filled."""
    template = _Template(io.BytesIO(content))
    shown = {
        name: InlineImage(template, io.BytesIO(picture), width=_WIDE)
        for name, picture in pictures.items()
    }
    try:
        template.render({**facts, **shown}, _sandbox(gap), autoescape=True)
    except (TemplateError, etree.XMLSyntaxError) as error:
        raise UserError("document.unreadable") from error
    written = io.BytesIO()
    template.save(written)
    return written.getvalue()


def _opened(content: bytes) -> Sequence[str]:
    try:
        return list(_Template(io.BytesIO(content)).sources())
    except (KeyError, ValueError, AttributeError, etree.LxmlError) as error:
        raise UserError("document.unreadable") from error


def _near(source: str, line: int) -> str:
    """What stands at a tag that is not closed; else the line that cannot be read."""
    lines = [re.sub(r"<[^>]+>", "", one) for one in source.splitlines()] or [""]
    broken = next(filter(None, map(_UNCLOSED.search, lines)), None)
    if broken is not None:
        return broken[0].strip()[:_SHOWN]
    words = lines[min(max(line, 1), len(lines)) - 1]
    return words[max(words.find("{"), 0) :][:_SHOWN]
