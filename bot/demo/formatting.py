"""Marked-up text to plain text with entities, as Telegram does it; offsets are UTF-16 units.

HTML is what we send; Markdown is refused rather than half understood.
"""

from __future__ import annotations

import html
from html.parser import HTMLParser
from typing import Any

from bot.demo.rules import Body, bad_request, utf16_length

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "code": "code", "pre": "pre", "a": "text_link", "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
}  # fmt: skip


def read_formatted(text: str, parse_mode: str, entities: Any) -> tuple[str, list[Body]]:
    """What is shown, and which stretches of it look different."""
    match parse_mode.lower():
        case "":
            found = list(entities or [])
            _check_entities(text, found)
            return text, found
        case "html":
            return parse_html(text)
        case _:
            raise bad_request("unsupported parse_mode")


def parse_html(text: str) -> tuple[str, list[Body]]:
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    return reader.finish()


def command_entities(text: str) -> list[Body]:
    """The entity that clients put on a leading /command; bots rely on it."""
    if not text.startswith("/") or len(text.split(maxsplit=1)[0]) < 2:
        return []
    return [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]


def _check_entities(text: str, entities: list[Body]) -> None:
    length = utf16_length(text)
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start < 0:
            raise bad_request(f"receive an entity with incorrect offset {start}")
        if start > length:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {start}")
        if end > length:
            raise bad_request(
                f"entity beginning at UTF-16 offset {start} "
                f"ends after the end of the text at UTF-16 offset {end}"
            )


class _Reader(HTMLParser):
    """Collects text and entities; anything that Telegram does not know is refused."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = source.splitlines(keepends=True)
        self._text = ""
        self._entities: list[Body] = []
        self._open: list[tuple[str, Body]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise self._problem(f'Unsupported start tag "{tag}" at byte offset {self._offset()}')
        entity: Body = {"type": _TAGS[tag], "offset": utf16_length(self._text)}
        if tag == "a":
            entity["url"] = dict(attrs).get("href") or ""
        self._open.append((tag, entity))

    def handle_endtag(self, tag: str) -> None:
        at = self._offset()
        if not self._open:
            raise self._problem(f"Unexpected end tag at byte offset {at}")
        expected, entity = self._open.pop()
        if expected != tag:
            raise self._problem(
                f'Unmatched end tag at byte offset {at}, expected "</{expected}>", found "</{tag}>"'
            )
        entity["length"] = utf16_length(self._text) - entity["offset"]
        if entity["length"]:
            self._entities.append(entity)

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise self._problem(f'Unsupported start tag "" at byte offset {self._offset()}')
        self._text += data

    def handle_entityref(self, name: str) -> None:
        self._text += html.unescape(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._text += html.unescape(f"&#{name};")

    def finish(self) -> tuple[str, list[Body]]:
        if self._open:
            tag = self._open[-1][0]
            raise self._problem(f'Can\'t find end tag corresponding to start tag "{tag}"')
        return self._text, sorted(self._entities, key=lambda e: (e["offset"], -e["length"]))

    def _offset(self) -> int:
        line, column = self.getpos()
        return len("".join([*self._lines[: line - 1], self._lines[line - 1][:column]]).encode())

    def _problem(self, what: str) -> Exception:
        return bad_request(f"can't parse entities: {what}")
