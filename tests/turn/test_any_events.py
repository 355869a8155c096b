"""Whatever anybody sends, in any order: an answer, in words, and nobody else's record touched.

    pytest tests/turn/test_any_events.py --examples 2000

invents that many conversations, other ones every time; without the option they are few, and the
same in every run.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cast import chat_of
from crowd import Crowd
from district import prepare
from haste import hurry
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from pools import (
    BENDING,
    BENT,
    COMMANDS,
    EVERYBODY,
    FORGED,
    GOOD,
    JUNK,
    SENT,
    TOKENS,
    VERBS,
    WORDS,
    bent,
)
from starts import DEEDS, FORMS, Play, Reached, perform, plays
from talk import MONDAY, Talk
from transcripts.stage import seeded

from handlers.registry import Registry
from models import crypto, tables
from models.crypto import KeyRing
from models.inbox import Conversation
from models.reports import chart
from models.session import Database

FEW, STEPS = 25, 12


@dataclass
class Arena:
    """One database that is put back to the prepared district before each conversation.

    The engine stays, because compiling its statements anew costs more than most conversations.
    """

    prepared: Path
    db: Database
    begun: Talk
    runner: asyncio.Runner
    reached: Reached = field(default_factory=Reached)

    def run(self, act: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(act)

    async def fresh(self) -> Crowd:
        await self.db.close()
        played = self.db.url.database
        assert played is not None, "it is a file"
        for rest in ("-wal", "-shm"):
            Path(played + rest).unlink(missing_ok=True)
        shutil.copy(self.prepared, played)
        talk = Talk(self.db, self.begun.now, self.reached.registry())
        talk.updates = itertools.count(10**6)
        crowd = Crowd(talk)
        await crowd.begin()
        return crowd


async def _prepared(path: Path) -> Talk:
    db = Database(f"sqlite+aiosqlite:///{path}")
    async with db.engine.begin() as connection:
        await connection.run_sync(tables.metadata.create_all)
    talk = Talk(db, MONDAY)
    await prepare(talk)
    await db.close()
    return talk


@pytest.fixture
def arena(tmp_path: Path) -> Iterator[Arena]:
    crypto.install(KeyRing({1: b"k" * 32}, b"i" * 32))
    chart.offer(drawn=True)
    with seeded(), asyncio.Runner() as runner:
        begun = runner.run(_prepared(tmp_path / "prepared.db"))
        db = Database(f"sqlite+aiosqlite:///{tmp_path}/gridbot.db")
        hurry(db)
        yield Arena(tmp_path / "prepared.db", db, begun, runner)
        runner.run(db.close())


# -- invented conversations ------------------------------------------------------------------------

ACTOR = st.one_of(st.none(), st.none(), st.sampled_from(EVERYBODY))  # None: she who began
FAR = st.integers(0, 400)


class People(RuleBasedStateMachine):
    """Anybody does anything, in a district where everything is under way."""

    def __init__(self, arena: Arena) -> None:
        super().__init__()
        self._arena = arena
        self._crowd: Crowd = arena.run(arena.fresh())
        self._person = ""

    def _act(self, actor: str | None, **content: Any) -> None:
        who = actor or self._person
        self._arena.run(self._crowd.act(who, **content))
        self._arena.reached.look(self._crowd, who)

    def _tap(self, actor: str | None, data: str) -> None:
        self._act(actor, kind="tap", data=data, message_id="m1")

    @initialize(play=st.sampled_from(plays()))
    def begin(self, play: Play) -> None:
        self._person = play.person
        self._arena.run(perform(self._crowd, play, self._arena.reached))

    @rule(actor=ACTOR, back=st.integers(0, 15))
    def tap_a_button_of_hers(self, actor: str | None, back: int) -> None:
        who = actor or self._person
        hers = [data for owner, data in self._crowd.shown if owner == who]
        self._tap(actor, hers[-1 - back % len(hers)] if hers else "")

    @rule(actor=ACTOR, number=FAR)
    def tap_anybodys_button(self, actor: str | None, number: int) -> None:
        shown = self._crowd.shown
        self._tap(actor, shown[-1 - number % len(shown)][1])

    @rule(actor=ACTOR, text=st.sampled_from(GOOD))
    def answer(self, actor: str | None, text: str) -> None:
        self._act(actor, kind="text", text=text)

    @rule(actor=ACTOR, text=JUNK, place=st.sampled_from(["", "phone:group"]))
    def say(self, actor: str | None, text: str, place: str) -> None:
        self._act(actor, kind="text", text=text, place=place)

    @rule(actor=ACTOR, text=JUNK | st.sampled_from(GOOD))
    def edit_an_old_message(self, actor: str | None, text: str) -> None:
        self._act(actor, kind="text", text=text, edited=True)

    @rule(actor=ACTOR, name=st.sampled_from(COMMANDS), argument=st.just("") | JUNK)
    def command(self, actor: str | None, name: str, argument: str) -> None:
        self._act(actor, kind="text", text=f"/{name} {argument}")

    @rule(actor=ACTOR, token=st.sampled_from(TOKENS))
    def scan(self, actor: str | None, token: str) -> None:
        self._act(actor, kind="text", text=f"/start {token}")

    @rule(actor=ACTOR, data=FORGED)
    def forge_a_button(self, actor: str | None, data: str) -> None:
        self._tap(actor, data)

    @rule(actor=ACTOR, bending=BENDING)
    def bend_a_button(self, actor: str | None, bending: tuple[int, int, str]) -> None:
        number, at, char = bending
        shown = self._crowd.shown
        self._tap(actor, bent(shown[-1 - number % len(shown)][1], at, char))

    @rule(actor=ACTOR, sent=SENT)
    def send(self, actor: str | None, sent: dict[str, Any]) -> None:
        self._act(actor, **sent)

    @rule(actor=ACTOR, number=FAR)
    def tap_and_be_delivered_twice(self, actor: str | None, number: int) -> None:
        data = self._crowd.shown[-1 - number % len(self._crowd.shown)][1]
        tap = {"kind": "tap", "data": data, "message_id": "m1"}
        self._arena.run(self._crowd.twice(actor or self._person, **tap))

    @rule(actor=st.sampled_from(EVERYBODY), other=st.sampled_from(EVERYBODY), number=FAR)
    def tap_at_the_same_moment(self, actor: str, other: str, number: int) -> None:
        data = self._crowd.shown[-1 - number % len(self._crowd.shown)][1]
        tap = {"kind": "tap", "data": data, "message_id": "m1"}
        people = dict.fromkeys((actor, other))
        events = [self._crowd.talk.event(person, **tap) for person in people]
        self._arena.run(self._crowd.together(events))

    @rule(actor=ACTOR, kind=st.sampled_from(["blocked", "unblocked"]))
    def block(self, actor: str | None, kind: str) -> None:
        refusing = self._crowd.phones.refusing
        (refusing.add if kind == "blocked" else refusing.discard)(actor or self._person)
        self._act(actor, kind=kind)

    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        self._arena.run(self._crowd.pass_time(timedelta(hours=hours)))

    @rule(days=st.integers(2, 100))
    def be_away(self, days: int) -> None:
        self._arena.run(self._crowd.pass_time(timedelta(days=days)))

    @rule()
    def dispatch(self) -> None:
        self._arena.run(self._crowd.dispatch())

    @rule(raised=st.integers(0, 3))
    def deploy(self, raised: int) -> None:
        """Another process takes over; its forms may be of a newer version."""
        self._arena.run(self._arena.db.close())
        self._crowd.talk.registry = newer(self._arena.reached.registry(), raised)

    @rule(actor=ACTOR)
    def find_a_draft_of_another_version(self, actor: str | None) -> None:
        self._arena.run(age_draft(self._crowd, actor or self._person))


def newer(made: Registry, raised: int) -> Registry:
    """The registry with every form's version raised."""
    for code, spec in made.forms.items():
        version = {"version": spec.form.version + raised, "__module__": spec.form.__module__}
        form = type(spec.form.__name__, (spec.form,), version)
        made.forms[code] = replace(spec, form=form)
    return made


async def age_draft(crowd: Crowd, person: str) -> None:
    """The question where she is was called something else before the deploy."""
    async with crowd.talk.db.write() as session:
        row = await session.get(Conversation, chat_of(person))
        if row is None or not row.draft:
            return
        drafts = [json.loads(draft) for draft in json.loads(row.draft)]
        for draft in drafts:
            draft["answers"] = {**draft.get("answers", {}), "gone": {"x": [1]}}
            draft |= {"version": 0, "trail": ["gone"], "at": "gone"}
        row.draft = json.dumps([json.dumps(draft) for draft in drafts])
    await crowd.look()


def test_any_events_are_answered(arena: Arena, pytestconfig: pytest.Config) -> None:
    for play in (*FORMS, *DEEDS):
        arena.run(_performed(arena, play))
    assert not arena.reached.missing(), "nobody has come this far"
    wanted = pytestconfig.getoption("--examples")
    machine: Callable[[], People] = partial(People, arena)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine if wanted else seed(20220704)(machine),
        settings=settings(
            max_examples=wanted or FEW,
            stateful_step_count=STEPS,
            derandomize=not wanted,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # shrinking takes minutes
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


async def _performed(arena: Arena, play: Play) -> None:
    await perform(await arena.fresh(), play, arena.reached)


# -- the known nasty ones, on both databases -------------------------------------------------------


@pytest.fixture
async def crowd(db: Database) -> Crowd:
    talk = Talk(db, MONDAY)
    await prepare(talk)
    made = Crowd(talk)
    await made.begin()
    return made


@pytest.mark.parametrize(
    ("actor", "known"), [("李强", ("", "9" * 30, "١", "1:DROP")), ("路人", ("1",))]
)
async def test_every_forged_button_is_answered(
    crowd: Crowd, actor: str, known: tuple[str, ...]
) -> None:
    for data in [*(f"a:{verb}:{argument}" for verb in VERBS for argument in known), *BENT]:
        await crowd.tap(actor, data)


@pytest.mark.parametrize("actor", ["王芳", "李强"])
async def test_every_nasty_word_is_answered_in_and_out_of_a_form(crowd: Crowd, actor: str) -> None:
    odd = [
        {"kind": "contact", "phone": "x", "own_contact": True},
        {"kind": "contact", "phone": "x"},
        {"kind": "photo", "file": "ph"},
        {"kind": "file", "file": "f", "file_name": "x.xlsx"},
        {"kind": "other"},
        {"kind": "text", "text": "x", "edited": True},
    ]
    for opening in ("/help", "/report"):
        await crowd.say(actor, opening)
        for word in WORDS:
            await crowd.say(actor, word)
        for content in odd:
            await crowd.act(actor, **content)


@pytest.mark.parametrize("actor", ["李强", "冯静"])
async def test_every_command_takes_any_argument(crowd: Crowd, actor: str) -> None:
    for name in COMMANDS:
        for word in ("", "9" * 400, "\x00", "١", "-1", "gate-qh010101"):
            await crowd.say(actor, f"/{name} {word}")
