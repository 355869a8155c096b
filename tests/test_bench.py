"""The bench still runs, small, and its table in README has every line. Nothing is timed here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.bench import report
from tests.bench.report import Row

ROOT = Path(__file__).parents[1]
LINES = "abcdefghi"


def test_every_line_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick"],
        cwd=ROOT,
        env={},  # PostgreSQL's share would take longer than all the rest
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"^\| ([a-z]) \|", done.stdout, re.MULTILINE)) == set(LINES)


def test_the_table_in_readme_has_every_line_and_says_why_where_an_aim_is_missed() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    table = page.partition(report.BEGIN)[2].partition(report.END)[0]
    rows = re.findall(r"^\| ([a-z]) \|.*\| (\S*) \|$", table, re.MULTILINE)
    assert {line for line, _ in rows} == set(LINES)
    told = set(re.findall(r"^- \(([a-z])\) .", table, re.MULTILINE))
    assert told == {line for line, met in rows if met == "**no**"}


def test_measuring_one_line_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n\n{report.BEGIN}\n\n{report.END}\n\nafter\n")
    missed = Row("a", "steps", "7", "8: stock", "0.9x", "1x", False, "Because.")
    report.write(page, [missed, Row("b", "claims", "2"), Row("b", "claims, again", "3")])
    first = page.read_text()
    assert re.findall(r"^\| ([a-z]) \| (.*?) \|", first, re.MULTILINE) == [
        ("a", "steps"),
        ("b", "claims"),
        ("b", "claims, again"),
    ]
    assert "\n- (a) Because.\n" in first
    report.write(page, [Row("b", "claims", "4")])
    assert page.read_text() == first.replace("| b | claims | 2 |", "| b | claims | 4 |").replace(
        "| b | claims, again | 3 |  |  |  |  |\n", ""
    )
    assert page.read_text().startswith("before\n\n")
    assert page.read_text().endswith("\n\nafter\n")
