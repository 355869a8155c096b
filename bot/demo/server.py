"""A Bot API server of our own: the other end of the wire for tests and for `gridbot demo`.

Turns HTTP into calls on the town and back. Knows nothing of what the bot is for.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.demo.faults import Fault
from bot.demo.limits import Limits, Meter
from bot.demo.page import Page
from bot.demo.params import Params, read_params
from bot.demo.profile import Profile
from bot.demo.rules import Body, Refused, blocked_by_user, too_many_requests
from bot.demo.sending import QUERY_LIFE_S, Sending
from bot.demo.topics import Topics
from bot.demo.town import Town
from bot.demo.webhook import Webhook
from models.clock import Clock, monotonic

DEMO_TOKEN = "1000001:AAdemo-of-gridbot_not-a-secret_00000"  # noqa: S105 -- opens only itself
KEEP_ALIVE_S = 75  # longer than clients keep idle connections, so that we never close first
Method: TypeAlias = Callable[[Params], Awaitable[Any]]


@dataclass(slots=True)
class Call:
    """One request of the bot; `outcome` is "ok", a code with its description, or a fault."""

    method: str
    params: dict[str, Any]
    at_monotonic: float = field(default_factory=monotonic)
    outcome: str = "pending"


class BotApiServer(Town):
    """A town that answers the Bot API under `/bot<token>/` and shows its phones under `/`.

    `strict` turns the real flood limits on; `limits` sets others.
    """

    def __init__(
        self,
        token: str = DEMO_TOKEN,
        *,
        name: str = "gridbot",
        username: str = "gridbot_demo_bot",
        clock: Clock | None = None,
        strict: bool = False,
        limits: Limits | None = None,
        page: Page | None = None,
        query_life_s: float = QUERY_LIFE_S,
        webhook_retry_s: float = 0.5,
        seed: int = 0,
    ) -> None:
        super().__init__(token, name=name, username=username, clock=clock, seed=seed)
        meter = Meter(limits or (Limits() if strict else None))
        self.calls: list[Call] = []
        self.profile = Profile(self)
        self._webhook = Webhook(self.updates, self.clock, webhook_retry_s)
        self._methods = self._index(Sending(self, meter, query_life_s))
        self._http: uvicorn.Server | None = None
        self._closing = asyncio.Event()
        routes = [
            Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._send_file),
        ]
        self.app = Starlette(routes=routes + (page.routes(self, self.profile) if page else []))

    def called(self, method: str) -> list[Call]:
        """The calls of one method, oldest first."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    @asynccontextmanager
    async def serving(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        listener: socket.socket | None = None,
    ) -> AsyncIterator[str]:
        """Serve inside the running loop; gives the root address. A `listener` of the caller's
        stays open afterwards: who comes in between waits for the next one that serves it."""
        door = listener.dup() if listener else socket.create_server((host, port))
        # Inherited by every connection. The loop leaves it off for sockets made like this one, and
        # each answer, written in two pieces, would wait 40 ms for the client to confirm the first.
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = "http://{}:{}".format(*door.getsockname()[:2])
        self._http = _LoopServer(
            uvicorn.Config(
                self.app,
                http="h11",
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=2,
                date_header=False,
            ),
            self._closing,
        )
        self._open()
        serving = asyncio.create_task(self._http.serve(sockets=[door]))
        try:
            yield address
        finally:
            await self._close()
            await serving
            self._http = None

    def _open(self) -> None:
        self._closing.clear()
        self.updates.open()
        self.changes.open()
        self._webhook.resume()

    async def _close(self) -> None:
        """Let go of everybody who waits, so that nothing has to be cut off."""
        self._closing.set()
        self.updates.close()
        self.changes.close()
        await self._webhook.pause()

    # -- requests --------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return JSONResponse(Refused(401, "Unauthorized").as_body(), 401)
        try:
            params = await read_params(request)
        except Refused as refusal:
            return JSONResponse(refusal.as_body(), refusal.code)
        except ClientDisconnect:  # the bot was killed in the middle of a request
            return Response(status_code=400)
        call = Call(request.path_params["method"], params.values)
        self.calls.append(call)
        fault = self.faults.take_for_call(call.method)
        if fault is not None and fault.kind == "drop_before":
            return await self._hang_up(request, call, fault)
        response = await self._respond(call, params, fault)
        if fault is not None and fault.kind == "drop_after":
            return await self._hang_up(request, call, fault)
        if fault is not None and fault.kind == "hang":
            call.outcome = f"{call.outcome}, hang"
            await self._rest(fault.seconds)
        return response

    async def _respond(self, call: Call, params: Params, fault: Fault | None) -> Response:
        try:
            _refuse_on(fault)
            result = await self._method(call.method)(params)
        except Refused as refusal:
            call.outcome = f"{refusal.code} {refusal.description}"
            return JSONResponse(refusal.as_body(), refusal.code)
        call.outcome = "ok"
        return JSONResponse({"ok": True, "result": result})

    def _method(self, name: str) -> Method:
        if (method := self._methods.get(name.lower())) is None:
            raise Refused(404, "Not Found: method not found")
        return method

    async def _send_file(self, request: Request) -> Response:
        file = self.files.get(request.path_params["path"].partition("/")[0])
        if request.path_params["token"] != self.token or file is None:
            return JSONResponse(Refused(404, "Not Found").as_body(), 404)
        return Response(file.content, media_type=file.mime)

    async def _hang_up(self, request: Request, call: Call, fault: Fault) -> Response:
        """Cut the connection under the client's feet."""
        call.outcome = fault.kind
        assert self._http is not None, "only a served connection can be cut"
        for connection in list(self._http.server_state.connections):
            if isinstance(connection, H11Protocol) and connection.client == request.client:
                connection.transport.abort()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response()  # to nobody

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    # -- methods ---------------------------------------------------------------------------

    def _index(self, sending: Sending) -> Mapping[str, Method]:
        """Methods by lower-case name: the real server does not mind capitals either."""
        topics = Topics(self)
        return {
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": sending.send_message,
            "sendphoto": sending.send_photo,
            "senddocument": sending.send_document,
            "editmessagetext": sending.edit_message_text,
            "editmessagecaption": sending.edit_message_caption,
            "editmessagereplymarkup": sending.edit_message_reply_markup,
            "deletemessage": sending.delete_message,
            "answercallbackquery": sending.answer_callback_query,
            "sendchataction": sending.send_chat_action,
            "getme": self.profile.get_me,
            "getchat": self.profile.get_chat,
            "getchatmember": topics.get_chat_member,
            "createforumtopic": topics.create_forum_topic,
            "getfile": self.profile.get_file,
            "setmycommands": self.profile.set_my_commands,
            "getmycommands": self.profile.get_my_commands,
            "deletemycommands": self.profile.delete_my_commands,
            "setchatmenubutton": self.profile.set_chat_menu_button,
            "getchatmenubutton": self.profile.get_chat_menu_button,
            "setmydescription": self.profile.set_my_description,
            "setmyshortdescription": self.profile.set_my_short_description,
        }

    async def _get_updates(self, params: Params) -> list[Body]:
        self._webhook.refuse_polling()
        self.updates.allow(params.nested("allowed_updates"))
        return await self.updates.poll(
            params.integer("offset"), params.integer("limit", 100), params.integer("timeout")
        )

    async def _set_webhook(self, params: Params) -> bool:
        self.updates.allow(params.nested("allowed_updates"))
        if not params.text("url"):
            return await self._delete_webhook(params)
        if params.flag("drop_pending_updates"):
            self.updates.forget_all()
        await self._webhook.point_to(params.text("url"), params.text("secret_token"))
        self.updates.end_poll("setWebhook request")
        return True

    async def _delete_webhook(self, params: Params) -> bool:
        if params.flag("drop_pending_updates"):
            self.updates.forget_all()
        await self._webhook.remove()
        return True

    async def _get_webhook_info(self, params: Params) -> Body:
        return self._webhook.as_info()


class _LoopServer(uvicorn.Server):
    """Leaves Ctrl-C to whoever owns the loop, and stops when told rather than at a tick."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def main_loop(self) -> None:
        await self._stop.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _refuse_on(fault: Fault | None) -> None:
    match fault.kind if fault else "":
        case "429":
            assert fault is not None
            raise too_many_requests(fault.retry_after)
        case "500":
            raise Refused(500, "Internal Server Error")
        case "403":
            raise blocked_by_user()
