"""Draws a chart. Runs in a process of its own (process.py): its library is heavy.

Rows of units with what was due (pale) and done (dark) on one scale, and the same day by day. The
two colours differ in lightness too, and every row says its numbers.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontPath, FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import MaxNLocator

from bot.charts.picture import Line, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS = 150  # an inch
WIDTH = 7.2  # inches: as wide as a phone shows a picture
ROW, HEAD, DAYS = 0.42, 1.5, 2.6  # heights, inches
DUE, DONE, MISSING, QUIET = "#C9D1DA", "#0072B2", "#B34700", "#5B6770"
UNKNOWN = "?"  # in the place of a character that the font has not
_FACES = {"zh_Hans": " SC", "zh_Hant": " TC", "en": " SC"}
_MOST_FACES = 40
_TICKS = 8
_BAR, _INNER = 0.74, 0.46


class Face:
    """A font in one size or another, and what it can show."""

    def __init__(self, path: Path, lang: str) -> None:
        self._path, self._font = _face(path, _FACES[lang])
        self._known = self._font.get_charmap().keys()

    @property
    def name(self) -> str:
        return str(self._font.family_name)

    def of(self, size: float) -> FontProperties:
        return FontProperties(fname=self._path, size=size)

    def lacks(self, words: str) -> str:
        """The characters that it has not, each once."""
        return "".join(
            dict.fromkeys(c for c in words if not c.isspace() and ord(c) not in self._known)
        )

    def legible(self, words: str) -> str:
        lacking = self.lacks(words)
        return "".join(UNKNOWN if char in lacking else char for char in words)


@lru_cache(maxsize=4)
def _face(path: Path, wanted: str) -> tuple[Any, FT2Font]:
    """The face of a collection that has the forms of a language; the first where none is named."""
    first = FT2Font(str(path))
    for index in range(min(first.num_faces, _MOST_FACES)):
        font = FT2Font(str(path), face_index=index)
        if font.family_name.endswith(wanted):
            return FontPath(str(path), index), font
    return FontPath(str(path), 0), first


def draw(picture: Picture, path: Path) -> bytes:
    """The chart as PNG, set in the font at `path`."""
    figure = figure_of(picture, Face(path, picture.lang))
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DOTS, facecolor="white")
    return out.getvalue()


def figure_of(picture: Picture, face: Face) -> Figure:
    """The chart on its canvas."""
    matplotlib.rcParams["axes.unicode_minus"] = False
    lines = (*picture.units, *([picture.rest] if picture.rest else []))
    rows = max(len(lines), 1) * ROW
    height = HEAD + rows + DAYS
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)

    def place(top: float, tall: float, left: float = 0.03, wide: float = 0.94) -> Axes:
        return figure.add_axes((left, 1 - (top + tall) / height, wide, tall / height))

    def write(top: float, words: str, size: float, colour: str = "black") -> None:
        figure.text(
            0.03, 1 - top / height, face.legible(words), fontproperties=face.of(size),
            color=colour, va="top",
        )  # fmt: skip

    write(0.14, picture.title, 17)
    write(0.56, picture.subtitle, 11.5, QUIET)
    write(0.98, picture.by_unit, 12.5)
    _legend(figure, picture, face, 1 - 0.98 / height)
    names = _names(figure, lines, face)
    _units(place(HEAD - 0.2, rows, 0.03 + names, 0.94 - names), picture, face)
    write(HEAD + rows + 0.02, picture.by_day, 12.5)
    _days(place(HEAD + rows + 0.4, DAYS - 0.8, 0.08, 0.89), picture.days, face)
    return figure


def _legend(figure: Figure, picture: Picture, face: Face, y: float) -> None:
    """Each colour beside its word, at the right edge."""
    x = 0.97
    for word, colour in ((picture.done, DONE), (picture.due, DUE)):
        text = figure.text(
            x, y, face.legible(word), fontproperties=face.of(11.5), va="top", ha="right",
            color=QUIET,
        )  # fmt: skip
        x -= _width(figure, text) + 0.012
        figure.text(x, y, "■", fontproperties=face.of(13), va="top", ha="right", color=colour)
        x -= 0.05


def _width(figure: Figure, text: Any) -> float:
    """As a share of the figure's width."""
    return float(text.get_window_extent().width / figure.bbox.width)


def _names(figure: Figure, lines: Sequence[Line], face: Face) -> float:
    """How much of the width the longest name takes."""
    widest = 0.05
    for one in lines:
        text = figure.text(0, 0, face.legible(one.name), fontproperties=face.of(_size(one)))
        widest = max(widest, _width(figure, text))
        text.remove()
    return min(widest + 0.02, 0.5)


def _size(line: Line) -> float:
    """A name of two lines is set smaller, so that the rows stay as they are."""
    return 9.5 if "\n" in line.name else 12


def _units(axes: Axes, picture: Picture, face: Face) -> None:
    lines, rest = picture.units, picture.rest
    places = range(len(lines))
    axes.barh(places, [one.due for one in lines], height=_BAR, color=DUE, gid="due")
    axes.barh(places, [one.done for one in lines], height=_INNER, color=DONE, gid="done")
    # The others together would dwarf each by itself: they are said, not drawn.
    rows = [(one.due, one) for one in lines] + ([(0, rest)] if rest else [])
    longest = float(max((one.due for one in lines), default=0) or 1)
    for place, (at, one) in enumerate(rows):
        text = axes.annotate(
            face.legible(one.said), (at, place), (5, 0), textcoords="offset points",
            annotation_clip=False, fontproperties=face.of(11.5), va="center",
            color=MISSING if one.missing else QUIET,
        )  # fmt: skip
        words = text.get_window_extent().width / axes.bbox.width + 0.02
        longest = max(longest, at / max(1 - words, 0.2))
    axes.set_xlim(0, longest)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [face.legible(one.name) for _, one in rows])
    for label, (_, one) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontproperties(face.of(_size(one)))
    axes.set_xticks([])
    _bare(axes)


def _days(axes: Axes, lines: Sequence[Line], face: Face) -> None:
    places = range(len(lines))
    axes.bar(places, [one.due for one in lines], width=_BAR, color=DUE, gid="due")
    axes.bar(places, [one.done for one in lines], width=_INNER, color=DONE, gid="done")
    step = -(-len(lines) // _TICKS)
    shown = list(places)[::-step][::-1]  # the last day is always named
    axes.set_xticks(
        shown, [lines[place].name for place in shown], fontproperties=face.of(10.5), color=QUIET
    )
    axes.set_xlim(-0.6, max(len(lines), 1) - 0.4)
    axes.set_ylim(0, max((one.due for one in lines), default=0) * 1.08 or 1)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    for label in axes.get_yticklabels():
        label.set_fontproperties(face.of(10.5))
        label.set_color(QUIET)
    axes.grid(axis="y", color="#E6EAEE", linewidth=0.8)
    axes.set_axisbelow(True)
    _bare(axes)


def _bare(axes: Axes) -> None:
    """Without frame and ticks: the bars say it."""
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0)
