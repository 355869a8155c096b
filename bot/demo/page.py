"""The page of phones: a visitor chats as every person of the demo and moves its clock.

Shows the town and acts in it as its people do; the bot never notices who holds the phone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.demo.chats import Message, key_rows
from bot.demo.profile import Profile
from bot.demo.rules import Body
from bot.demo.town import Town
from models.clock import DEFAULT_ZONE

Words: TypeAlias = str | Mapping[str, str]  # one text, or one a language ("zh", "en")
OnClock: TypeAlias = Callable[[str], Awaitable[datetime]]

MOVES = ("next", "6h", "day")
MESSAGES_SHOWN = 200
HEARTBEAT_S = 15.0
ACT_BYTES_LIMIT = 15_000_000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
STATIC = {
    "index.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "phone.js": "text/javascript",
    "message.js": "text/javascript",
    "words.json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Phone:
    """Somebody whom the visitor plays; `payload` is what Start carries (a scanned QR code)."""

    user_id: int
    name: Words
    role_line: Words
    story: Words
    payload: str = ""


class Page:
    """`on_clock` moves the demo's clock and gives the new instant; without it no buttons show.

    Whoever has a phone must be in the town before somebody looks.
    """

    def __init__(
        self,
        phones: Sequence[Phone],
        *,
        zone: ZoneInfo = DEFAULT_ZONE,
        on_clock: OnClock | None = None,
    ) -> None:
        self.on_clock = on_clock
        self._phones = {phone.user_id: phone for phone in phones}
        self._zone = zone

    def routes(self, town: Town, profile: Profile) -> list[Route]:
        view = _View(self, self._phones, self._zone, town, profile)
        return [
            Route("/", view.index),
            Route("/demo/static/{name}", view.static),
            Route("/demo/state", view.state),
            Route("/demo/events", view.events),
            Route("/demo/photo/{file_id}", view.photo),
            Route("/demo/act", view.act, methods=["POST"]),
            Route("/demo/clock", view.clock, methods=["POST"]),
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
        folder = files("bot.demo") / "static"
        self._static = {name: (folder / name).read_bytes() for name in STATIC}

    # -- what is shown ---------------------------------------------------------------------

    async def index(self, request: Request) -> Response:
        return self._file("index.html")

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        return self._file(name) if name in self._static else Response(status_code=404)

    async def photo(self, request: Request) -> Response:
        file = self._town.files.get(request.path_params["file_id"])
        if file is None:
            return Response(status_code=404)
        return Response(file.content, media_type=file.mime, headers=HEADERS)

    async def state(self, request: Request) -> Response:
        state = {
            "bot": self._town.bot,
            "zone": self._zone.key,
            "now": self._now_ms(self._town.clock.now()),
            "can_move": self._page.on_clock is not None,
            "phones": [self._phone(user_id) for user_id in self._phones],
        }
        return JSONResponse(state, headers=HEADERS)

    async def events(self, request: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=HEADERS)

    async def _stream(self) -> AsyncIterator[str]:
        changes = self._town.changes
        with changes.watch() as watch:
            yield ": hello\n\n"
            async for chats, notices in changes.wait(watch, HEARTBEAT_S):
                for notice in notices:
                    yield _event(notice.kind, notice.detail)
                for user_id in chats & self._phones.keys():
                    yield _event("phone", self._phone(user_id))
                if not chats and not notices:
                    yield ": still here\n\n"

    def _phone(self, user_id: int) -> Body:
        person = self._town.people[user_id]
        chat = self._town.chats[user_id]
        keyboard = chat.keyboard or {}
        return asdict(self._phones[user_id]) | {
            "started": person.started,
            "blocked": person.blocked,
            "description": self._profile.description_for(person),
            "commands": self._profile.commands_for(person),
            "keyboard": key_rows(chat.keyboard),
            "placeholder": keyboard.get("input_field_placeholder", ""),
            "messages": [_seen(m) for m in list(chat.messages.values())[-MESSAGES_SHOWN:]],
        }

    # -- what is done ----------------------------------------------------------------------

    async def act(self, request: Request) -> Response:
        """Do what a person does with her phone."""
        wish = await _wish(request)
        if wish is None:
            return JSONResponse({"error": "bad_request"}, 400)
        try:
            self._do(self._phones[wish["user_id"]].user_id, wish)
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"ok": True})

    def _do(self, user_id: int, wish: Body) -> None:
        town = self._town
        match wish["action"]:
            case "start":
                town.start(user_id, str(wish.get("payload", "")))
            case "write":
                town.write(user_id, str(wish["text"]))
            case "tap":
                town.tap(user_id, int(wish["message_id"]), str(wish["data"]))
            case "contact":
                town.share_contact(user_id)
            case "location":
                town.send_location(user_id, float(wish["latitude"]), float(wish["longitude"]))
            case "photo":
                content = base64.b64decode(wish["content"], validate=True)
                town.send_photo(user_id, content, str(wish.get("caption", "")))
            case "sticker":
                town.send_sticker(user_id)
            case "block":
                town.block(user_id)
            case "unblock":
                town.unblock(user_id)
            case other:
                raise ValueError(f"unknown action {other!r}")

    async def clock(self, request: Request) -> Response:
        """Move the demo's clock; every open page hears of it."""
        wish = await _wish(request)
        if self._page.on_clock is None or wish is None or wish.get("move") not in MOVES:
            return JSONResponse({"error": "bad_request"}, 400)
        now = self._now_ms(await self._page.on_clock(wish["move"]))
        self._town.changes.tell("clock", now=now)
        return JSONResponse({"now": now})

    # -- within ----------------------------------------------------------------------------

    def _file(self, name: str) -> Response:
        return Response(self._static[name], media_type=STATIC[name], headers=HEADERS)

    @staticmethod
    def _now_ms(now: datetime) -> int:
        return int(now.timestamp() * 1000)


async def _wish(request: Request) -> Body | None:
    """The JSON object of a request. Demanding JSON keeps other sites' forms out."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    body = await request.body()
    if len(body) > ACT_BYTES_LIMIT:
        return None
    try:
        wish = json.loads(body)
    except ValueError:
        return None
    return wish if isinstance(wish, dict) else None


def _event(kind: str, detail: Mapping[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(detail, ensure_ascii=False)}\n\n"


def _seen(message: Message) -> Body:
    """One message as the page draws it."""
    body = message.body
    photos = body.get("photo")
    return {
        "id": message.message_id,
        "by_bot": message.by_bot,
        "at": body["date"],
        "edited": "edit_date" in body,
        "text": body.get("text") or body.get("caption", ""),
        "entities": body.get("entities") or body.get("caption_entities") or [],
        "photo": photos[-1]["file_id"] if photos else "",
        "document": body.get("document", {}).get("file_name", ""),
        "contact": body.get("contact"),
        "location": body.get("location"),
        "sticker": body.get("sticker", {}).get("emoji", ""),
        "protected": body.get("has_protected_content", False),
        "rows": message.rows,
    }
