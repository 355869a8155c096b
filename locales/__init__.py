"""The words: gettext catalogues with keys as msgid, read once at first use.

`render(lang, text)` is the only way from a key to words. zh_Hans is the source of truth; a key
that a language lacks is a failing test, and in production falls back to zh_Hans.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.pofile import read_po

LANGS = ("zh_Hans", "zh_Hant", "en")
SOURCE = "zh_Hans"

_zone = ZoneInfo("Asia/Shanghai")


class Words(Protocol):
    """A key with what fills its placeholders (models.messages.Text)."""

    @property
    def key(self) -> str: ...
    @property
    def params(self) -> Any: ...


def use_zone(zone: ZoneInfo) -> None:
    """Show instants in this time zone (set once by the composition root)."""
    global _zone
    _zone = zone


def closest(code: str) -> str:
    """The language that we have for a platform's code ("zh-TW", "en-GB", "")."""
    tag = code.replace("_", "-").lower()
    if tag.startswith("zh"):
        traditional = any(part in tag for part in ("hant", "tw", "hk", "mo"))
        return "zh_Hant" if traditional else "zh_Hans"
    return "en" if tag.startswith("en") else SOURCE


def own_name(code: str) -> str:
    """A language as its own readers call it."""
    return render(code, _Key("language"))


@cache
def catalogue(lang: str) -> dict[str, tuple[str, ...]]:
    """All messages of a language: key -> one string, or one a plural form."""
    found: dict[str, tuple[str, ...]] = {}
    folder = Path(str(files(__name__))) / lang
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=lang):
                if not message.id:
                    continue
                key = message.id if isinstance(message.id, str) else message.id[0]
                if key in found:
                    raise ValueError(f"{path.name}: {key} stands twice")
                forms = message.string
                found[key] = (forms,) if isinstance(forms, str) else tuple(forms or ())
    return found


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(lang)


def has(key: str, lang: str = SOURCE) -> bool:
    """Is there a word for this key?"""
    return key in catalogue(lang)


def render(lang: str, text: Words) -> str:
    """The words of `text` in `lang`."""
    if text.key == "=":
        return str(text.params["text"])
    forms = catalogue(lang).get(text.key) or catalogue(SOURCE).get(text.key)
    if not forms:
        return text.key
    params = {name: _show(lang, value) for name, value in text.params.items()}
    return _plural(lang, forms, text.params.get("n")).format_map(params)


def _plural(lang: str, forms: tuple[str, ...], n: Any) -> str:
    if len(forms) == 1 or not isinstance(n, int | Decimal):
        return forms[0]
    one = _locale(lang).plural_form(int(n)) == "one"
    return forms[0] if one else forms[-1]


def _show(lang: str, value: Any) -> Any:
    """A parameter as it reads: nested words, lists, days, hours."""
    match value:
        case None:
            return ""
        case bool():
            return render(lang, _Key("yes" if value else "no"))
        case datetime():
            local = value.astimezone(_zone)
            return f"{_day(lang, local.date())} {_hour(lang, local.time())}"
        case date():
            return _day(lang, value)
        case time():
            return _hour(lang, value)
        case str() | int() | float() | Decimal():
            return value
        case Sequence():
            return _plural(lang, catalogue(lang)["list.separator"], None).join(
                str(_show(lang, item)) for item in value
            )
        case _:
            return render(lang, value)


def _day(lang: str, day: date) -> str:
    return format_skeleton("MMMd", day, locale=_locale(lang))


def long_day(lang: str, day: date) -> str:
    """A day with its year, as it stands on paper."""
    return format_date(day, "long", locale=_locale(lang))


def _hour(lang: str, hour: time) -> str:
    return format_time(hour, "HH:mm", locale=_locale(lang))


class _Key:
    def __init__(self, name: str) -> None:
        self.key = f"word.{name}"
        self.params: dict[str, Any] = {}
