"""Questions whose answer is one value that is typed or sent: text, numbers, dates, a photo.

What people type is made out by parse; the bounds are pydantic's.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from handlers.engine import parse
from handlers.engine.context import Look
from handlers.engine.form import COLDEST, HOTTEST, DaySpan, Location, Mode, Transport
from handlers.engine.question import Cell, Grid, Outcome, Question, Taken, grid
from handlers.engine.refusals import Refusal, refuse
from models.identity import IdDocument, IdKind
from models.messages import Inbound, Text, verbatim


class TextQuestion(Question):
    """Free text."""


class ProseQuestion(Question):
    """Words for other people to read, lines and punctuation as typed."""

    prose = True


class NumberQuestion(Question):
    """A whole or decimal number."""

    kind = "number"
    numeric = True

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        return parse.number(text), ""


class TemperatureQuestion(Question):
    """A body temperature in °C."""

    kind = "temperature"
    numeric = True

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        value, rest = parse.temperature_and_rest(text)
        if not COLDEST <= value <= HOTTEST:
            raise parse.Unreadable("temperature_range", low=COLDEST, high=HOTTEST)
        return value, rest if self.ask.also else ""

    def show(self, value: Decimal, labels: Mapping[str, str]) -> Text:
        return Text("engine.value.celsius", {"value": value})


class NameQuestion(Question):
    """A person's name."""

    kind = "name"

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        if self.ask.also:
            return parse.name_and_rest(text)
        return parse.person_name(text), ""


class PhoneQuestion(Question):
    """A telephone number, typed or shared."""

    kind = "phone"

    def keyboard(self, look: Look) -> str:
        return "contact" if self._own(look) else ""

    def _own(self, look: Look) -> bool:
        own = self.ask.own
        if not callable(own):
            return own
        try:
            return bool(own(look.answers))
        except (TypeError, AttributeError):
            return True  # the stricter reading while an answer is missing

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        return parse.phone(text), ""

    def sent(self, look: Look, inbound: Inbound) -> Outcome:
        if inbound.kind != "contact":
            raise refuse(self.expected)
        if self._own(look) and not inbound.own_contact:
            raise refuse("contact_not_own")
        return self.typed(look, inbound.phone)


class IdentityQuestion(Question):
    """A resident ID, a passport or a permit."""

    kind = "identity"

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        return parse.id_document(text, look.context.today), ""

    def show(self, value: IdDocument, labels: Mapping[str, str]) -> Text:
        if value.kind == IdKind.RESIDENT:
            return verbatim(value.number)
        return Text(f"engine.value.{value.kind}", {"number": value.number})


class TransportQuestion(Question):
    """How somebody travelled; a tap gives the means, a text the number too."""

    kind = "transport"

    def cells(self, look: Look) -> Grid:
        return grid([Cell(Text(f"engine.transport.{mode}"), f"m:{mode}") for mode in Mode], 2)

    def tapped(self, look: Look, tap: str) -> Outcome | None:
        mode = tap.removeprefix("m:")
        if tap == mode or mode not in set(Mode):
            return None
        return Taken(self.accept({"mode": mode}))

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        mode, number = parse.transport(text)
        return {"mode": mode, "number": number}, ""

    def show(self, value: Transport, labels: Mapping[str, str]) -> Text:
        mode = Text(f"engine.transport.{value.mode}")
        if not value.number:
            return mode
        return Text("engine.value.transport", {"mode": mode, "number": value.number})


class DayQuestion(Question):
    """A calendar day."""

    kind = "day"

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        return parse.day(text, look.context.today, prefer=self.ask.prefer), ""

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        return Text("engine.value.day", {"on": value})


class SpanQuestion(Question):
    """Some days in a row; a day alone is the last one, today the first."""

    kind = "span"

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        first, last = parse.span(text, look.context.today)
        return {"first": first, "last": last}, ""

    def show(self, value: DaySpan, labels: Mapping[str, str]) -> Text:
        if value.first == value.last:
            return Text("engine.value.day", {"on": value.first})
        return Text("engine.value.span", {"first": value.first, "last": value.last})


class MomentQuestion(Question):
    """An instant; read in local time, kept in UTC."""

    kind = "moment"

    def read(self, look: Look, text: str) -> tuple[Any, str]:
        return parse.moment(text, look.context.now, look.context.zone, self.ask.prefer), ""

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        return Text("engine.value.moment", {"at": value})


class PhotoQuestion(Question):
    """A picture, kept as the platform's file id; its caption may answer another field."""

    kind = "photo"

    def typed(self, look: Look, text: str) -> Outcome:
        raise refuse(self.expected)

    def sent(self, look: Look, inbound: Inbound) -> Outcome:
        if inbound.kind != "photo" or not inbound.file:
            raise refuse(self.expected)
        return Taken(self.accept(inbound.file), inbound.text)

    def show(self, value: Any, labels: Mapping[str, str]) -> Text:
        return Text("engine.value.photo")


class LocationQuestion(Question):
    """A point on the map, sent, or typed as latitude and longitude."""

    kind = "location"

    def keyboard(self, look: Look) -> str:
        return "location"

    def typed(self, look: Look, text: str) -> Outcome:
        try:
            latitude, longitude = (float(part) for part in text.replace(",", " ").split())
        except ValueError:
            raise refuse(self.expected) from None
        return self._taken(latitude, longitude)

    def sent(self, look: Look, inbound: Inbound) -> Outcome:
        if inbound.kind != "location":
            raise refuse(self.expected)
        return self._taken(inbound.latitude, inbound.longitude)

    def _taken(self, latitude: float | None, longitude: float | None) -> Outcome:
        try:
            return Taken(self.accept({"latitude": latitude, "longitude": longitude}))
        except Refusal:
            raise refuse(self.expected) from None  # the bounds of the globe explain nothing

    def show(self, value: Location, labels: Mapping[str, str]) -> Text:
        return Text(
            "engine.value.location", {"latitude": value.latitude, "longitude": value.longitude}
        )
