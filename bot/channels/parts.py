"""A message cut into pieces that Telegram takes. Pure: lengths in, pieces out.

Telegram counts UTF-16 code units: a character beyond the basic plane counts twice.
"""

from __future__ import annotations

from dataclasses import replace

from bot.channels.base import Rendered

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text) + sum(char > "\uffff" for char in text)


def split_text(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """Pieces of at most `limit` units, cut at line ends where there are any."""
    pieces: list[str] = []
    while units(text) > limit:
        end = _reach(text, limit)
        line_end = text.rfind("\n", 0, end + 1)
        end = line_end if line_end > 0 else end
        pieces.append(text[:end])
        text = text[end:].removeprefix("\n")
    # A piece of nothing but white space would be refused as empty.
    return [piece for piece in (*pieces, text) if piece.strip()] or [text]


def _reach(text: str, limit: int) -> int:
    """How many characters fit into `limit` units; a character is never cut in two."""
    room = limit
    for index, char in enumerate(text):
        room -= 2 if char > "\uffff" else 1
        if room < 0:
            return index
    return len(text)


def cut(message: Rendered) -> list[Rendered]:
    """The message as calls to make, in order: one markup a call, buttons on the last text.

    A message with a reply keyboard can never be edited again, and an edit cannot bring one, so
    beside buttons the keyboard travels in a short message of its own.
    """
    bare = replace(message, keyboard="", keyboard_label="", dismiss_keyboard=False)
    if message.rows and message.keyboard:
        request = Rendered(
            message.keyboard_label,
            keyboard=message.keyboard,
            keyboard_label=message.keyboard_label,
            protect=message.protect,
        )
        return [*_texts(bare), request]
    if message.rows and message.dismiss_keyboard:
        notice = Rendered(message.keyboard_label, dismiss_keyboard=True)
        return [notice, *_texts(bare)]
    if message.keyboard or message.dismiss_keyboard:
        return _texts(replace(message, replaces=""))
    return _texts(message)


def _texts(message: Rendered) -> list[Rendered]:
    """Picture or file, and text pieces; markup on the last, the edit (if any) on the first."""
    texts = split_text(message.text)
    enclosed: list[Rendered] = []
    if message.photo or message.document or message.poster:
        message = replace(message, replaces="")
        if units(message.text) <= CAPTION_LIMIT:
            return [message]
        bare = Rendered("", photo=message.photo, document=message.document, poster=message.poster)
        enclosed = [replace(bare, protect=message.protect)]
    plain = [Rendered(text, protect=message.protect) for text in texts[:-1]]
    pieces = [
        *plain,
        replace(message, text=texts[-1], photo="", document=None, poster=None, replaces=""),
    ]
    pieces[0] = replace(pieces[0], replaces=message.replaces)
    return [*enclosed, *pieces]
