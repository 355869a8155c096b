"""What a district has made of the headings of a ledger, however the file comes back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from cases import account_of, unit_of
from openpyxl import Workbook, load_workbook
from sqlalchemy.ext.asyncio import AsyncSession
from transcripts.papers import reheaded

from bot.documents.sheet import Book, Cover
from bot.documents.words import say
from bot.imports.marks import headed
from handlers.features import registry
from models.documents.templates import go_back, keep_template
from models.ledgers.declaration import Entry, Ledger
from models.ledgers.headings import (
    LONGEST,
    Heading,
    Headings,
    change,
    columns_of,
    dump,
    in_force,
    kind_of,
    load,
    mark,
    marked,
    standard,
    understood,
)
from models.ledgers.people import LEAD_LEDGER
from models.ledgers.summary import Summary
from models.messages import UserError
from models.reports.periods import Period
from models.sheets import Head, form
from models.units import Level, Unit

ZONE = ZoneInfo("Asia/Shanghai")
LEDGERS = registry().ledgers
USUAL = standard(LEAD_LEDGER, say)


def form_of(ledger: Ledger, headings: Headings) -> bytes:
    heads = [Head(one.words, 12, mark(ledger, one.code) if one.code else "") for one in headings]
    return form(say(ledger.title), heads)


def read(content: bytes, ledger: Ledger = LEAD_LEDGER, current: Headings = ()) -> Headings:
    found = headed(content)
    assert found is not None
    assert marked(LEDGERS, [code for code, _ in found.cells]) is ledger
    usual = standard(ledger, say)
    return understood(ledger, usual, current or usual, found.cells)


@pytest.mark.parametrize("code", sorted(LEDGERS))
def test_every_ledger_comes_back_as_it_was_given(code: str) -> None:
    usual = standard(LEDGERS[code], say)
    assert read(form_of(LEDGERS[code], usual), LEDGERS[code]) == usual
    assert len(kind_of(LEDGERS[code])) <= 24  # what the database holds


def test_no_two_columns_have_the_same_mark() -> None:
    marks = [mark(one, column.code) for one in LEDGERS.values() for column in one.columns]
    assert len(set(marks)) == len(marks)
    assert all(each == each.lower() for each in marks)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_she_renames_moves_and_leaves_out_is_understood(seed: int) -> None:
    random = Random(seed)
    ledger = LEDGERS[random.choice(sorted(LEDGERS))]
    current = standard(ledger, say)
    for step in range(3):
        kept = random.sample(current, random.randint(1, len(current)))
        said, expected = list[str](), list[Heading]()
        for n, one in enumerate(kept):
            words = f"{seed}新{step}名{n}" if random.random() < 0.5 else one.words
            said.append(one.words if words == one.words else f"{one.words}={words}")
            expected.append(Heading(one.code, words))
        at = random.randint(0, len(said))
        said.insert(at, f"+备注{step}")
        expected.insert(at, Heading("", f"备注{step}"))
        if not any(one.code for one in expected):
            return
        new = read(reheaded(form_of(ledger, current), said), ledger, current)
        assert new == tuple(expected)
        assert load(dump(new)) == new
        current = new


def test_a_heading_typed_over_another_is_the_other() -> None:
    swapped = reheaded(form_of(LEAD_LEDGER, USUAL), ["手机号=姓名", "姓名=手机号", "来源=渠道"])
    assert [one.code for one in read(swapped)] == ["name", "phone", "source"]


def test_one_who_lost_the_marks_of_some_is_understood_by_the_words() -> None:
    """Copied into a new column and the old one deleted: the name of the cell is gone."""
    content = reheaded(form_of(LEAD_LEDGER, USUAL), ["姓名", "+手机号", "+ 经办人 ", "+备注"])
    assert [one.code for one in read(content)] == ["name", "phone", "by", ""]


def test_what_changes_is_told() -> None:
    new = (Heading("phone", "电话"), Heading("name", "姓名"), Heading("", "备注"))
    found = change((*USUAL[:3], Heading("", "备注")), new)
    assert (found.renamed, found.moved) == ((("手机号", "电话"),), True)
    assert (found.gone, found.back, found.blank) == (("线索号",), (), ("备注",))
    assert change(new, USUAL[:3]).back == ("线索号",)


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (["姓名==1+1"], "headings.formula"),
        (["姓名=＝1+1"], "headings.formula"),  # of full width
        (["姓名=+电话"], "headings.formula"),
        (["姓名=\u200b@SUM(A1)"], "headings.formula"),  # behind what cannot be seen
        (["姓名=电话", "手机号=电话"], "headings.twice"),
        (["姓名=电话", "手机号= 电\u200b话 "], "headings.twice"),
        (["姓名=" + "长" * (LONGEST + 1)], "headings.long"),
        (["姓名", *(f"+列{n}" for n in range(80))], "headings.many"),
    ],
)
def test_what_cannot_be_kept_is_refused(said: list[str], key: str) -> None:
    with pytest.raises(UserError) as refused:
        read(reheaded(form_of(LEAD_LEDGER, USUAL), said))
    assert refused.value.text.key == key


def test_the_word_of_now_and_that_of_before_are_one_column() -> None:
    current = (Heading("phone", "电话"), Heading("name", "姓名"))
    with pytest.raises(UserError) as refused:
        understood(LEAD_LEDGER, USUAL, current, [("", "电话"), ("", "手机号")])
    assert refused.value.text.key == "headings.same_column"


def test_a_heading_cannot_break_a_line_or_hide() -> None:
    cells = [(mark(LEAD_LEDGER, "name"), " 姓\n名\u202e\x00 甲 "), (mark(LEAD_LEDGER, "by"), " ")]
    assert understood(LEAD_LEDGER, USUAL, USUAL, cells) == (Heading("name", "姓 名 甲"),)


# -- files ----------------------------------------------------------------------------------------


def changed(part: str, old: str, new: str) -> bytes:
    """The form with something else in one of its parts."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(form_of(LEAD_LEDGER, USUAL))) as source,
        zipfile.ZipFile(written, "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name).decode("utf-8")
            assert name != part or old in content
            target.writestr(name, content.replace(old, new) if name == part else content)
    return written.getvalue()


def mended(change: Callable[[Workbook], None]) -> bytes:
    book, written = load_workbook(io.BytesIO(form_of(LEAD_LEDGER, USUAL))), io.BytesIO()
    change(book)
    book.save(written)
    return written.getvalue()


BOOK = "xl/workbook.xml"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (mended(lambda b: b.worksheets[0].cell(1, 3, 5)), "headings.not_text"),
        (changed(BOOK, "$A$1", "$A$9"), None),  # one name alone is elsewhere
        (changed(BOOK, "$1<", "$9999999<"), "headings.unreadable"),
        (changed(BOOK, "'!$", "别的'!$"), "headings.unreadable"),  # a page that is not there
    ],
)
def test_a_broken_file_is_told(content: bytes, key: str | None) -> None:
    if key is None:
        assert [one.code for one in read(content)] == [one.code for one in USUAL]
        return
    with pytest.raises(UserError) as refused:
        read(content)
    assert refused.value.text.key == key


def test_what_is_no_ledger_of_ours_is_read_as_any_other_sheet() -> None:
    assert headed(b"") is headed(b"PK\x03\x04 nothing") is None
    other = io.BytesIO()
    Workbook().save(other)
    assert headed(other.getvalue()) is None
    assert headed(changed(BOOK, "<definedNames>", "<definedNames><x>")) is None  # torn
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]><workbook'
    assert headed(changed(BOOK, "<workbook", bomb)) is None
    found = headed(changed(BOOK, "gridbot_leads_", "gridbot_other_"))
    assert found is not None
    assert marked(LEDGERS, [code for code, _ in found.cells]) is None


def test_a_formula_in_a_heading_is_what_it_came_to_and_no_formula() -> None:
    content = mended(lambda book: book.worksheets[0].cell(1, 2, '=CONCATENATE("a","b")'))
    assert "name" not in [one.code for one in read(content)]  # nobody has worked it out
    shown = changed("xl/sharedStrings.xml", "姓名", "&lt;b&gt;{{ 1 }}")
    (found,) = [one.words for one in read(shown) if one.code == "name"]
    content = form_of(LEAD_LEDGER, (Heading("name", found), Heading("phone", "=1+1")))
    cells = [cell for row in load_workbook(io.BytesIO(content)).worksheets[0] for cell in row]
    assert [(cell.value, cell.data_type) for cell in cells] == [
        ("<b>{{ 1 }}", "s"), ("=1+1", "s"),
    ]  # fmt: skip


@pytest.mark.parametrize("whole", [False, True])
def test_an_exported_ledger_comes_back_as_well(now: datetime, whole: bool) -> None:
    new = (Heading("phone", "电话"), Heading("", "备注"), Heading("name", "名字"))
    columns = columns_of(LEAD_LEDGER, new)
    marks = {column.code: mark(LEAD_LEDGER, column.code) for column in LEAD_LEDGER.columns}
    book = Book(Cover("线索台账", [], "记号", whole, marks), columns, now, ZONE)
    there = Unit(id=1, name="花园社区", level=Level.VILLAGE, path="/1/", code="1")
    summary = Summary(Period(now - timedelta(days=1), now), there, [])
    entries = [Entry(1, 1, now, {"name": "王*", "phone": "=1+1"})]
    try:
        book.add(entries)
        summary.add(entries)
        content = book.close(summary).read_bytes()
    finally:
        book.discard()
    assert read(content, current=new) == new
    assert headed(content).rows  # type: ignore[union-attr]
    page = load_workbook(io.BytesIO(content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows()][int(whole) :]
    assert rows == [["电话", "备注", "名字"], ["=1+1", None, "王*"]]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}
    assert read(reheaded(content, ["名字", "电话=手机"]), current=new) == (
        Heading("name", "名字"),
        Heading("phone", "手机"),
    )


async def test_everyone_below_has_what_the_district_has_and_every_version_is_kept(
    session: AsyncSession, now: datetime
) -> None:
    district, below = await unit_of(session, "清河区"), await unit_of(session, "花园小区一网格")
    by, kind = (await account_of(session, "吴刚")).id, kind_of(LEAD_LEDGER)
    assert await in_force(session, below, LEAD_LEDGER, say) == (USUAL, 0)
    first = (Heading("name", "名字"), Heading("gone", "没有了"), Heading("", "备注"))
    await keep_template(session, district, kind, dump(first), by, now)
    assert await in_force(session, below, LEAD_LEDGER, say) == ((first[0], first[2]), 1)
    await keep_template(session, district, kind, dump(USUAL[:2]), by, now)
    assert await in_force(session, below, LEAD_LEDGER, say) == (USUAL[:2], 2)
    await go_back(session, district, kind, 1)
    assert (await in_force(session, below, LEAD_LEDGER, say))[1] == 1
    await go_back(session, district, kind, 0)
    assert await in_force(session, below, LEAD_LEDGER, say) == (USUAL, 0)
