"""The transcripts are the specification: each is played three ways, one of them on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from transcripts.runner import Runner
from transcripts.script import once_each, read, write
from transcripts.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = Path(__file__).parent
CHATS = sorted(HERE.glob("*/*.chat"))


@pytest.fixture(params=CHATS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def chat(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def written(chat: Path) -> str:
    """A transcript as it stands in its file."""
    return chat.read_text(encoding="utf-8")


async def play(stage: Stage, written: str) -> str:
    """The transcript with what was seen this time."""
    steps = read(written)
    await Runner(stage).play(steps)
    return write(steps)


async def rewrite(stage: Stage, written: str, chat: Path) -> None:
    """What the bot says, anew; as far as the transcript can be played."""
    steps = read(written)
    try:
        await Runner(stage).play(steps)
    finally:
        keep(chat, write(steps))


def keep(chat: Path, text: str) -> None:
    chat.write_text(text, encoding="utf-8")


async def test_chat_goes_as_written(
    stage: Stage, written: str, chat: Path, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--update"):
        await rewrite(stage, written, chat)
    else:
        assert (await play(stage, written)).splitlines() == written.splitlines()


async def test_chat_is_the_same_on_postgresql_when_every_update_comes_twice(
    postgres_stage: Stage, written: str
) -> None:
    postgres_stage.twice = True
    assert (await play(postgres_stage, written)).splitlines() == written.splitlines()


async def test_chat_loses_nothing_when_the_dispatcher_dies(stage: Stage, written: str) -> None:
    stage.doomed = True
    expected = read(written)
    played = read(await play(stage, written))
    for before, after in zip(expected, played, strict=True):
        assert once_each(after.blocks) == once_each(before.blocks), after.line
