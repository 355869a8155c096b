"""The daily sheet as paragraphs: keys and figures, no words and no names.

Where nothing but what stands is not 0 there is no line; that nothing happened at all is said aloud.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.messages import Text, Value
from models.reports.checks import Check, Mismatch, mismatches
from models.reports.figures import Figures, Section, checks_of
from models.reports.sections import COUNTED, OVERSEEN, SECTIONS
from models.tallies import ADDED

_SHARED = {"total": "records.total", "followed": "records.followed"}
_SECTIONS = {section.code: section for section in COUNTED}
_CHECKS = checks_of(SECTIONS)


def of_sheet(figures: Figures) -> dict[str, int]:
    """Without what only those above look at."""
    above = {section.code for section in OVERSEEN}
    return {name: n for name, n in figures.items() if name.partition(".")[0] not in above}


def compact(figures: Figures) -> dict[str, int]:
    """Without the sections in which all is 0: what is not there is 0."""
    said = {name.partition(".")[0] for name, n in figures.items() if n}
    return {name: n for name, n in sorted(figures.items()) if name.partition(".")[0] in said}


def stamp(figures: Figures) -> str:
    """A short mark of what somebody was shown, to tell whether it still is so."""
    return f"{zlib.crc32(json.dumps(compact(figures)).encode()):08x}"


def is_zero(figures: Figures) -> bool:
    """Did nothing happen? Then that is what is reported."""
    return not any(n and _is_news(*name.split(".", 1)) for name, n in figures.items())


def _is_news(code: str, figure: str) -> bool:
    if code in _SECTIONS:
        return figure in _SECTIONS[code].news
    return not figure.endswith("_total")


def paragraphs(figures: Figures, checks: Sequence[Check] = _CHECKS) -> Iterator[Text]:
    """A line a section, one for each register that has anything to say, and what does not add
    up. `checks` are those of the sections that were counted; what is not there is 0."""
    parts: Mapping[str, dict[str, int]] = _split(figures)
    for section in SECTIONS:
        code = section.code
        if any(n for name, n in parts[code].items() if name not in section.standing):
            yield _line(section, {name: parts[code].get(name, 0) for name in section.names})
    for code in sorted(parts.keys() - _SECTIONS.keys() - {ADDED}):
        yield from _register(code, parts[code])
    if parts[ADDED]:
        yield Text("daily.added", {"figures": list(_added(parts[ADDED]))})
    yield from warnings(mismatches(checks, figures))


def warnings(wrong: Iterable[Mismatch]) -> Iterator[Text]:
    """A line for each thing that does not add up."""
    for what in differing(wrong):
        yield Text("digest.mismatch", {"what": what})


def differing(wrong: Iterable[Mismatch]) -> Iterator[Text]:
    """What does not add up: the figure, its parts, and what they come to."""
    for one in wrong:
        parts = [figure_text(name, n) for name, n in one.plus]
        parts += [Text("digest.less", {"what": figure_text(name, n)}) for name, n in one.minus]
        parts += [Text("digest.carried", {"what": figure_text(name, n)}) for name, n in one.carried]
        whole = figure_text(one.check.whole, one.whole)
        yield Text("digest.differs", {"what": whole, "parts": parts, "sum": one.sum})


def _line(section: Section, figures: Figures) -> Text:
    if section.line is not None:
        return section.line(figures)
    return Text(f"daily.{section.code}", dict(figures))


def _split(figures: Figures) -> defaultdict[str, dict[str, int]]:
    parts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name, n in figures.items():
        code, _, figure = name.partition(".")
        parts[code][figure] = n
    return parts


def _register(code: str, figures: Mapping[str, int]) -> Iterator[Text]:
    """A register's figures of the day; its total since the beginning."""
    today = {name: n for name, n in figures.items() if not name.endswith("_total")}
    if any(today.values()):
        order = sorted(today, key=lambda name: (name != "total", name == "followed", name))
        shown = [figure_text(f"{code}.{name}", today[name]) for name in order]
        head: dict[str, Value] = {
            "title": Text(f"{code}.title"),
            "figures": shown,
            "total": figures.get("total_total", 0),
        }
        yield Text("daily.register", head)


def _added(figures: Mapping[str, int]) -> Iterator[Text]:
    for name, n in figures.items():
        if n:
            yield figure_text(name, n)


def figure_text(name: str, n: int) -> Text:
    """One figure, by its whole name."""
    code, _, figure = name.partition(".")
    if code == ADDED:
        return Text("daily.by_hand", {"what": figure_text(figure, n)})
    if code in _SECTIONS:
        said = _SECTIONS[code].said
        return said(figure, n) if said else Text(f"daily.{code}.{figure}", {"n": n})
    if figure in _SHARED:
        return Text(_SHARED[figure], {"n": n})
    return Text(f"{code}.count.{figure}", {"n": n})


def differences(before: Figures, after: Figures) -> dict[str, tuple[int, int]]:
    """What is different, but for totals, which follow from the rest, and what only stands."""
    return {
        name: (before.get(name, 0), after.get(name, 0))
        for name in sorted(before.keys() | after.keys(), key=_order)
        if before.get(name, 0) != after.get(name, 0) and not _follows(name)
    }


def _order(name: str) -> tuple[str, bool, str]:
    code, _, figure = name.partition(".")
    return code, figure != "total", figure


def _follows(name: str) -> bool:
    code, _, figure = name.partition(".")
    if code in _SECTIONS:
        return figure == "total" or figure in _SECTIONS[code].standing
    return figure.endswith("_total") or code == ADDED
