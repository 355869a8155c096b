"""Templates come from people: what one may hold, what is refused, what it is filled with."""

from __future__ import annotations

import asyncio
import io
import time
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import papers
import pytest
from docx import Document
from jinja2 import TemplateError
from transcripts.papers import lines_of

import locales
from bot.documents import process, rendering
from bot.documents.checking import LARGEST, LARGEST_CONTENT, refuse_unsafe
from bot.documents.words import GAP, filled, say
from models.documents.kinds import DocumentKind, layout, shipped
from models.messages import Text, UserError

ZONE = ZoneInfo("Asia/Shanghai")
NOTICE = DocumentKind.NOTICE


def look(content: bytes, kind: DocumentKind = NOTICE) -> rendering.Found:
    known = layout(kind)
    return rendering.look(
        content, sorted(known.names), {k: sorted(v) for k, v in known.columns.items()}
    )


def why(content: bytes) -> str:
    """The reason for which it is refused; empty when it is not."""
    try:
        look(content)
    except UserError as error:
        return error.text.key
    return ""


def facts(kind: DocumentKind = NOTICE, **more: Any) -> dict[str, Any]:
    known = layout(kind)
    return filled(known, {**known.sample, **more}, ZONE)


def said(content: bytes) -> str:
    return "\n".join(lines_of(content))


# -- the shipped ones ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_shipped_template_uses_names_that_its_kind_has_and_every_one_of_its_lists(
    kind: DocumentKind,
) -> None:
    found = look(shipped(kind), kind)
    assert not found.unknown
    assert layout(kind).columns.keys() <= found.known
    assert {"编号"} <= found.known
    assert len(shipped(kind)) < LARGEST


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_shipped_template_is_filled_without_a_tag_left(kind: DocumentKind) -> None:
    words = said(rendering.fill(shipped(kind), facts(kind), say(GAP)))
    assert not [tag for tag in ("{", "}", "{%", "%}") if tag in words]
    for one in layout(kind).lists.values():
        for row in one.samples:
            told = ("venue", "unit", "fact", "told", "day")
            assert next(row[name] for name in told if name in row) in words


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_document_without_rows_says_so_and_leaves_no_empty_row(kind: DocumentKind) -> None:
    none = {code: [] for code in layout(kind).lists}
    words = said(rendering.fill(shipped(kind), facts(kind, **none), say(GAP)))
    assert not [tag for tag in ("{", "}", "{%", "%}") if tag in words]
    if kind == DocumentKind.BULLETIN:
        assert "没有未销号的问题" in words
        assert "以下" not in words


def test_what_is_not_known_is_to_be_supplied() -> None:
    unknown = facts(manager=None, phone=None, deadline=None)
    assert (unknown["负责人"], unknown["电话"]) == ("待补", "待补")
    words = said(rendering.fill(shipped(NOTICE), unknown, say(GAP)))
    assert "被查单位负责人：待补　　电话：待补" in words


def test_a_layout_and_its_facts_are_one() -> None:
    known = layout(NOTICE)
    lacking = {code: value for code, value in known.sample.items() if code != "venue"}
    with pytest.raises(KeyError):
        filled(known, lacking, ZONE)
    with pytest.raises(KeyError):
        filled(known, {**known.sample, "more": "x"}, ZONE)


@pytest.mark.parametrize(
    "typed",
    [
        "<b>&amp;</b>",
        "{{ 7*7 }}",
        "{% for x in 问题 %}",
        "{_{ 编号 }_}",
        "]]>",
        "a\x0bb\x00c",
        "\ud800",
    ],
)
def test_what_somebody_typed_stays_text(typed: str) -> None:
    content = rendering.fill(shipped(NOTICE), facts(venue=typed), say(GAP))
    words = said(content)
    assert "49" not in words.replace("1234", "")
    assert "王记火锅店" not in words
    if typed.isprintable() and "_" not in typed:
        assert typed in words


# -- what a template may be ------------------------------------------------------------------------


def test_names_loops_and_conditions_can_be_used() -> None:
    content = papers.with_line(
        "{% if 电话 %}电话 {{ 电话 }}{% else %}无{% endif %}",
        "{%p for 项 in 问题 %}",
        "{% if loop.first %}首{% endif %}{{ 项.事实 }}"
        "{% if not loop.last and 项.级别 == '★' %}；{% endif %}",
        "{%p endfor %}",
    )
    assert why(content) == ""
    words = said(rendering.fill(content, facts(), say(GAP)))
    assert "首八张桌子都没有放公筷" in words


def test_unknown_names_are_named_each_once() -> None:
    content = papers.with_line(
        "{{ 店名 }}{{ 店名 }}", "{%p for 项 in 问题 %}", "{{ 项.颜色 }}", "{%p endfor %}",
        "{%p for 人 in 员工 %}", "{{ 人.姓名 }}", "{%p endfor %}",
    )  # fmt: skip
    assert list(look(content).unknown) == ["店名", "项.颜色", "员工", "人.姓名"]


def test_a_name_in_a_header_is_seen() -> None:
    assert list(look(papers.in_header("{{ 店名 }}")).unknown) == ["店名"]
    assert why(papers.in_header("{{ ''.__class__ }}")) == "document.code"


CODE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ 编号.__class__ }}",
    "{{ 编号.upper() }}",
    "{{ 编号['__class__'] }}",
    "{{ 编号|upper }}",
    "{{ 编号|attr('__class__') }}",
    "{{ 'x' * 1000000000 }}",
    "{{ 1 + 1 }}",
    "{{ range(1000000000) }}",
    "{{ lipsum.__globals__ }}",
    "{{ cycler.__init__ }}",
    "{{ self.__dict__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ loop.__class__ }}",
    "{% set x = 编号 %}",
    "{% import 'os' as x %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'x' %}",
    "{% macro x() %}{% endmacro %}",
    "{% for x in 问题 recursive %}{{ loop(x) }}{% endfor %}",
    "{% for x in range(9) %}{% endfor %}",
    "{% for a, b in 问题 %}{% endfor %}",
    "{% for x in 问题 %}{{ x.事实.__class__ }}{% endfor %}",
    "{% if 编号 is defined %}{% endif %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape false %}x{% endautoescape %}",
    "{% with %}x{% endwith %}",
    "{% call x() %}{% endcall %}",
    "{% block x %}{% endblock %}",
    "{{ {'a': 1} }}",
    "{{ [1] }}",
    "{{ 编号[0:2] }}",
    "{{ 编号 ~ 编号 }}",
]  # fmt: skip


@pytest.mark.parametrize("tag", CODE)
def test_code_is_refused_before_it_runs(tag: str) -> None:
    refused = {"document.code", "document.syntax"}
    with mock.patch.object(rendering._Template, "render", side_effect=AssertionError("it ran")):
        assert why(papers.with_line(tag)) in refused, tag


@pytest.mark.parametrize("tag", [tag for tag in CODE if "__" in tag or "range" in tag])
def test_behind_the_first_wall_there_is_a_second(tag: str) -> None:
    """Even unchecked, nothing of the program comes out of a template."""
    try:
        words = said(rendering.fill(papers.with_line(tag), facts(), say(GAP)))
    except (UserError, TemplateError, TypeError):
        return
    assert "class" not in words.lower()
    assert "<" not in words


def test_loops_within_loops_within_loops_are_refused() -> None:
    loop, end = "{% for x in 问题 %}", "{% endfor %}"
    assert why(papers.with_line(loop * 2 + end * 2)) == ""
    assert why(papers.with_line(loop * 3 + end * 3)) == "document.deep"


@pytest.mark.parametrize(
    ("tag", "near"),
    [
        ("{{ 电话 }", "{{ 电话 }"),
        ("{{ 电话", "{{ 电话"),
        ("{% if 电话 %}有", ""),
        ("{% endfor %}", ""),
        ("{{ }}", ""),
        ("{% foo %}", ""),
    ],
)
def test_a_broken_tag_is_shown(tag: str, near: str) -> None:
    with pytest.raises(UserError) as caught:
        look(papers.with_line(tag))
    assert caught.value.text.key == "document.syntax"
    assert str(caught.value.text.params["near"]).startswith(near)


# -- what a file may be ----------------------------------------------------------------------------


def bomb(parts: int = 1) -> bytes:
    zeros = bytes(LARGEST_CONTENT // parts + 1)
    return papers.repacked(add={f"word/media/{n}.png": zeros for n in range(parts)})


DDE = '<w:p><w:r><w:instrText>DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc"</w:instrText></w:r></w:p>'
SPLIT = "".join(
    f"<w:p><w:r><w:instrText>{part}</w:instrText></w:r></w:p>" for part in ("INCLUDE", "PICTURE x")
)
OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"
ENTITY = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def macro_enabled() -> bytes:
    return papers.repacked(
        {papers.TYPES: lambda part: part.replace(OFFICE.encode(), MACRO.encode())}
    )


UNSAFE = {
    "nothing": (lambda: b"", "document.not_word"),
    "no zip": (lambda: b"hello", "document.not_word"),
    "old word": (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "document.old_word"),
    "a sheet": (lambda: papers.repacked(content=sheet()), "document.not_word"),
    "cut off": (lambda: shipped(NOTICE)[:-200], "document.not_word"),
    "too large": (lambda: bytes(LARGEST + 1), "document.too_large"),
    "one bomb": (bomb, "document.too_much"),
    "many small bombs": (lambda: bomb(20), "document.too_much"),
    "many parts": (
        lambda: papers.repacked(add={f"x/{n}.xml": b"<a/>" for n in range(400)}),
        "document.too_much",
    ),
    "macros": (lambda: papers.repacked(add={"word/vbaProject.bin": b"x"}), "document.macros"),
    "macro-enabled": (macro_enabled, "document.macros"),
    "activex": (lambda: papers.repacked(add={"word/activeX/a.xml": b"<a/>"}), "document.macros"),
    "embedded": (
        lambda: papers.repacked(add={"word/embeddings/a.bin": b"x"}),
        "document.embedded",
    ),
    "a link": (lambda: papers.linked("https://example.org/"), "document.links"),
    "a picture from outside": (
        lambda: papers.linked("http://203.0.113.1/x.png", "image"),
        "document.links",
    ),
    "a template from outside": (
        lambda: papers.linked("file:////203.0.113.1/x.dotm", "attachedTemplate"),
        "document.links",
    ),
    "dde": (lambda: papers.with_xml(DDE), "document.embedded"),
    "a field in pieces": (lambda: papers.with_xml(SPLIT), "document.embedded"),
    "a chunk": (lambda: papers.with_xml('<w:altChunk r:id="rId1"/>'), "document.embedded"),
    "entities": (lambda: papers.declared("word/document.xml", ENTITY), "document.unreadable"),
    "a file of ours": (lambda: papers.declared("word/styles.xml", OUTSIDE), "document.unreadable"),
    "broken xml": (
        lambda: papers.repacked({"word/document.xml": lambda part: part[:-40]}),
        "document.unreadable",
    ),
}


def sheet() -> bytes:
    from openpyxl import Workbook

    written = io.BytesIO()
    Workbook().save(written)
    return written.getvalue()


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_file_is_refused_with_its_reason(name: str) -> None:
    made, key = UNSAFE[name]
    content = made()
    with mock.patch.object(rendering, "_opened", side_effect=AssertionError("it was opened")):
        assert why(content) == key
    for lang in locales.LANGS:
        words = locales.render(lang, Text(key, {"most": 2, "near": ""}))
        assert words != key


def test_page_numbers_and_pictures_are_fine() -> None:
    field = "<w:p><w:r><w:instrText> PAGE \\* MERGEFORMAT </w:instrText></w:r></w:p>"
    refuse_unsafe(papers.with_xml(field))
    refuse_unsafe(papers.repacked(add={"word/media/seal.png": bytes(100_000)}))


# -- in a process of its own -----------------------------------------------------------------------


async def test_a_process_looks_and_fills_as_here() -> None:
    known, unknown = await process.look(papers.with_line("{{ 店名 }}"), layout(NOTICE))
    assert (unknown, "编号" in known) == (("店名",), True)
    content = await process.fill(shipped(NOTICE), facts(), say(GAP))
    assert said(content) == said(rendering.fill(shipped(NOTICE), facts(), say(GAP)))
    with pytest.raises(UserError) as caught:
        await process.look(papers.with_line("{{ 电话 }"), layout(NOTICE))
    assert caught.value.text.params == {"near": "{{ 电话 }"}


async def test_the_loop_goes_on_while_a_document_is_filled() -> None:
    longest, last, done = 0.0, time.monotonic(), False

    async def watch() -> None:
        nonlocal longest, last
        while not done:
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()

    watcher = asyncio.create_task(watch())
    await process.fill(shipped(NOTICE), facts(), say(GAP))
    done = True
    await watcher
    assert longest < 0.5


async def test_a_process_that_takes_too_long_is_ended() -> None:
    with (
        mock.patch.object(process, "PATIENCE_S", 0.01),
        pytest.raises(UserError) as caught,
    ):
        await process.fill(shipped(NOTICE), facts(), say(GAP))
    assert caught.value.text.key == "document.too_much"


def test_a_document_opens_again_in_another_library() -> None:
    content = rendering.fill(shipped(NOTICE), facts(), say(GAP))
    document = Document(io.BytesIO(content))
    first, _, second, _ = document.tables
    assert [cell.text for cell in first.rows[1].cells] == [
        cell.text for cell in second.rows[1].cells
    ]
    assert len(first.rows) == 3
    assert first.rows[1].cells[3].text == "八张桌子都没有放公筷"
    copies = [p.text for p in document.paragraphs if "联：" in p.text]
    assert copies == ["（第一联：存根）", "（第二联：交被查单位）"]
