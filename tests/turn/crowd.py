"""People who do anything on one database; whatever comes of it is judged.

Every event must be answered, in words that a platform takes, to nobody who may not read them, and
change nothing out of its sender's reach. Knows what may be said and changed, and no feature.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest import mock

from cast import CHANNEL
from counting import counted
from district import MARKED
from ledger import Ledger, Turned, dump, homes_of, of, scope_of
from structlog.testing import capture_logs
from talk import Read, Talk
from transcripts.phones import Phones
from transcripts.stage import ZONE, filled_here, opened_here

import locales
from bot.app import works
from bot.channels.base import Rendered
from bot.channels.parts import CAPTION_LIMIT, TEXT_LIMIT, cut, units
from bot.dispatcher import Dispatcher
from bot.jobs import Runner
from bot.rendering import enclosed, render
from models.clock import StoppedClock, monotonic
from models.files import File, is_kept
from models.messages import VERBATIM, Inbound, Outbound, Text
from models.outbox import Delivery
from models.people import Person
from models.reach import lose

# The platform tells us of these; nobody waits for an answer.
SILENT = ("blocked", "unblocked", "joined", "left", "moved", "disclosure")
# Somebody lost is another's to find.
LOST = ("blocked", "left")
MOST_STATEMENTS = 64  # a day is counted for its report, a statement a section
MOST_BUTTONS, MOST_IN_A_ROW = 100, 8
SUM = ("reported", "missing", "unreachable", "waived")


@dataclass
class Crowd:
    """`shown` is every button that anybody ever had, with its owner."""

    talk: Talk
    shown: list[tuple[str, str]] = field(default_factory=list)
    posters: list[str] = field(default_factory=list)  # what the code on each begins
    most_statements: int = 0
    phones: Phones = field(default_factory=Phones)
    _told: dict[str, str] = field(default_factory=lambda: defaultdict(str))  # what each has typed
    ledger: Ledger = field(default_factory=dict)
    _marked: Mapping[str, int] = field(default_factory=dict)

    async def begin(self) -> None:
        """See how everything stands, and which buttons there are."""
        people = await self.talk.rows(Person.id, Person.name)
        self._marked = {row.name: row.id for row in people if row.name in MARKED}
        await self.look()
        for letter in await self.talk.letters(0):
            self.shown += [(letter.to, data) for data in letter.taps]

    async def look(self) -> None:
        """See how everything stands, after something that nobody did in chat."""
        self.ledger = await self._dump()

    # -- what people do --------------------------------------------------------------------------

    async def act(self, actor: str, **content: Any) -> list[Read]:
        """One event; what everybody was told."""
        return await self.hear(self.talk.event(actor, **content))

    async def hear(self, event: Inbound) -> list[Read]:
        actor = event.chat.removeprefix(f"{CHANNEL}:")
        self._told[actor] += event.text
        self._note_the_last()
        with faultless(), counted(self.talk.db) as sent:
            letters = await self.talk.deliver(event)
        self.most_statements = max(self.most_statements, len(sent))
        assert len(sent) <= MOST_STATEMENTS, (event, len(sent))
        if event.kind not in SILENT and not event.place:
            assert any(letter.to == actor for letter in letters), f"{event} was not answered"
        before, self.ledger = self.ledger, await self._dump()
        turned = Turned(before, self.ledger, actor)
        if event.kind not in LOST:
            assert not turned.strange(), f"{event} changed {turned.strange()}"
        self._check_secrets(before, letters, actor)
        self._read(letters)
        return letters

    async def tap(self, actor: str, data: str) -> list[Read]:
        return await self.act(actor, kind="tap", data=data, message_id="m1")

    async def say(self, actor: str, text: str) -> list[Read]:
        return await self.act(actor, kind="text", text=text)

    async def twice(self, actor: str, **content: Any) -> None:
        """The platform offers the same update again: nothing at all comes of it."""
        event = self.talk.event(actor, **content)
        await self.hear(event)
        with faultless():
            assert await self.talk.deliver(event) == []
        # An update that is known may not even leave a row.
        assert await self._dump() == self.ledger, event

    async def together(self, events: Sequence[Inbound]) -> None:
        """Several people at the same moment: one batch, each answered."""
        self._note_the_last()
        with faultless():
            letters = await self.talk.deliver(*events)
        for event in events:
            actor = event.chat.removeprefix(f"{CHANNEL}:")
            assert any(letter.to == actor for letter in letters), f"{event} was not answered"
        before, self.ledger = self.ledger, await self._dump()
        self._check_secrets(before, letters)
        people = {event.chat.removeprefix(f"{CHANNEL}:") for event in events}
        strange = [Turned(before, self.ledger, person).strange().keys() for person in people]
        assert not set.intersection(*map(set, strange)), "nobody's to change"
        self._read(letters)

    # -- what happens by itself ------------------------------------------------------------------

    async def pass_time(self, span: timedelta) -> None:
        self._note_the_last()
        with faultless():
            letters = await self.talk.pass_time(span)
        before, self.ledger = self.ledger, await self._dump()
        self._check_secrets(before, letters)
        self._read(letters)

    async def dispatch(self) -> None:
        """Everything that waits is sent; nothing in it may be impossible to send."""
        clock = StoppedClock(self.talk.now)
        with faultless():
            parts = (clock, locales.render, monotonic, lose)
            await Dispatcher(self.talk.db, {CHANNEL: self.phones}, *parts).drain()
        self.ledger = await self._dump()
        for row in of(self.ledger, "outbox"):
            assert row["state"] != Delivery.FAILED or row["reason"] == "unreachable", row
        self._read(await self.talk.letters())

    async def work(self) -> None:
        """The jobs that people asked for are done."""
        self._note_the_last()
        clock = StoppedClock(self.talk.now)
        jobs = works(self.talk.db, {CHANNEL: self.phones}, clock, ZONE)
        with (
            faultless(),
            mock.patch("bot.imports.errand.opened", opened_here),
            mock.patch("bot.documents.process._ask", filled_here),
        ):
            await Runner(self.talk.db, jobs, clock, lambda: None).drain()
        await self.look()
        self._read(await self.talk.letters())

    # -- how it is judged ------------------------------------------------------------------------

    async def _dump(self) -> Ledger:
        async with self.talk.db.read() as session:
            return await dump(session)

    def _note_the_last(self) -> None:
        """SQLite counts from the start again when the outbox was purged to its last row."""
        self.talk.read_to = max((row["id"] for row in of(self.ledger, "outbox")), default=0)

    def _read(self, letters: Sequence[Read]) -> None:
        for letter in letters:
            check_words(letter.message)
            check_sums(letter.message)
            self.shown += [(letter.to, data) for data in letter.taps]
            if letter.message.poster:
                self.posters.append(letter.message.poster.start)

    def _check_secrets(self, before: Ledger, letters: Sequence[Read], actor: str = "") -> None:
        """Nobody reads of a person whom she may not see; a whole number leaves its proof."""
        for letter in letters:
            said = "\n".join(words(letter.message, "zh_Hans"))
            for name, marked in MARKED.items():
                known = self._told[letter.to]
                if not any(s in said and s not in known for s in (name, *marked.secrets())):
                    continue
                assert self._may_read(before, letter.to, name) or self._may_read(
                    self.ledger, letter.to, name
                ), f"{letter.to} read of {name} after {actor}: {said}"
                if any(s in said and s not in known for s in (marked.phone, marked.number)):
                    self._check_proof(before, letter.to, "phone.revealed", self._marked[name])
            if letter.message.photo and not is_kept(letter.message.photo):
                self._check_proof(before, letter.to, "picture.shown")

    def _may_read(self, ledger: Ledger, reader: str, name: str) -> bool:
        person, scope = self._marked[name], scope_of(ledger, reader)
        return person in scope.people or any(scope.works_in(h) for h in homes_of(ledger, person))

    def _check_proof(self, before: Ledger, reader: str, deed: str, person: int = 0) -> None:
        """That it was shown is written down, with who looked."""
        account = scope_of(self.ledger, reader).account["id"]
        proofs = [
            row
            for row in of(self.ledger, "audit")
            if ("audit", row["id"]) not in before
            and (row["account_id"], row["action"]) == (account, deed)
            and (not person or row["subject"] == f"person:{person}")
        ]
        assert proofs, f"{deed} to {reader}, and nobody wrote it down"


# -- what a message must be ------------------------------------------------------------------------


def words(message: Outbound, lang: str) -> list[str]:
    """Its text and the labels of its buttons; raises where a placeholder stays empty."""
    shown = complete(message, lang)
    poster = [shown.poster.text] if shown.poster else []
    return [*poster, shown.text, *(button.label for row in shown.rows for button in row)]


def complete(message: Outbound, lang: str) -> Rendered:
    """In words, with files of whatever content."""
    files = {key: File("a.xlsx", "", b"x") for key in enclosed(message)}
    return render(message, lang, locales.render, files)


def check_words(message: Outbound) -> None:
    """It says something in every language, its buttons fit, and a platform takes it."""
    for text in every_text([*message.lines, *(b.label for row in message.rows for b in row)]):
        for lang in locales.LANGS:
            assert text.key == VERBATIM or locales.has(text.key, lang), f"{lang} lacks {text.key}"
    for lang in locales.LANGS:
        assert all(said.strip() for said in words(message, lang)), message
        for part in cut(complete(message, lang)):
            check_size(part)
    assert all(len(b.data.encode()) <= 64 for row in message.rows for b in row), message.rows


def check_size(part: Rendered) -> None:
    assert units(part.text) <= (
        CAPTION_LIMIT if part.photo or part.document or part.poster else TEXT_LIMIT
    )
    assert sum(len(row) for row in part.rows) <= MOST_BUTTONS
    assert all(len(row) <= MOST_IN_A_ROW for row in part.rows), part.rows


def check_sums(message: Outbound) -> None:
    """Whatever a digest counts as due became one of four things."""
    for text in every_text(message.lines):
        assert text.key != "digest.mismatch", text
        if "due" in text.params and set(SUM) <= text.params.keys():
            assert text.params["due"] == sum(int(str(text.params[name])) for name in SUM), text


def every_text(values: Sequence[Any]) -> list[Text]:
    """The texts, and those that fill their placeholders."""
    found: list[Text] = []
    for value in values:
        if isinstance(value, Text):
            found += [value, *every_text(list(value.params.values()))]
        elif isinstance(value, list | tuple):
            found += every_text(value)
    return found


# -- what the program must not do ------------------------------------------------------------------


@contextmanager
def faultless() -> Iterator[None]:
    """Nothing is logged as an error."""
    with capture_logs() as logs:
        yield
    faults = [entry for entry in logs if entry["log_level"] in ("error", "critical")]
    assert not faults, faults
