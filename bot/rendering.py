"""From word keys to words: an Outbound in its reader's language, once, just before it leaves.

Knows no platform and no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from bot.channels.base import Refused, Rendered, RenderedButton, RenderedPoster
from models.files import File, is_kept
from models.messages import Button, Edit, Outbound, Text

Say: TypeAlias = Callable[[str, Text], str]

LABEL_LIMIT = 64
KEYBOARD_GONE = "keyboard.gone"


NO_FILES: Mapping[str, File] = {}


def enclosed(message: Outbound) -> list[str]:
    """The keys of the files that the message carries."""
    return [key for key in (message.photo, message.document) if is_kept(key)]


def render(
    message: Outbound, lang: str, say: Say, files: Mapping[str, File] = NO_FILES
) -> Rendered:
    """The message in words of `lang` with its files. Raises Refused when one is gone."""
    if gone := [key for key in enclosed(message) if key not in files]:
        raise Refused(f"{len(gone)}_files_are_gone")
    return Rendered(
        text="\n".join(say(lang, line) for line in message.lines),
        rows=tuple(
            tuple(_button(button, lang, say) for button in row) for row in message.rows if row
        ),
        photo=files.get(message.photo, message.photo),
        document=files.get(message.document),
        poster=_poster(message, lang, say),
        replaces=message.edits if message.edit == Edit.REPLACE else "",
        keyboard=message.keyboard,
        keyboard_label=_keyboard_label(message, lang, say),
        dismiss_keyboard=message.dismiss_keyboard and not message.keyboard,
        protect=message.protect,
        topic=message.topic,
        commands=tuple(
            (name, say(lang, Text(f"command.{name}.about"))) for name in message.commands
        ),
    )


def _button(button: Button, lang: str, say: Say) -> RenderedButton:
    label = say(lang, button.label)
    if len(label) > LABEL_LIMIT:
        label = label[: LABEL_LIMIT - 1] + "…"
    return RenderedButton(label, button.data, button.url, button.style, button.start)


def _poster(message: Outbound, lang: str, say: Say) -> RenderedPoster | None:
    if message.poster is None:
        return None
    words = "\n".join(say(lang, line) for line in message.poster.lines)
    return RenderedPoster(message.poster.start, words)


def _keyboard_label(message: Outbound, lang: str, say: Say) -> str:
    if message.keyboard:
        return say(lang, Text(f"keyboard.{message.keyboard}"))
    return say(lang, Text(KEYBOARD_GONE)) if message.dismiss_keyboard else ""
