"""House rules that no linter knows: no Chinese, no platform, no clock where they do not belong."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from said import ROOMS, ROOT, sources, tree

HAN = re.compile("[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
PLATFORM = re.compile("telegram|wecom|wechat", re.IGNORECASE)
READS_CHINESE = re.compile(r"handlers/engine/parse(_[a-z]+)?\.py|models/addresses\.py")
OUTSIDE = re.compile(
    r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time|os\.(environ|getenv))\b"
)
MAY = {"models/clock.py": "datetime.now", "bot/settings.py": "os.environ"}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def docstrings(module: ast.Module) -> set[int]:
    """The lines of docstrings: they may call a thing what the field calls it."""
    return {
        line
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def written(path: Path) -> Iterator[tuple[int, str]]:
    """Names, texts and comments of a file with their lines, docstrings left out."""
    skipped = docstrings(tree(path))
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.start[0] not in skipped:
            yield token.start[0], token.string


def matching(pattern: re.Pattern[str], path: Path) -> list[tuple[int, str]]:
    return [found for found in written(path) if pattern.search(found[1])]


@pytest.mark.parametrize("path", sources(*ROOMS, "locales"), ids=place)
def test_chinese_stands_in_catalogues_and_parsers_only(path: Path):
    assert READS_CHINESE.fullmatch(place(path)) or matching(HAN, path) == []


@pytest.mark.parametrize("path", sources("handlers", "models", "scheduler"), ids=place)
def test_no_platform_is_named_inside(path: Path):
    assert matching(PLATFORM, path) == []


@pytest.mark.parametrize("path", sources(*ROOMS, "locales"), ids=place)
def test_time_and_environment_come_in_at_one_place_each(path: Path):
    used = {ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    allowed = MAY.get(place(path), "")
    assert {name for name in used if OUTSIDE.search(name) and name != allowed} == set()


def test_the_rules_would_be_noticed(tmp_path: Path):
    """Each pattern finds what it is for, and a docstring hides nothing else."""
    bad = tmp_path / "bad.py"
    bad.write_text('"""打卡 on Telegram."""\nx = "打卡"  # telegram\n', "utf-8")
    assert [line for line, _ in matching(HAN, bad)] == [2]
    assert [text for _, text in matching(PLATFORM, bad)] == ["# telegram"]
    assert OUTSIDE.search("datetime.datetime.now")
    assert not OUTSIDE.search("self.clock.now")
