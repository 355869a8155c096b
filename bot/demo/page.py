"""The page of phones: a visitor chats as every person of the demo, moves its clock, is guided.

Shows the town and acts in it as its people do; the bot never notices who holds the phone. What
lies behind the phones, clock, tour and district, is the desk's affair.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import locales
from bot.demo.acts import act
from bot.demo.assets import HEADERS, send_file, send_static, send_words
from bot.demo.chats import Message, image_kind, key_rows
from bot.demo.profile import Profile
from bot.demo.rules import Body
from bot.demo.town import Town
from models.clock import DEFAULT_ZONE

MOVES = ("next", "6h", "day")
MESSAGES_SHOWN = 200
HEARTBEAT_S = 15.0
ACT_BYTES_LIMIT = 15_000_000


@dataclass(frozen=True, slots=True)
class Phone:
    """Somebody whom the visitor plays. `code` names her words (page.who.<code>.name, .role,
    .story), `payload` is what Start carries (a scanned QR code)."""

    user_id: int
    code: str
    payload: str = ""


class Desk(Protocol):
    """What the visitor moves besides the phones."""

    async def scene(self) -> Body:
        """What is due next and how far the tour is: "edition", "next", "tour"."""
        ...

    async def move(self, how: str) -> None:
        """Move the clock, as one of MOVES."""
        ...

    async def skip(self, step: str) -> None:
        """Leave out a step of the tour; ValueError when there is none of that name."""
        ...

    async def speak(self, lang: str) -> None:
        """From now on the bot talks to the phones in one of locales.LANGS."""
        ...

    def start_over(self) -> None:
        """Make a fresh district; this one ends."""
        ...


class Page:
    """Whoever has a phone must be in the town before somebody looks. Without a desk there are
    phones only."""

    def __init__(
        self, phones: Sequence[Phone], *, zone: ZoneInfo = DEFAULT_ZONE, desk: Desk | None = None
    ) -> None:
        self.desk = desk
        self._phones = {phone.user_id: phone for phone in phones}
        self._zone = zone

    def routes(self, town: Town, profile: Profile) -> list[Route]:
        view = _View(self, self._phones, self._zone, town, profile)
        return [
            Route("/", view.index),
            Route("/demo/static/{name}", view.static),
            Route("/demo/words", view.words),
            Route("/demo/state", view.state),
            Route("/demo/events", view.events),
            Route("/demo/file/{file_id}", view.file),
            Route("/demo/act", view.act, methods=["POST"]),
            Route("/demo/clock", view.clock, methods=["POST"]),
            Route("/demo/tour", view.tour, methods=["POST"]),
            Route("/demo/language", view.language, methods=["POST"]),
            Route("/demo/restart", view.restart, methods=["POST"]),
        ]


class _View:
    def __init__(
        self,
        page: Page,
        phones: Mapping[int, Phone],
        zone: ZoneInfo,
        town: Town,
        profile: Profile,
    ) -> None:
        self._page = page
        self._phones = phones
        self._zone = zone
        self._town = town
        self._profile = profile
        # What was looked at later wins: answers and events overtake each other on their way.
        self._looks = itertools.count(1)

    # -- what is shown ---------------------------------------------------------------------

    async def index(self, request: Request) -> Response:
        return send_static("index.html")

    async def static(self, request: Request) -> Response:
        return send_static(request.path_params["name"])

    async def words(self, request: Request) -> Response:
        return send_words()

    async def file(self, request: Request) -> Response:
        found = self._town.files.get(request.path_params["file_id"])
        return send_file(found, download="download" in request.query_params)

    async def state(self, request: Request) -> Response:
        state = {
            "bot": self._town.bot,
            "zone": self._zone.key,
            "has_desk": self._page.desk is not None,
            "scene": await self._scene(),
            "phones": [self._phone(user_id) for user_id in self._phones],
        }
        return JSONResponse(state, headers=HEADERS)

    async def events(self, request: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=HEADERS)

    async def _stream(self) -> AsyncIterator[str]:
        changes = self._town.changes
        with changes.watch() as watch:
            yield "retry: 400\n: hello\n\n"
            async for chats, notices in changes.wait(watch, HEARTBEAT_S):
                for notice in notices:
                    yield _event(notice.kind, notice.detail)
                for user_id in chats & self._phones.keys():
                    yield _event("phone", self._phone(user_id))
                # Also once a heartbeat: what falls due may have no phone to ring.
                yield _event("scene", await self._scene())

    async def _scene(self) -> Body:
        now = {"look": next(self._looks), "now": int(self._town.clock.now().timestamp() * 1000)}
        return now | (await self._page.desk.scene() if self._page.desk else {})

    def _phone(self, user_id: int) -> Body:
        person = self._town.people[user_id]
        chat = self._town.chats[user_id]
        keyboard = chat.keyboard or {}
        return asdict(self._phones[user_id]) | {
            "look": next(self._looks),
            "started": person.started,
            "blocked": person.blocked,
            "lang": locales.closest(person.language_code),
            "description": self._profile.description_for(person),
            "commands": self._profile.commands_for(person),
            "keyboard": key_rows(chat.keyboard),
            "placeholder": keyboard.get("input_field_placeholder", ""),
            "messages": [self._seen(m) for m in list(chat.messages.values())[-MESSAGES_SHOWN:]],
        }

    def _seen(self, message: Message) -> Body:
        """One message as the page draws it."""
        body = message.body
        photos, document = body.get("photo"), body.get("document")
        return {
            "id": message.message_id,
            "by_bot": message.by_bot,
            "at": body["date"],
            "edited": "edit_date" in body,
            "read": message.by_bot or not self._town.updates.waits(message.update_id),
            "text": body.get("text") or body.get("caption", ""),
            "entities": body.get("entities") or body.get("caption_entities") or [],
            "photo": _photo(photos[-1]) if photos else None,
            "document": self._document(document) if document else None,
            "contact": body.get("contact"),
            "location": body.get("location"),
            "sticker": body.get("sticker", {}).get("emoji", ""),
            "protected": body.get("has_protected_content", False),
            "rows": message.rows,
        }

    def _document(self, document: Body) -> Body:
        content = self._town.files[document["file_id"]].content
        return {
            "id": document["file_id"],
            "name": document["file_name"],
            "size": document["file_size"],
            "picture": bool(image_kind(content)),
        }

    # -- what is done ----------------------------------------------------------------------

    async def act(self, request: Request) -> Response:
        """Do what a person does with her phone."""
        wish = await _wish(request)
        try:
            act(self._town, self._phones[wish["user_id"]].user_id, wish)
        except (ValueError, KeyError, TypeError) as error:
            return _refuse(str(error))
        return JSONResponse({"ok": True})

    async def clock(self, request: Request) -> Response:
        """Move the demo's clock; every open page hears of it."""
        wish = await _wish(request)
        if self._page.desk is None or wish.get("move") not in MOVES:
            return _refuse("bad_request")
        await self._page.desk.move(wish["move"])
        return self._changed(await self._scene())

    async def tour(self, request: Request) -> Response:
        wish = await _wish(request)
        try:
            if self._page.desk is None:
                raise ValueError("no desk")
            await self._page.desk.skip(str(wish["skip"]))
        except (ValueError, KeyError) as error:
            return _refuse(str(error))
        return self._changed(await self._scene())

    async def language(self, request: Request) -> Response:
        wish = await _wish(request)
        if self._page.desk is None or wish.get("lang") not in locales.LANGS:
            return _refuse("bad_request")
        await self._page.desk.speak(wish["lang"])
        return self._changed({"ok": True})

    async def restart(self, request: Request) -> Response:
        wish = await _wish(request)
        if self._page.desk is None or wish.get("sure") is not True:
            return _refuse("bad_request")
        self._page.desk.start_over()
        return JSONResponse({"ok": True})

    def _changed(self, answer: Body) -> Response:
        self._town.changes.tell("moved")
        return JSONResponse(answer, headers=HEADERS)


def _refuse(reason: str) -> Response:
    return JSONResponse({"error": reason}, 400)


async def _wish(request: Request) -> Body:
    """The JSON object of a request, empty when there is none. Demanding JSON keeps other sites'
    forms out."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {}
    body = await request.body()
    if len(body) > ACT_BYTES_LIMIT:
        return {}
    try:
        wish = json.loads(body)
    except ValueError:
        return {}
    return wish if isinstance(wish, dict) else {}


def _event(kind: str, detail: Mapping[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(detail, ensure_ascii=False)}\n\n"


def _photo(size: Body) -> Body:
    return {"id": size["file_id"], "width": size["width"], "height": size["height"]}
