"""Whatever anybody sends, in any order: an answer, in words, and nobody else's record touched."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cast import chat_of, settle
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from talk import MONDAY, Read, Talk
from transcripts.stage import hurry
from world import World, changed, in_reach, look

import locales
from handlers.features import registry
from models import crypto, tables
from models.crypto import KeyRing
from models.messages import Inbound, Text
from models.session import Database

# Who acts, and the branch of the tree that she works in.
ACTORS = {"王芳": "", "李强": "花园小区一网格", "冯静": "", "路人": ""}
SILENT = ("blocked", "unblocked")

COMMANDS = [f"/{name}" for name in sorted(registry().commands)]
VERBS = sorted(registry().actions)
ARGUMENTS = [
    *("", ":", "0", "1", "2", "3", "5", "8", "13", "-1", "1.0", "1e3", " 1", "x", "DROP"),
    *("999999999999999", "999999999999999999999", "9" * 60, "0x1", "None", "%s", "'--"),
    *("١", "１", "²", "½", "一", "1:DROP", "1:yes", "1:36.5", "1:99.9", "1:hospital", "1:NaN"),
    *("1:home", "yes", "zh_Hans", "cn-covid-v9", "start", "cancel", "\x00", "1\x00", "😀" * 12),
]
WORDS = [
    *("你好", "36.5", "３８．５ 咳嗽", "体温三十七度", "50", "-5", "1e999", "NaN", "返回", "取消"),
    *("1", "2", "9", "提交", "修改", "跳过", "今天有什么", "我要报备", "打卡", "成都武侯"),
    *("路人 510107197702146090", "510107199003071025", "13800138000", "花园小区9栋9单元909"),
    *("昨天下午3点", "2099年1月1日", "100年前", "0" * 40, "9" * 300, "长" * 5000, "3" * 5000),
    *(
        "\u202eمرحبا\u202c ١٢٣",
        "👨\u200d👩\u200d👧" * 40,
        "\x00\x01\x02",
        "\ufffd",
        "%(x)s {name} {0} {",
    ),
    *("' OR 1=1 --", "%", "_", "\\", "\n\n", " ", "", "𠮷𡈽", "/start@bot gate-qh010101"),
    *("/", "/ x", "//", "高铁 G1234", "%(x)s {name} {0} {"),
]
ANY_TEXT = st.characters(exclude_categories=["Cs"])
JUNK = st.one_of(st.sampled_from(WORDS), st.text(ANY_TEXT, max_size=40))
FORGED = [f"a:{verb}:{argument}" for verb in VERBS for argument in ARGUMENTS]
BENT = [
    *("", "a", "a:", "a::", ":", "f", "f:", "f::", "f:xxx:1", "f:xxx:1-0.c", "b:1", "\x00"),
    *("a:card:\x00", "a:waive:1:DROP:x:y", "A:MENU", "a:menu:x:y:z"),
]
DATA = st.one_of(st.sampled_from(FORGED), st.sampled_from(BENT), st.text(ANY_TEXT, max_size=20))
CONTENTS = st.one_of(
    st.tuples(st.just("press"), st.integers(0, 400)),
    st.tuples(st.just("press"), st.integers(0, 400)),
    st.tuples(st.just("newest"), st.integers(0, 20)),
    st.tuples(st.just("newest"), st.integers(0, 20)),
    st.tuples(st.just("cut"), st.integers(0, 400)),
    st.tuples(st.just("command"), st.tuples(st.sampled_from(COMMANDS), st.just("") | JUNK)),
    st.tuples(st.just("text"), JUNK),
    st.tuples(st.just("edited"), JUNK),
    st.tuples(st.just("tap"), DATA),
    st.tuples(st.just("contact"), JUNK),
    st.tuples(st.just("forwarded"), JUNK),
    st.tuples(st.just("photo"), JUNK),
    st.tuples(st.just("location"), st.floats() | st.none()),
    st.tuples(st.just("other"), JUNK),
    st.tuples(st.sampled_from(SILENT), st.none()),
    st.tuples(st.just("later"), st.integers(1, 40)),
)  # fmt: skip
EVENTS = st.lists(st.tuples(st.sampled_from(sorted(ACTORS)), CONTENTS), min_size=5, max_size=25)


class Crowd:
    """Actors on one database; checks everything that comes of what they do."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._shown: list[tuple[str, str]] = []  # who was shown which button
        self._world: World = {}

    async def begin(self) -> None:
        """A district in motion: people observed, a lead that waits, cards on the phones."""
        for name in ("王芳", "陈奶奶", "周涛"):
            await self._talk.observe(name, "spill-medium")
        await self._wait(1)

    async def _wait(self, hours: int) -> None:
        self._read(await self._talk.pass_time(timedelta(hours=hours)))
        async with self._talk.db.read() as session:
            self._world = await look(session)

    async def act(self, actor: str, kind: str, value: Any) -> None:
        if kind == "later":
            await self._wait(value)
            return
        event = self._talk.event(actor, **self._content(actor, kind, value))
        letters = await self._talk.deliver(event)
        if event.kind not in SILENT:
            assert any(letter.to == actor for letter in letters), f"{event} was not answered"
        await self._check_reach(event, actor)
        self._read(letters)

    async def _check_reach(self, event: Inbound, actor: str) -> None:
        async with self._talk.db.read() as session:
            before, self._world = self._world, await look(session)
            touched = changed(before, self._world)
            if not touched or event.kind in SILENT:  # a lost worker is the unit's above to find
                return
            people, units = await in_reach(session, chat_of(actor), ACTORS[actor])
        strange = {
            key: record
            for key, record in touched.items()
            if record.person_id not in people and record.unit_id not in units
        }
        assert not strange, f"{actor} changed {strange} with {event}"

    def _read(self, letters: Sequence[Read]) -> None:
        for letter in letters:
            check_words(letter)
            self._shown += [(letter.to, data) for data in letter.taps]

    def _content(self, actor: str, kind: str, value: Any) -> dict[str, Any]:
        mine = [data for owner, data in self._shown if owner == actor]
        shown = [data for _, data in self._shown]
        match kind:
            case "press" if shown:
                return tapped(shown[value % len(shown)])
            case "newest" if mine:
                return tapped(mine[-1 - value % min(len(mine), 12)])
            case "cut" if shown:
                return tapped(shown[value % len(shown)][: value % 24])
            case "press" | "newest" | "cut":
                return tapped("")
            case "command":
                return {"kind": "text", "text": " ".join(value)}
            case "edited":
                return {"kind": "text", "text": value, "edited": True}
            case "tap":
                return tapped(value)
            case "contact" | "forwarded":
                return {"kind": "contact", "phone": value, "own_contact": kind == "contact"}
            case "photo":
                return {"kind": "photo", "file": "ph", "text": value}
            case "location":
                return {"kind": "location", "latitude": value, "longitude": 104.0}
            case _:
                return {"kind": kind, "text": value or ""}


def tapped(data: str) -> dict[str, Any]:
    return {"kind": "tap", "data": data, "message_id": "m1"}


def check_words(letter: Read) -> None:
    """It says something in every language, and its buttons fit."""
    message = letter.message
    labels = [button.label for row in message.rows for button in row]
    for text in every_text([*message.lines, *labels]):
        for lang in locales.LANGS:
            assert text.key == "=" or locales.has(text.key, lang), f"{lang} lacks {text.key}"
    for lang in locales.LANGS:
        assert "".join(locales.render(lang, line) for line in message.lines).strip(), letter
        assert all(locales.render(lang, label).strip() for label in labels), letter
    assert all(len(data.encode()) <= 64 for data in letter.taps), letter.taps


def every_text(values: Sequence[Any]) -> list[Text]:
    """The texts, and those that fill their placeholders."""
    found: list[Text] = []
    for value in values:
        if isinstance(value, Text):
            found += [value, *every_text(list(value.params.values()))]
        elif isinstance(value, list | tuple):
            found += every_text(value)
    return found


async def play(talk: Talk, events: Sequence[tuple[str, tuple[str, Any]]]) -> None:
    """All of it, and no turn may have failed inside."""
    crowd = Crowd(talk)
    await crowd.begin()
    with capture_logs() as logs:
        for actor, (kind, value) in events:
            await crowd.act(actor, kind, value)
            failures = [entry for entry in logs if entry["event"] == "turn_failed"]
            assert not failures, (actor, kind, value, failures)


# -- invented conversations -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the cast in it."""
    path = tmp_path_factory.mktemp("district") / "district.db"
    asyncio.run(_prepare(path))
    return path


async def _prepare(path: Path) -> None:
    crypto.install(KeyRing({1: b"k" * 32}, b"i" * 32))
    db = Database(f"sqlite+aiosqlite:///{path}")
    async with db.engine.begin() as connection:
        await connection.run_sync(tables.metadata.create_all)
    async with db.write() as session:
        await settle(session, MONDAY)
    await db.close()


async def _play_on_copy(district: Path, events: Sequence[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(district, Path(folder) / "gridbot.db")
        db = Database(f"sqlite+aiosqlite:///{path}")
        hurry(db)
        try:
            await play(Talk(db), events)
        finally:
            await db.close()


def test_any_events_are_answered(district: Path, pytestconfig: pytest.Config) -> None:
    @settings(
        max_examples=pytestconfig.getoption("--examples", 25),
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(events=EVENTS)
    def holds(events: Sequence[Any]) -> None:
        asyncio.run(_play_on_copy(district, events))

    holds()


# -- the known nasty ones, on both databases ------------------------------------------------------


@pytest.mark.parametrize("actor", ["李强", "路人"])
async def test_every_forged_button_is_answered(talk: Talk, actor: str) -> None:
    known = ("", "9" * 30, "١", "1:DROP")
    forged = [f"a:{verb}:{argument}" for verb in VERBS for argument in known]
    await play(talk, [(actor, ("tap", data)) for data in [*forged, *BENT]])


@pytest.mark.parametrize("actor", ["王芳", "李强"])
async def test_every_nasty_word_is_answered_in_and_out_of_a_form(talk: Talk, actor: str) -> None:
    outside = [("text", word) for word in WORDS]
    inside = [("command", ("/report", "")), ("newest", 11), *outside]
    odd = [(kind, "x") for kind in ("contact", "forwarded", "photo", "other", "edited")]
    await play(talk, [(actor, event) for event in [*outside, *odd, *inside, *odd]])


@pytest.mark.parametrize("actor", ["李强", "冯静"])
async def test_every_command_takes_any_argument(talk: Talk, actor: str) -> None:
    junk = ["", "9" * 400, "\x00", "١", "-1", "gate-qh010101"]
    await play(talk, [(actor, ("command", (name, word))) for name in COMMANDS for word in junk])
