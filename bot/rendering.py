"""From word keys to words: an Outbound in its reader's language, once, just before it leaves.

Knows no platform and no database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from bot.channels.base import Rendered, RenderedButton
from models.messages import Button, Edit, Outbound, Text

Say: TypeAlias = Callable[[str, Text], str]

LABEL_LIMIT = 64
KEYBOARD_GONE = "keyboard.gone"


def render(message: Outbound, lang: str, say: Say) -> Rendered:
    """The message in words of `lang`."""
    return Rendered(
        text="\n".join(say(lang, line) for line in message.lines),
        rows=tuple(
            tuple(_button(button, lang, say) for button in row) for row in message.rows if row
        ),
        photo=message.photo,
        replaces=message.edits if message.edit == Edit.REPLACE else "",
        keyboard=message.keyboard,
        keyboard_label=_keyboard_label(message, lang, say),
        dismiss_keyboard=message.dismiss_keyboard and not message.keyboard,
        protect=message.protect,
        commands=tuple(
            (name, say(lang, Text(f"command.{name}.about"))) for name in message.commands
        ),
    )


def _button(button: Button, lang: str, say: Say) -> RenderedButton:
    label = say(lang, button.label)
    if len(label) > LABEL_LIMIT:
        label = label[: LABEL_LIMIT - 1] + "…"
    return RenderedButton(label, button.data, button.url, button.style)


def _keyboard_label(message: Outbound, lang: str, say: Say) -> str:
    if message.keyboard:
        return say(lang, Text(f"keyboard.{message.keyboard}"))
    return say(lang, Text(KEYBOARD_GONE)) if message.dismiss_keyboard else ""
