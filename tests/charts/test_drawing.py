"""Charts: what is drawn are the numbers that were given, every character is in the font, and the
picture has a phone's size. The pictures are kept in artefacts/ for whoever wants to look."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
from PIL import Image
from structlog.testing import capture_logs

import locales
from bot import child, fonts, surroundings
from bot.charts import drawing, process
from bot.charts.picture import Picture, picture_of, vocabulary
from models.messages import UserError
from models.reports.chart import DAYS, WORST, Bar, Chart

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
FONT = fonts.reading_font()
FIRST = date(2022, 6, 20)
LONG = "花园街道清水河片区第{n}社区居民委员会第三网格"
LONGER = LONG + "综合服务站联合值班室"
drawn = pytest.mark.skipif(process.lacks() != "", reason="no library or font to draw with")


def made(n: int, name: str = "花园小区{n}网格", days: int = DAYS) -> Chart:
    """A chart of `n` units and so many days."""
    chance, rows = Random(n), []
    for number in range(n):
        due = chance.randrange(5, 90)
        missing = chance.randrange(0, due // 3)
        rows.append(Bar(name.format(n=number + 1), due, due - missing, missing))
    rows.sort(key=lambda bar: -bar.missing)
    spread = [chance.randrange(80, 140) if n else 0 for _ in range(days)]
    each = [Bar("", due, due - due // 7, due // 7) for due in spread]
    return Chart("城关镇", [FIRST + timedelta(days=k) for k in range(days)], rows, each)


CASES = {
    "one": made(1),
    "few": made(5),
    "many": made(34),
    "long": made(9, LONG),
    "longer": made(9, LONGER),
    "latin": made(6, "Riverside Gardens Residents' Committee {n}"),
    "month": made(14, days=31),
    "year": made(8, days=366),
    "nothing": made(0),
}


@drawn
@pytest.mark.parametrize("lang", locales.LANGS)
@pytest.mark.parametrize("case", CASES)
def test_bars_are_as_long_as_the_numbers(case: str, lang: str) -> None:
    assert FONT is not None
    chart = CASES[case]
    picture = picture_of(chart, lang)
    figure = drawing.figure_of(picture, drawing.Face(FONT, lang))
    units, days = figure.axes
    assert lengths(units, "due", "width") == [bar.due for bar in chart.worst[0]]
    assert lengths(units, "done", "width") == [bar.done for bar in chart.worst[0]]
    assert lengths(days, "due", "height") == [bar.due for bar in chart.by_day]
    assert lengths(days, "done", "height") == [bar.done for bar in chart.by_day]
    names = [label.get_text() for label in units.get_yticklabels()]
    rest = [picture.rest.name] if picture.rest else []
    assert names == [*(one.name for one in picture.units), *rest]
    # Nothing that is written leaves the picture.
    for text in (*figure.texts, *units.texts, *units.get_yticklabels(), *days.get_xticklabels()):
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.width, text.get_text()


def lengths(axes: Any, which: str, side: str) -> list[float]:
    (bars,) = [one for one in axes.containers if one.patches[:1] and one[0].get_gid() == which] or [
        ()
    ]
    return [getattr(patch, f"get_{side}")() for patch in bars]


@drawn
@pytest.mark.parametrize("lang", locales.LANGS)
@pytest.mark.parametrize("case", CASES)
def test_a_picture_fits_a_phone_and_has_every_character(case: str, lang: str) -> None:
    assert FONT is not None
    picture = picture_of(CASES[case], lang)
    assert drawing.Face(FONT, lang).lacks(picture.words) == ""
    content = drawing.draw(picture, FONT)
    ARTEFACTS.mkdir(exist_ok=True)
    (ARTEFACTS / f"chart-{case}-{lang}.png").write_bytes(content)
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    assert image.width == 1080
    assert 600 <= image.height <= 1500
    assert len(content) < 500_000
    found = image.convert("RGB").getcolors(1 << 20) or []
    colours = {colour for n, colour in found if n > 500}
    if CASES[case].total.due:
        assert {(0xC9, 0xD1, 0xDA), (0x00, 0x72, 0xB2)} <= colours


@drawn
def test_the_two_colours_differ_in_lightness() -> None:
    """Whoever sees no hue, and a copy in grey, still tells them apart."""

    def light(colour: str) -> float:
        red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert light(drawing.DUE) - light(drawing.DONE) > 90


def test_the_words_are_the_numbers() -> None:
    picture = picture_of(CASES["many"], "zh_Hans")
    chart = CASES["many"]
    assert len(picture.units) == WORST
    for line, bar in zip(picture.units, chart.by_unit, strict=False):
        assert line.said == (
            f"{bar.done}/{bar.due}，未做 {bar.missing}" if bar.missing else f"{bar.done}/{bar.due}"
        )
    rest = chart.by_unit[WORST:]
    assert picture.rest is not None
    assert picture.rest.name == f"其余 {len(rest)} 个单位"
    assert picture.rest.due == sum(bar.due for bar in rest)
    assert str(chart.total.due) in picture.subtitle


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("花园社区", "花园社区"),
        ("一二三四五六七八九十一二三四", "一二三四五六七八九十一二三四"),
        ("一二三四五六七八九十一二三四五", "一二三四五六七八\n九十一二三四五"),
        ("甲" * 20 + "乙" * 20, "甲" * 13 + "…\n" + "乙" * 14),
    ],
)
def test_a_long_name_stands_in_two_lines(name: str, shown: str) -> None:
    chart = Chart("城关镇", [FIRST], [Bar(name, 1, 1, 0)], [Bar("", 1, 1, 0)])
    assert picture_of(chart, "zh_Hans").units[0].name == shown


def test_a_picture_travels_as_json() -> None:
    for case in ("many", "few"):
        picture = picture_of(CASES[case], "en")
        assert Picture.of(json.loads(json.dumps(picture.to_json()))) == picture


# -- fonts and the process -------------------------------------------------------------------------


@drawn
async def test_a_process_of_its_own_draws_the_same() -> None:
    assert FONT is not None
    picture = picture_of(CASES["few"], "zh_Hans")
    content = await process.draw(picture)
    one, other = (Image.open(io.BytesIO(c)) for c in (content, drawing.draw(picture, FONT)))
    assert one.tobytes() == other.tobytes()


@drawn
def test_the_face_is_that_of_the_language() -> None:
    assert FONT is not None
    if "NotoSansCJK" not in FONT.name:
        pytest.skip("another font")
    assert drawing.Face(FONT, "zh_Hans").name.endswith("SC")
    assert drawing.Face(FONT, "zh_Hant").name.endswith("TC")


@drawn
async def test_what_no_font_has_is_a_question_mark_and_the_operator_hears_of_it() -> None:
    assert FONT is not None
    odd = "花园\U000f1234社区"
    assert drawing.Face(FONT, "zh_Hans").legible(odd) == "花园?社区"
    chart = Chart(odd, [FIRST], [Bar(odd, 3, 1, 2)], [Bar("", 3, 1, 2)])

    async def here(request: dict[str, Any]) -> dict[str, Any]:
        return process.opened(process.serve(request))

    with capture_logs() as logs, mock.patch.object(process, "_ask", here):
        assert (await process.draw(picture_of(chart, "zh_Hans")))[1:4] == b"PNG"
    (entry,) = [one for one in logs if one["event"] == "chart.characters_missing"]
    assert entry["characters"] == "\U000f1234"


@drawn
def test_our_own_words_are_in_the_font() -> None:
    assert FONT is not None
    assert process.serve({"words": vocabulary(), "font": str(FONT)}) == {"lacking": ""}
    assert {"应", "應", "d"} <= set(vocabulary())


async def test_what_took_too_long_or_died_is_no_picture() -> None:
    async def nothing(*_given: Any, **_named: Any) -> None:
        return None

    with mock.patch.object(child, "ask", nothing), pytest.raises(UserError):
        await process._ask({})
    with pytest.raises(RuntimeError):
        process.opened({"bug": "ValueError"})


def test_what_is_lacking_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fonts.use_font(tmp_path / "none.ttf")
    monkeypatch.setattr(process, "find_spec", lambda _: object())
    assert process.lacks() == "font"
    (tmp_path / "none.ttf").write_bytes(b"")
    assert process.lacks() == ""
    monkeypatch.setattr(process, "find_spec", lambda _: None)
    assert process.lacks() == "library"


async def test_the_doctor_says_what_charts_lack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process, "find_spec", lambda _: None)
    assert (await surroundings.charts()).text.key == "doctor.charts.warn"
    monkeypatch.setattr(process, "find_spec", lambda _: object())
    fonts.use_font(tmp_path / "none.ttf")
    assert (await surroundings.charts()).text.key == "doctor.charts_font.warn"
    (tmp_path / "none.ttf").write_bytes(b"no font")

    async def broken(*_: Any) -> str:
        raise RuntimeError

    monkeypatch.setattr(process, "missing_from", broken)
    assert (await surroundings.charts()).text.key == "doctor.charts_unreadable.warn"

    async def few(*_: Any) -> str:
        return "應單"

    monkeypatch.setattr(process, "missing_from", few)
    finding = await surroundings.charts()
    assert finding.text.params["missing"] == "應單"

    async def all_there(*_: Any) -> str:
        return ""

    monkeypatch.setattr(process, "missing_from", all_there)
    assert (await surroundings.charts()).verdict == "good"
