"""What stands on a chart, in words and numbers of one language: all that whoever draws it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self
from unicodedata import east_asian_width

import locales
from models.messages import Text, Value
from models.reports.chart import Bar, Chart

_DRAWN = "0123456789■…?"  # what stands on every chart
_NAME = 28  # halves of a Chinese character: as much of a unit's name as a phone has room for


@dataclass(frozen=True, slots=True)
class Line:
    """A bar: what is due, what of it is done, and what is said about it."""

    name: str
    due: int
    done: int
    missing: int
    said: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`units` are rows from top to bottom, `rest` all further ones together, `days` columns from
    left to right; `due` and `done` are what the two colours mean."""

    lang: str
    title: str
    subtitle: str
    due: str
    done: str
    by_unit: str
    by_day: str
    units: tuple[Line, ...]
    rest: Line | None
    days: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """What `to_json` made."""
        lines = {name: tuple(Line(**one) for one in raw[name]) for name in ("units", "days")}
        rest = Line(**raw["rest"]) if raw["rest"] else None
        return cls(**{**raw, **lines, "rest": rest})

    @property
    def words(self) -> str:
        """Every character that is drawn."""
        lines = [*self.units, *self.days, *([self.rest] if self.rest else [])]
        head = (self.title, self.subtitle, self.due, self.done, self.by_unit, self.by_day)
        return "".join((*head, *(one.name + one.said for one in lines), _DRAWN))


def picture_of(chart: Chart, lang: str) -> Picture:
    """The chart in the words of a language: the units with the most missing, the others as one."""

    def say(key: str, **params: Value) -> str:
        return locales.render(lang, Text(key, params))

    def line(bar: Bar, name: str) -> Line:
        counts = {"due": bar.due, "done": bar.done, "missing": bar.missing}
        said = say("chart.row" if bar.missing else "chart.row.all", **counts)
        return Line(name, bar.due, bar.done, bar.missing, said)

    shown, rest = chart.worst
    units = [line(bar, _short(bar.name)) for bar in shown]
    total = chart.total
    counts = {"due": total.due, "done": total.done, "missing": total.missing}
    return Picture(
        lang=lang,
        title=say("chart.title", unit=chart.unit),
        subtitle=say("chart.subtitle", first=chart.days[0], last=chart.days[-1], **counts),
        due=say("chart.due"),
        done=say("chart.done"),
        by_unit=say("chart.by_unit"),
        by_day=say("chart.by_day"),
        units=tuple(units),
        rest=None if rest is None else line(rest, say("chart.rest", n=rest.units)),
        days=tuple(
            Line(f"{on.month}/{on.day}", bar.due, bar.done, bar.missing, "")
            for on, bar in zip(chart.days, chart.by_day, strict=True)
        ),
    )


def vocabulary() -> str:
    """Every character of our own words on charts, in all languages."""
    said = (
        form
        for lang in locales.LANGS
        for key, forms in locales.catalogue(lang).items()
        if key.startswith("chart.") and key != "chart.button"  # that stands on the phone
        for form in forms
    )
    return "".join(dict.fromkeys(_DRAWN + "".join(said)))


def _short(name: str) -> str:
    """In two lines where one is too short; of a name that is longer still, its two ends."""
    if _width(name) <= _NAME:
        return name
    if _width(name) <= 2 * _NAME:
        half = next(n for n in range(len(name)) if _width(name[:n]) * 2 >= _width(name))
        return f"{name[:half].rstrip()}\n{name[half:].lstrip()}"
    head = next(name[:n] for n in range(len(name), -1, -1) if _width(name[:n]) <= _NAME - 2)
    tail = next(name[n:] for n in range(len(name) + 1) if _width(name[n:]) <= _NAME)
    return f"{head}…\n{tail}"


def _width(words: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in words)
