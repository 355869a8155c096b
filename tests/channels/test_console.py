"""The terminal as a channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.base import Refused, Rendered
from bot.channels.console import ConsoleChannel
from models.files import File


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def console(said: list[str], tmp_path: Path) -> ConsoleChannel:
    return ConsoleChannel("me", said.append, 1, tmp_path / "received")


async def test_a_line_that_names_a_file_sends_it(console: ConsoleChannel, tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    path.write_bytes(b"a,b")
    event = console.event(f"<{path}", "1")
    assert (event.kind, event.file_name, event.size) == ("file", "名册.csv", 3)
    assert await console.fetch_file(event.file) == b"a,b"
    assert console.event("<nothing.csv", "2").kind == "text"
    path.unlink()
    with pytest.raises(Refused):
        await console.fetch_file(event.file)


async def test_a_file_is_written_down_and_named_with_its_place(
    console: ConsoleChannel, said: list[str], tmp_path: Path
) -> None:
    for content in (b"one", b"two"):
        file = File("../名册.xlsx", "", content)
        await console.send("console:me", Rendered("请看", document=file))
    folder = tmp_path / "received"
    assert said == [
        f"请看\n📎 ../名册.xlsx → {folder / '名册.xlsx'}",
        f"请看\n📎 ../名册.xlsx → {folder / '名册-2.xlsx'}",
    ]
    assert (folder / "名册.xlsx").read_bytes() == b"one"
    assert (folder / "名册-2.xlsx").read_bytes() == b"two"
    assert (folder / "名册.xlsx").stat().st_mode & 0o077 == 0
