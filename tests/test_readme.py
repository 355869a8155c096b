"""What README says is so: its commands, settings and paths exist, its example form runs."""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import locales
from bot.cli import _parser
from bot.imports.vocabulary import fold, headings
from bot.settings import Settings
from handlers.engine.context import Context
from handlers.engine.draft import Draft
from handlers.engine.form import Form
from handlers.engine.step import begin, step
from handlers.features import registry
from models.messages import Inbound, Text
from models.protocols import catalogue

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
README_ZH = (ROOT / "README.zh.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = {"README.md": README, "README.zh.md": README_ZH, "CONTRIBUTING.md": CONTRIBUTING}
READMES = {name: PAGES[name] for name in ("README.md", "README.zh.md")}
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
ROOMS = "bot|handlers|models|scheduler|locales|tests"

page = pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)
readme = pytest.mark.parametrize("text", READMES.values(), ids=READMES)


# -- reading a page ---------------------------------------------------------------------------


def fences(text: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


def spans(text: str) -> list[str]:
    """What stands between single backticks outside code blocks."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)


def rows(text: str, first: str) -> Iterator[tuple[str, list[str]]]:
    """Table rows whose first cell is a code span that matches: the span, the other cells."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and re.fullmatch(f"`({first})`", cells[0]):
            yield cells[0].strip("`"), cells[1:]


def typed_commands(text: str) -> list[str]:
    """Every gridbot command of the shell blocks, without what stands before it."""
    lines = "".join(fences(text, "sh")).splitlines()
    return [
        line.split("gridbot ", 1)[1] for line in lines if re.search(r"(^|/| )gridbot [a-z]", line)
    ]


def subparsers() -> dict[str, ArgumentParser]:
    action = next(a for a in _parser()._actions if isinstance(a, _SubParsersAction))
    return dict(action.choices)


# -- the operator's tables --------------------------------------------------------------------


@readme
def test_every_setting_is_named_and_every_named_setting_exists(text: str):
    real = {f"GRIDBOT_{name.upper()}" for name in Settings.model_fields}
    assert {name for name, _ in rows(text, r"GRIDBOT_\w+")} == real
    assert set(re.findall(r"GRIDBOT_\w+", text)) == real


@readme
def test_the_settings_table_gives_the_real_defaults(text: str):
    for name, (default, *_) in rows(text, r"GRIDBOT_\w+"):
        real = str(Settings.model_fields[name.removeprefix("GRIDBOT_").lower()].default)
        assert default == (f"`{real}`" if real else {"README.md": "none"}.get(_name(text), "无"))


def _name(text: str) -> str:
    return next(name for name, other in PAGES.items() if other is text)


@readme
def test_every_command_is_named_with_all_its_options_and_no_other(text: str):
    named = {row.split()[1]: row for row, _ in rows(text, "gridbot .*")}
    assert named.keys() == subparsers().keys()
    for name, parser in subparsers().items():
        real = {o for a in parser._actions for o in a.option_strings} - {"-h", "--help"}
        assert set(re.findall(r"--[a-z-]+", named[name])) == real, name


@page
def test_commands_mentioned_in_passing_exist(text: str):
    mentioned = [span for span in spans(text) if span.startswith("gridbot ")]
    assert {span.split()[1] for span in mentioned} <= subparsers().keys()


@page
def test_command_lines_shown_can_be_typed(text: str):
    for line in typed_commands(text):
        _parser().parse_args(shlex.split(line, comments=True))


@readme
def test_the_first_thing_shown_is_how_to_try_it(text: str):
    first, without_make, *_ = fences(text, "sh")
    assert first.split("\n") == ["make demo", "make test", ""]
    assert [line.split()[0] for line in without_make.splitlines()] == [
        "python",
        ".venv/bin/pip",
        ".venv/bin/gridbot",
        ".venv/bin/python",
    ]


@page
def test_make_targets_shown_exist(text: str):
    real = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    shown = re.findall(r"^make ([a-z]+)", "".join(fences(text, "sh")), re.MULTILINE)
    assert set(shown) <= set(real)


@readme
def test_headings_shown_for_sheets_are_recognised(text: str):
    shown = {kind: cells[0] for kind, cells in rows(text, "units|staff|people|leads")}
    assert shown.keys() == {"units", "staff", "people", "leads"}
    for kind, cell in shown.items():
        words = re.findall(r"`([^`]+)`", cell)
        fields = [headings(kind)[fold(word)].field for word in words]
        assert len(set(fields)) == len(words) > 3


@readme
def test_every_command_in_chat_is_named_with_those_who_have_it_in_their_menu(text: str):
    every = registry()
    menus = {item.command: item.roles for item in every.menu}
    named = {name.removeprefix("/"): cells[0] for name, cells in rows(text, "/[a-z_]+")}
    assert named.keys() == every.commands.keys()
    for command, who in named.items():
        roles = re.findall(r"`(\w+)`", who)
        assert roles == [role.value for role in menus.get(command, ())], command
        assert (who in ("everybody", "所有人")) == (menus.get(command) == ()), command


@readme
def test_every_pack_is_named_and_the_lapsed_ones_are_called_so(text: str):
    packs = catalogue.newest()
    named = {name: cells[0] for name, cells in rows(text, r"[a-z0-9]+-[a-z0-9-]+")}
    assert named.keys() == {pack.id for pack in packs}
    for pack in packs:
        assert bool(re.search("Historical|仅作历史", named[pack.id])) == pack.historical


@page
def test_files_and_folders_named_exist(text: str):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    paths = [span for span in spans(text) if re.fullmatch(rf"(?:{ROOMS})/[\w./@-]*", span)]
    assert links
    assert [path for path in links + paths if not (ROOT / path).exists()] == []


@page
def test_no_path_of_a_machine_is_named(text: str):
    assert not re.search(r"(?<![\w.}])/(?:home|root|work|tmp|Users|opt|mnt)/", text)


# -- a register in one module ------------------------------------------------------------------


@pytest.fixture
def form() -> type[Form]:
    return registry().forms["drugsale"].form


def say(text: Text) -> str:
    return locales.render("zh_Hans", text)


def talk(form: type[Form], lines: list[str]) -> tuple[list[str], Any]:
    """The fields that were asked in turn, and what was submitted."""
    context = Context(NOW, ZONE, say, {})
    at = begin(form, "n0nce", context)
    asked: list[str] = []
    for number, line in enumerate(lines):
        assert at.draft is not None, f"over before {line!r}"
        asked.append(at.draft.at)
        event = Inbound("console", "console:1", str(number), "text", text=line)
        at = step(form, Draft.from_json(at.draft.to_json()), event, context)
    return asked, at.submitted


def test_the_register_on_the_page_is_the_one_that_runs():
    shown, *others = fences(README, "python")
    assert shown == (ROOT / "handlers/registers/drugsale.py").read_text(encoding="utf-8")
    assert not others
    assert len([line for line in shown.splitlines() if line.strip()]) <= 40


def test_the_form_on_the_page_asks_what_its_types_say(form: type[Form]):
    lines = ["王芳", "138 0000 1111", "花园小区", "退热药", "三十八度二", "是", "提交"]
    asked, filled = talk(form, lines)
    assert asked[:-1] == ["name", "phone", "address", "drugs", "temperature", "referred"]
    assert filled.model_dump() == {
        "name": "王芳",
        "phone": "13800001111",
        "address": "花园小区",
        "drugs": {"fever"},
        "temperature": Decimal("38.2"),
        "referred": True,
    }


def test_the_form_on_the_page_does_not_ask_the_well_about_the_clinic(form: type[Form]):
    lines = ["王芳", "1380000", "13800001111", "花园小区", "止咳药", "３６．５", "提交"]
    asked, filled = talk(form, lines)
    assert asked[:-1] == ["name", "phone", "phone", "address", "drugs", "temperature"]
    assert filled.referred is None


def test_the_words_on_the_page_are_those_of_the_register():
    (block,) = fences(README, "po")
    shown = dict(re.findall(r'msgid "(.+)"\n *msgstr "(.+)"', block))
    words = locales.catalogue("zh_Hans")
    assert len(shown) > 3
    assert shown == {key: words[key][0] for key in shown}
