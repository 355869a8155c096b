"""Every checklist in every language, walked to its receipt with buttons and without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cast import chat_of
from sqlalchemy import select, update
from talk import Read, Talk

import locales
from bot.channels.console import ConsoleChannel
from bot.rendering import LABEL_LIMIT, render
from models.accounts import Account
from models.messages import Text
from models.units import Unit
from models.venues.checklists import Item, shipped
from models.venues.kinds import VenueKind
from models.venues.managing import Told, add_venue
from models.venues.problem import Problem
from models.venues.venue import Venue

INSPECTOR = "郑义"
WORD = "不合格的情况"


@dataclass
class Hand:
    """An inspector at her phone in one language, or at a channel that knows no buttons: there she
    reads numbers and types one."""

    talk: Talk
    lang: str
    buttons: bool
    folder: Path
    read: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plain = ConsoleChannel(INSPECTOR, self.read.append, 1, self.folder)
        self.plain.chat = chat_of(INSPECTOR)
        self.labels: dict[str, str] = {}
        self.numbers: dict[str, int] = {}

    async def take(self, letters: list[Read]) -> None:
        """What she is sent, as she reads it."""
        for letter in letters:
            if letter.to != INSPECTOR:
                continue
            message = render(letter.message, self.lang, locales.render)
            await self.plain.send(self.plain.chat, message)
            self.read[-1:] = [self.read[-1] if not self.buttons else message.text]
            shown = [button for row in message.rows for button in row]
            if shown:
                self.labels = {button.label: button.data for button in shown}
                self.numbers = {button.label: n for n, button in enumerate(shown, 1)}

    async def choose(self, label: str) -> None:
        """A tap on it, or its number."""
        if self.buttons:
            await self.take(await self.talk.tap(INSPECTOR, self.labels[label]))
            return
        assert f"[{self.numbers[label]}] {label}" in "\n".join(self.read)
        event = self.plain.event(str(self.numbers[label]), "unused")
        assert event.kind == "tap"
        mine = self.talk.event(INSPECTOR, kind="tap", data=event.data, message_id=event.message_id)
        await self.take(await self.talk.deliver(mine))

    async def say(self, text: str) -> None:
        await self.take(await self.talk.say(INSPECTOR, text))

    async def send(self, **content: Any) -> None:
        await self.take(await self.talk.deliver(self.talk.event(INSPECTOR, **content)))

    def words(self, key: str, **params: Any) -> str:
        return locales.render(self.lang, Text(key, params))


def spelt(item: Item, lang: str) -> str:
    return locales.render(lang, item.label)


@pytest.fixture(params=locales.LANGS)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("buttons", [True, False], ids=["buttons", "numbers"])
async def test_each_kind_is_walked_to_its_receipt(
    talk: Talk, lang: str, buttons: bool, tmp_path: Path
) -> None:
    async with talk.db.write() as session:
        mine = update(Account).where(Account.chat == chat_of(INSPECTOR))
        await session.execute(mine.values(lang=lang))
        unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
        venues = {
            kind: await add_venue(session, Told(kind, kind, kind, unit.id), None, talk.now)
            for kind in VenueKind
        }
    hand = Hand(talk, lang, buttons, tmp_path)
    for kind, venue in venues.items():
        await _walk(hand, kind, venue)
    async with talk.db.read() as session:
        found = (await session.scalars(select(Problem).order_by(Problem.id))).all()
    assert [(one.venue_id, one.word) for one in found] == [
        (venue.id, WORD) for venue in venues.values()
    ]


async def _walk(hand: Hand, kind: VenueKind, venue: Venue) -> None:
    """The last item with a picture fails, all others are fine."""
    items = shipped(kind)
    failing = next(item for item in reversed(items) if item.photo)
    hand.read.clear()
    await hand.take(await hand.talk.tap(INSPECTOR, f"a:inspect:{venue.id}"))
    for item in items:
        assert spelt(item, hand.lang) in hand.labels, f"{kind} {item.code}"
    await hand.choose(spelt(failing, hand.lang))
    await hand.say(WORD)
    await hand.send(kind="photo", file="p")
    await hand.choose(hand.words("engine.no"))
    await hand.choose(hand.words("engine.rest_fine"))
    receipt = hand.read[-1]
    assert locales.render(hand.lang, failing.text) in receipt, receipt
    assert WORD in receipt
    assert str(len(items) - 1) in receipt
    for said in hand.read:
        assert "{" not in said, said


def every_item() -> Iterator[tuple[VenueKind, Item]]:
    return ((kind, item) for kind in VenueKind for item in shipped(kind))


def test_every_item_fits_a_button_even_when_it_is_flagged(lang: str) -> None:
    for kind, item in every_item():
        flagged = Text("engine.flagged", {"label": item.label})
        assert len(locales.render(lang, flagged)) <= LABEL_LIMIT, (kind, item.code)


def test_an_item_says_another_thing_in_each_language_than_its_key(lang: str) -> None:
    for kind, item in every_item():
        said = locales.render(lang, replace(item.text))
        assert said, (kind, item.code)
        assert said != item.text.key, (kind, item.code)
