"""The local Bot API server, seen through python-telegram-bot and, for rude calls, plain HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import telegram
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonCommands,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

import locales
from bot.demo.limits import Limits, Meter
from bot.demo.page import Page, Phone
from bot.demo.server import BotApiServer
from models.clock import StoppedClock

WANG, LI, GROUP = 42, 43, -1001
MORNING = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cf"
    "c0000003010100c9fe92ef0000000049454e44ae426082"
)


def town(**options: Any) -> BotApiServer:
    server = BotApiServer(**options)
    server.add_person(WANG, "芳", "王", phone="+8613800000001")
    server.add_person(LI, "强", "李", phone="+8613800000002")
    return server


@asynccontextmanager
async def connected(server: BotApiServer) -> AsyncIterator[Bot]:
    async with server.serving() as url, client(server, url) as bot:
        yield bot


def client(server: BotApiServer, url: str) -> Bot:
    return Bot(server.token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")


@pytest.fixture
async def server() -> BotApiServer:
    return town(clock=StoppedClock(MORNING))


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    async with connected(server) as bot:
        yield bot


@pytest.fixture
async def started(server: BotApiServer, bot: Bot) -> Bot:
    """The bot, with Wang Fang's /start behind it."""
    server.start(WANG)
    await drain(bot)
    return bot


async def drain(bot: Bot) -> list[Update]:
    """Take and confirm what is there."""
    updates = await bot.get_updates(timeout=0)
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0, limit=1)
    return list(updates)


@pytest.fixture
def whole_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare RetryAfter its deprecation warning: waits are timedeltas."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def inline(*buttons: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(t, callback_data=d) for t, d in buttons]])


# -- identity and addresses --------------------------------------------------------------------


async def test_get_me_satisfies_the_client(bot: Bot) -> None:
    me = await bot.get_me()
    assert me.is_bot
    assert me.username == "gridbot_demo_bot"
    assert me.can_join_groups


async def test_unknown_token_is_unauthorized(server: BotApiServer) -> None:
    async with server.serving() as url:
        with pytest.raises(InvalidToken):
            async with Bot("999:wrong", base_url=f"{url}/bot"):
                raise AssertionError("the wrong token opened the door")
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"{url}/bot999:wrong/getMe")
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_unknown_method_is_not_found(bot: Bot) -> None:
    with pytest.raises(telegram.error.EndPointNotFound):
        await bot.do_api_request("launchRocket")


@pytest.mark.parametrize(
    "request_options",
    [
        {"params": {"chat_id": WANG, "text": "问好"}},
        {"json": {"chat_id": WANG, "text": "问好"}},
        {"data": {"chat_id": str(WANG), "text": "问好"}},
        {"files": {"chat_id": (None, str(WANG)), "text": (None, "问好")}},
    ],
    ids=["query", "json", "form", "multipart"],
)
async def test_parameters_come_in_four_ways(
    server: BotApiServer, request_options: dict[str, Any]
) -> None:
    server.start(WANG)
    async with server.serving() as url, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{url}/bot{server.token}/SENDMESSAGE", **request_options)
    assert answer.json()["ok"]
    assert server.chat(WANG)[-1].text == "问好"


async def test_malformed_json_is_a_bad_request(server: BotApiServer) -> None:
    async with server.serving() as url, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"{url}/bot{server.token}/sendMessage",
            content=b"{",
            headers={"content-type": "application/json"},
        )
    assert (answer.status_code, answer.json()["ok"]) == (400, False)


# -- messages ----------------------------------------------------------------------------------


async def test_message_is_shown_with_its_buttons(server: BotApiServer, started: Bot) -> None:
    sent = await started.send_message(WANG, "请打卡", reply_markup=inline(("正常", "ok:1")))
    shown = server.chat(WANG)[-1]
    assert (sent.message_id, sent.text, sent.chat.id) == (shown.message_id, "请打卡", WANG)
    assert sent.date == MORNING
    assert sent.reply_markup is not None
    assert shown.by_bot
    assert shown.labels == ["正常"]
    assert shown.button("正常").data == "ok:1"


async def test_edit_replaces_text_and_drops_buttons(server: BotApiServer, started: Bot) -> None:
    sent = await started.send_message(WANG, "请打卡", reply_markup=inline(("正常", "ok:1")))
    edited = await started.edit_message_text("已收到", WANG, sent.message_id)
    assert isinstance(edited, telegram.Message)
    assert edited.edit_date == MORNING
    [_, shown] = server.chat(WANG)
    assert (shown.text, shown.labels, shown.edited) == ("已收到", [], True)


async def test_edit_that_changes_nothing_is_refused(started: Bot) -> None:
    sent = await started.send_message(WANG, "请打卡", reply_markup=inline(("正常", "ok:1")))
    with pytest.raises(BadRequest, match=r"[Mm]essage is not modified: specified new message"):
        await started.edit_message_text(
            "请打卡", WANG, sent.message_id, reply_markup=inline(("正常", "ok:1"))
        )
    with pytest.raises(BadRequest, match=r"[Mm]essage is not modified"):
        await started.edit_message_reply_markup(
            WANG, sent.message_id, reply_markup=inline(("正常", "ok:1"))
        )


async def test_only_own_existing_messages_are_edited(server: BotApiServer, started: Bot) -> None:
    theirs = server.write(WANG, "你好")
    with pytest.raises(BadRequest, match=r"[Mm]essage to edit not found"):
        await started.edit_message_text("x", WANG, 9999)
    with pytest.raises(BadRequest, match=r"[Mm]essage can't be edited"):
        await started.edit_message_text("x", WANG, theirs)


async def test_edit_takes_an_inline_keyboard_only(server: BotApiServer, started: Bot) -> None:
    sent = await started.send_message(WANG, "电话？")
    with pytest.raises(BadRequest, match=r"[Ii]nline keyboard expected"):
        await started.edit_message_text(
            "电话", WANG, sent.message_id, reply_markup=ReplyKeyboardMarkup([["a"]])
        )
    assert server.chat(WANG)[-1].text == "电话？"


async def test_text_limits_count_utf16_units(started: Bot) -> None:
    assert (await started.send_message(WANG, "😷" * 2048)).text == "😷" * 2048
    with pytest.raises(BadRequest, match=r"[Mm]essage is too long"):
        await started.send_message(WANG, "😷" * 2048 + "a")
    with pytest.raises(BadRequest, match=r"[Mm]essage text is empty"):
        await started.send_message(WANG, "")
    with pytest.raises(BadRequest, match=r"[Tt]ext must be non-empty"):
        await started.send_message(WANG, " \n ")
    with pytest.raises(BadRequest, match=r"[Cc]aption is too long"):
        await started.send_photo(WANG, PNG, caption="a" * 1025)


@pytest.mark.parametrize(
    ("button", "description"),
    [
        ({"text": "好", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "好", "callback_data": "好" * 22}, "BUTTON_DATA_INVALID"),
        (
            {"text": "好", "callback_data": ""},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "好", "request_contact": True},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "好", "url": "not-a-url"},
            "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "好", "url": "ftp://example.com"},
            "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
        ),
    ],
)
async def test_bad_inline_buttons_are_refused(
    server: BotApiServer, button: dict[str, Any], description: str
) -> None:
    server.start(WANG)
    markup = json.dumps({"inline_keyboard": [[button]]})
    async with server.serving() as url, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"{url}/bot{server.token}/sendMessage",
            data={"chat_id": str(WANG), "text": "?", "reply_markup": markup},
        )
    assert answer.status_code == 400
    assert answer.json()["description"] == f"Bad Request: {description}"


async def test_callback_data_of_64_bytes_passes(started: Bot) -> None:
    sent = await started.send_message(WANG, "?", reply_markup=inline(("好", "好" * 21 + "x")))
    assert sent.reply_markup is not None


async def test_html_becomes_entities_in_utf16(started: Bot) -> None:
    sent = await started.send_message(WANG, "😷<b>发热 &lt;3</b>", parse_mode="HTML")
    assert sent.text == "😷发热 <3"
    [bold] = sent.entities
    assert (bold.type, bold.offset, bold.length) == ("bold", 2, 5)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<b>a", "Can't find end tag corresponding to start tag"),
        ("<script>a</script>", "Unsupported start tag"),
        ("<b><i>a</b></i>", "Unmatched end tag at byte offset 7"),
        ("37 < 38", "Unsupported start tag"),
    ],
)
async def test_broken_html_is_refused(started: Bot, text: str, problem: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){problem}"):
        await started.send_message(WANG, text, parse_mode="HTML")


async def test_delete_takes_the_message_off_the_phone(server: BotApiServer, started: Bot) -> None:
    sent = await started.send_message(WANG, "x")
    assert await started.delete_message(WANG, sent.message_id)
    assert [shown.text for shown in server.chat(WANG)] == ["/start"]
    with pytest.raises(BadRequest, match=r"[Mm]essage to delete not found"):
        await started.delete_message(WANG, sent.message_id)


async def test_delete_ends_after_48_hours() -> None:
    clock = StoppedClock(MORNING)
    server = town(clock=clock)
    server.start(WANG)
    async with connected(server) as bot:
        sent = await bot.send_message(WANG, "x")
        clock.move_to(MORNING + timedelta(hours=48, seconds=1))
        with pytest.raises(BadRequest, match="can't be deleted for everyone"):
            await bot.delete_message(WANG, sent.message_id)


async def test_reply_to_a_missing_message_is_refused(server: BotApiServer, started: Bot) -> None:
    asked = server.write(WANG, "在吗")
    answer = await started.send_message(WANG, "在", reply_to_message_id=asked)
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.text == "在吗"
    with pytest.raises(BadRequest, match=r"[Mm]essage to be replied not found"):
        await started.send_message(WANG, "在", reply_to_message_id=9999)


async def test_protected_content_is_marked(server: BotApiServer, started: Bot) -> None:
    sent = await started.send_message(WANG, "身份证 110***", protect_content=True)
    assert sent.has_protected_content
    assert server.chat(WANG)[-1].protected


# -- photos and files --------------------------------------------------------------------------


async def test_photo_is_uploaded_shown_and_downloaded(server: BotApiServer, started: Bot) -> None:
    sent = await started.send_photo(WANG, PNG, caption="二维码")
    assert (sent.photo[-1].width, sent.photo[-1].height) == (1, 1)
    shown = server.chat(WANG)[-1]
    assert (shown.photo, shown.text) == (PNG, "二维码")
    file = await started.get_file(sent.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == PNG
    again = await started.send_photo(WANG, sent.photo[-1].file_id)
    assert again.photo[-1].file_id == sent.photo[-1].file_id


async def test_what_is_no_picture_is_refused_as_photo(started: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await started.send_photo(WANG, b"plain words")


async def test_document_keeps_every_byte(server: BotApiServer, started: Bot) -> None:
    content = bytes(range(256)) + b"\r\n--not-the-boundary\r\n\r\n"
    sent = await started.send_document(WANG, content, filename="台账.xlsx", caption="日报")
    assert sent.document is not None
    assert sent.document.file_name == "台账.xlsx"
    file = await started.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == content
    edited = await started.edit_message_caption(WANG, sent.message_id, caption="日报（改）")
    assert isinstance(edited, telegram.Message)
    assert server.chat(WANG)[-1].text == "日报（改）"


async def test_person_s_photo_reaches_the_bot(server: BotApiServer, started: Bot) -> None:
    server.send_photo(WANG, PNG, caption="核酸结果")
    [update] = await drain(started)
    assert update.message is not None
    assert update.message.caption == "核酸结果"
    file = await update.message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == PNG


async def test_text_edit_of_a_photo_is_refused(started: Bot) -> None:
    sent = await started.send_photo(WANG, PNG)
    with pytest.raises(BadRequest, match=r"[Tt]here is no text in the message to edit"):
        await started.edit_message_text("x", WANG, sent.message_id)


# -- who may be written to ---------------------------------------------------------------------


async def test_unknown_chat_is_not_found(bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
        await bot.send_message(777, "x")
    with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
        await bot.send_message("@somebody", "x")


async def test_stranger_cannot_be_written_to(bot: Bot) -> None:
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(WANG, "x")


async def test_block_is_told_and_enforced(server: BotApiServer, started: Bot) -> None:
    server.block(WANG)
    [update] = await drain(started)
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await started.send_message(WANG, "x")
    with pytest.raises(ValueError, match="blocked"):
        server.write(WANG, "x")
    server.start(WANG)
    unblocked, start = await drain(started)
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.new_chat_member.status == "member"
    assert start.message is not None
    assert (await started.send_message(WANG, "欢迎回来")).text == "欢迎回来"


# -- what people do ----------------------------------------------------------------------------


async def test_start_carries_the_deep_link(server: BotApiServer, bot: Bot) -> None:
    server.start(WANG, "g_17")
    [update] = await drain(bot)
    assert update.message is not None
    assert update.message.text == "/start g_17"
    assert update.message.entities[0].type == "bot_command"
    assert update.effective_user is not None
    assert update.effective_user.full_name == "芳 王"
    with pytest.raises(ValueError, match="deep link"):
        server.start(WANG, "x" * 65)


async def test_long_text_arrives_in_pieces(server: BotApiServer, started: Bot) -> None:
    server.write(WANG, "𠮷" * 2500)
    texts = [update.message.text or "" for update in await drain(started) if update.message]
    assert [len(text) for text in texts] == [2048, 452]


async def test_tap_is_answered_once(server: BotApiServer, started: Bot) -> None:
    sent = await started.send_message(WANG, "?", reply_markup=inline(("正常", "ok:1")))
    query_id = server.tap(WANG, sent.message_id, "ok:1")
    [update] = await drain(started)
    query = update.callback_query
    assert query is not None
    assert query.data == "ok:1"
    assert isinstance(query.message, telegram.Message)
    assert query.message.message_id == sent.message_id
    assert await query.answer("已收到", show_alert=True)
    assert (server.answers[query_id].text, server.answers[query_id].alert) == ("已收到", True)
    with pytest.raises(BadRequest, match=r"[Qq]uery is too old"):
        await query.answer()


async def test_late_answer_to_a_tap_is_refused() -> None:
    server = town(query_life_s=0.0)
    server.start(WANG)
    async with connected(server) as bot:
        query_id = server.tap(WANG, 1, "x")
        with pytest.raises(
            BadRequest, match=r"(?i)response timeout expired or query id is invalid"
        ):
            await bot.answer_callback_query(query_id)


async def test_forged_tap_on_a_message_that_is_gone(server: BotApiServer, started: Bot) -> None:
    server.tap(WANG, 9999, "admin:delete:all")
    [update] = await drain(started)
    assert update.callback_query is not None
    assert update.callback_query.message is not None
    assert update.callback_query.message.message_id == 9999
    assert update.callback_query.message.date.timestamp() == 0


async def test_contact_is_shared_through_the_keyboard(server: BotApiServer, started: Bot) -> None:
    keyboard = ReplyKeyboardMarkup(
        [[KeyboardButton("发送手机号", request_contact=True)]], one_time_keyboard=True
    )
    await started.send_message(WANG, "电话？", reply_markup=keyboard)
    assert server.chat(WANG)[-1].keyboard == (("发送手机号",),)
    assert server.keyboard(WANG) is not None
    server.share_contact(WANG)
    assert server.keyboard(WANG) is None
    [update] = await drain(started)
    assert update.message is not None
    assert update.message.contact is not None
    assert (update.message.contact.phone_number, update.message.contact.user_id) == (
        "+8613800000001",
        WANG,
    )


async def test_forwarded_contact_names_its_owner(server: BotApiServer, started: Bot) -> None:
    server.forward_contact(WANG, LI)
    server.forward_contact(WANG, None, phone="+8613900000000")
    li, nobody = [u.message.contact for u in await drain(started) if u.message]
    assert li is not None
    assert nobody is not None
    assert (li.user_id, li.phone_number) == (LI, "+8613800000002")
    assert nobody.user_id is None


async def test_reply_keyboard_stays_until_removed(server: BotApiServer, started: Bot) -> None:
    await started.send_message(WANG, "?", reply_markup=ReplyKeyboardMarkup([["是", "否"]]))
    server.write(WANG, "是")
    assert server.keyboard(WANG) is not None
    await started.send_message(WANG, "好", reply_markup=ReplyKeyboardRemove())
    assert server.keyboard(WANG) is None


async def test_other_kinds_reach_the_bot(server: BotApiServer, started: Bot) -> None:
    written = server.write(WANG, "36.5")
    server.edit(WANG, written, "36.6")
    server.send_sticker(WANG)
    server.send_location(WANG, 30.5, 114.3)
    text, edited, sticker, location = await drain(started)
    assert text.message is not None
    assert text.message.text == "36.5"
    assert edited.edited_message is not None
    assert edited.edited_message.text == "36.6"
    assert sticker.message is not None
    assert sticker.message.sticker is not None
    assert location.message is not None
    assert location.message.location is not None
    assert location.message.location.latitude == 30.5


async def test_group_hears_and_is_heard(server: BotApiServer, bot: Bot) -> None:
    server.add_group(GROUP, "花园村", [WANG])
    server.write(WANG, "/digest", chat_id=GROUP)
    [update] = await drain(bot)
    assert update.effective_chat is not None
    assert (update.effective_chat.id, update.effective_chat.type) == (GROUP, "supergroup")
    await bot.send_message(GROUP, "今日零新增")
    assert server.chat(GROUP)[-1].text == "今日零新增"
    with pytest.raises(ValueError, match="members"):
        server.write(LI, "x", chat_id=GROUP)
    with pytest.raises(BadRequest, match=r"[Pp]hone number can be requested in private chats only"):
        await bot.send_message(
            GROUP,
            "?",
            reply_markup=ReplyKeyboardMarkup([[KeyboardButton("x", request_contact=True)]]),
        )


# -- fetching updates --------------------------------------------------------------------------


async def test_unconfirmed_updates_come_again(server: BotApiServer, bot: Bot) -> None:
    server.start(WANG)
    server.write(WANG, "第二条")
    first = await bot.get_updates(timeout=0)
    assert [u.update_id for u in await bot.get_updates(timeout=0)] == [u.update_id for u in first]
    [second] = await bot.get_updates(offset=first[1].update_id, timeout=0)
    assert second.message is not None
    assert second.message.text == "第二条"
    assert await bot.get_updates(offset=second.update_id + 1, timeout=0) == ()


async def test_long_poll_wakes_on_arrival(server: BotApiServer, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    assert not polling.done()
    server.start(WANG)
    [update] = await asyncio.wait_for(polling, 2)
    assert update.message is not None


async def test_second_poll_ends_the_first(server: BotApiServer) -> None:
    async with server.serving() as url, client(server, url) as bot, client(server, url) as other:
        polling = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.05)
        assert await other.get_updates(timeout=0) == ()
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await asyncio.wait_for(polling, 2)


async def test_kinds_not_asked_for_are_dropped(server: BotApiServer, bot: Bot) -> None:
    await bot.get_updates(timeout=0, allowed_updates=["message"])
    server.start(WANG)
    server.tap(WANG, 1, "x")
    [update] = await drain(bot)
    assert update.message is not None


async def test_server_stops_with_polls_open(server: BotApiServer) -> None:
    serving = server.serving()
    url = await serving.__aenter__()
    async with client(server, url) as bot:
        polling = asyncio.create_task(bot.get_updates(timeout=40))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(15):
            await serving.__aexit__(None, None, None)
        assert await polling == ()


async def test_server_can_come_back(server: BotApiServer) -> None:
    async with server.serving() as url:
        port = int(url.rpartition(":")[2])
    server.start(WANG)
    async with server.serving(port=port) as url, client(server, url) as bot:
        polling = asyncio.create_task(bot.get_updates(timeout=20))
        assert len(await asyncio.wait_for(polling, 2)) == 1


# -- webhooks ----------------------------------------------------------------------------------


@asynccontextmanager
async def hook(answers: list[int]) -> AsyncIterator[SimpleNamespace]:
    """A receiver that answers with these codes, then with 200."""
    seen = SimpleNamespace(updates=[], secrets=[], url="")

    async def receive(request: Request) -> Response:
        seen.updates.append(await request.json())
        seen.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return Response(status_code=answers.pop(0) if answers else 200)

    receiver = BotApiServer("1:receiver")
    receiver.app = Starlette(routes=[Route("/hook", receive, methods=["POST"])])
    async with receiver.serving() as url:
        seen.url = f"{url}/hook"
        yield seen


async def until(condition: Any, within_s: float = 3.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.01)


async def test_webhook_gets_updates_with_its_secret(server: BotApiServer, bot: Bot) -> None:
    async with hook([]) as seen:
        await bot.set_webhook(seen.url, secret_token="s3cret_-")
        server.start(WANG)
        server.write(WANG, "第二条")
        await until(lambda: len(seen.updates) == 2)
        assert [u["message"]["text"] for u in seen.updates] == ["/start", "第二条"]
        assert seen.secrets == ["s3cret_-"] * 2
        with pytest.raises(Conflict, match="while webhook is active"):
            await bot.get_updates(timeout=0)
        assert (await bot.get_webhook_info()).url == seen.url
        await bot.delete_webhook()
    assert await bot.get_updates(timeout=0) == ()


async def test_webhook_ends_an_open_poll(bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    async with hook([]) as seen:
        await bot.set_webhook(seen.url)
        with pytest.raises(Conflict, match="terminated by setWebhook request"):
            await asyncio.wait_for(polling, 2)
        await bot.set_webhook("")
    assert (await bot.get_webhook_info()).url == ""


async def test_webhook_is_tried_until_it_says_yes() -> None:
    server = town(webhook_retry_s=0.01)
    async with connected(server) as bot, hook([500, 500]) as seen:
        await bot.set_webhook(seen.url)
        server.start(WANG)
        await until(lambda: len(seen.updates) == 3)
        assert len({update["update_id"] for update in seen.updates}) == 1
        info = await bot.get_webhook_info()
        assert info.last_error_message == "Wrong response from the webhook: 500"
        await until(lambda: len(server.updates) == 0)


# -- limits ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("whole_seconds")
async def test_strict_server_slows_a_private_chat() -> None:
    server = town(strict=True)
    server.start(WANG)
    async with connected(server) as bot:
        for n in range(3):
            await bot.send_message(WANG, f"{n}")
        with pytest.raises(RetryAfter) as refusal:
            await bot.send_message(WANG, "3")
        assert server.calls[-1].outcome == "429 Too Many Requests: retry after 1"
    assert refusal.value.retry_after == timedelta(seconds=1)
    assert [shown.text for shown in server.chat(WANG)] == ["/start", "0", "1", "2"]


def test_thirty_messages_a_second_pass() -> None:
    meter = Meter(Limits())
    assert [meter.take(chat, now=10.0) for chat in range(1, 32)] == [0] * 30 + [1]
    assert meter.take(99, now=10.9) == 1
    assert meter.take(99, now=11.0) == 0


def test_private_chat_refills_once_a_second() -> None:
    meter = Meter(Limits(chat_burst=2))
    assert [meter.take(1, now=0.0) for _ in range(3)] == [0, 0, 1]
    assert [meter.take(1, now=1.0) for _ in range(2)] == [0, 1]


def test_group_gets_twenty_a_minute() -> None:
    meter = Meter(Limits())
    assert [meter.take(-5, now=float(n)) for n in range(21)] == [0] * 20 + [40]
    assert meter.take(-5, now=60.0) == 0


def test_no_limits_unless_asked_for() -> None:
    meter = Meter(None)
    assert {meter.take(1, now=0.0) for _ in range(1000)} == {0}


# -- faults ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("whole_seconds")
async def test_pushed_429_names_its_wait_once(server: BotApiServer, started: Bot) -> None:
    server.faults.push("429", method="sendMessage", retry_after=7)
    with pytest.raises(RetryAfter) as refusal:
        await started.send_message(WANG, "x")
    assert refusal.value.retry_after == timedelta(seconds=7)
    assert (await started.send_message(WANG, "y")).text == "y"


async def test_pushed_500_and_403(server: BotApiServer, started: Bot) -> None:
    server.faults.push("500", method="sendMessage")
    server.faults.push("403", method="sendMessage")
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await started.send_message(WANG, "x")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await started.send_message(WANG, "x")
    assert [shown.text for shown in server.chat(WANG)] == ["/start"]


@pytest.mark.parametrize(("kind", "texts"), [("drop_before", []), ("drop_after", ["x"])])
async def test_cut_connection(
    server: BotApiServer, started: Bot, kind: Any, texts: list[str]
) -> None:
    server.faults.push(kind, method="sendMessage")
    with pytest.raises(NetworkError):
        await started.send_message(WANG, "x")
    assert [shown.text for shown in server.chat(WANG)[1:]] == texts
    assert server.called("sendMessage")[0].outcome == kind
    assert (await started.send_message(WANG, "y")).text == "y"


async def test_hang_outlasts_the_client(server: BotApiServer, started: Bot) -> None:
    server.faults.push("hang", method="sendMessage", seconds=30)
    with pytest.raises(TimedOut):
        await started.send_message(WANG, "x", read_timeout=0.1)
    assert server.chat(WANG)[-1].text == "x"


async def test_update_is_delivered_twice(server: BotApiServer, started: Bot) -> None:
    server.faults.push("update_twice")
    server.write(WANG, "一次")
    [first] = await started.get_updates(timeout=0)
    [second] = await started.get_updates(offset=first.update_id + 1, timeout=0)
    assert second.update_id == first.update_id
    assert await started.get_updates(offset=first.update_id + 1, timeout=0) == ()


async def test_late_update_is_overtaken(server: BotApiServer, started: Bot) -> None:
    server.faults.push("update_late", seconds=0.2)
    server.write(WANG, "早写的")
    server.write(WANG, "晚写的")
    [overtaker] = await started.get_updates(timeout=0)
    assert overtaker.message is not None
    assert overtaker.message.text == "晚写的"
    [late] = await started.get_updates(offset=overtaker.update_id + 1, timeout=5)
    assert late.update_id < overtaker.update_id


async def test_chance_is_repeatable() -> None:
    def struck(seed: int) -> list[bool]:
        server = BotApiServer(seed=seed)
        server.faults.push("500", probability=0.5, times=None)
        return [server.faults.take_for_call("sendMessage") is not None for _ in range(40)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 5 < sum(struck(1)) < 35


# -- the bot's profile -------------------------------------------------------------------------


async def test_commands_follow_scope_and_language(server: BotApiServer, started: Bot) -> None:
    await started.set_my_commands([BotCommand("help", "Help")])
    await started.set_my_commands([BotCommand("help", "帮助")], language_code="zh")
    await started.set_my_commands(
        [BotCommand("today", "今日待办")], scope=BotCommandScopeChat(WANG)
    )
    [wang] = server.profile.commands_for(server.people[WANG])
    [li] = server.profile.commands_for(server.people[LI])
    assert (wang["command"], li["description"]) == ("today", "帮助")
    [listed] = await started.get_my_commands(scope=BotCommandScopeChat(WANG))
    assert listed.command == "today"
    await started.delete_my_commands(scope=BotCommandScopeChat(WANG))
    [wang] = server.profile.commands_for(server.people[WANG])
    assert wang["command"] == "help"


async def test_bad_commands_are_refused(started: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await started.set_my_commands([BotCommand("Help-Me", "x")])


async def test_menu_descriptions_chat_and_action(server: BotApiServer, started: Bot) -> None:
    assert await started.set_chat_menu_button(WANG, MenuButtonCommands())
    assert isinstance(await started.get_chat_menu_button(WANG), MenuButtonCommands)
    assert await started.set_my_description("健康报备机器人")
    assert await started.set_my_short_description("报备")
    assert server.profile.description_for(server.people[LI]) == "健康报备机器人"
    assert (await started.get_chat(WANG)).full_name == "芳 王"
    assert await started.send_chat_action(WANG, "typing")
    with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
        await started.get_chat(LI)


async def test_calls_are_recorded_with_their_outcome(server: BotApiServer, started: Bot) -> None:
    await started.send_message(WANG, "x")
    with pytest.raises(BadRequest):
        await started.send_message(777, "y")
    good, bad = server.called("sendMessage")
    assert (good.outcome, good.params["text"]) == ("ok", "x")
    assert bad.outcome == "400 Bad Request: chat not found"
    assert good.at_monotonic < bad.at_monotonic


# -- the page of phones ------------------------------------------------------------------------


PHONES = [Phone(WANG, "returnee", "g_17")]
XLSX = b"PK\x03\x04 not a picture"
SCRIPT = b"<html><script>alert(1)</script></html>"


class Desk:
    """Writes down what the visitor wants."""

    def __init__(self, clock: StoppedClock) -> None:
        self._clock = clock
        self.wishes: list[str] = []

    async def scene(self) -> dict[str, Any]:
        return {"edition": "1", "next": None, "tour": []}

    async def move(self, how: str) -> None:
        self.wishes.append(how)
        self._clock.move_to(MORNING + timedelta(hours=6))

    async def skip(self, step: str) -> None:
        if step != "report":
            raise ValueError(step)
        self.wishes.append(step)

    async def speak(self, lang: str) -> None:
        self.wishes.append(lang)

    def start_over(self) -> None:
        self.wishes.append("over")


@asynccontextmanager
async def shown_page(
    wishes: list[str] | None = None,
) -> AsyncIterator[tuple[BotApiServer, httpx.AsyncClient]]:
    clock = StoppedClock(MORNING)
    desk = Desk(clock)
    if wishes is not None:
        desk.wishes = wishes
    server = town(clock=clock, page=Page(PHONES, desk=desk))
    async with (
        server.serving() as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        yield server, http


async def test_page_asks_nothing_of_other_hosts() -> None:
    async with shown_page() as (_, http):
        page = await http.get("/")
        names = set(re.findall(r'/demo/static/([^"]+)', page.text)) | {"phone.js", "tour.js"}
        files = [await http.get(f"/demo/static/{name}") for name in names]
        missing = await http.get("/demo/static/server.py")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert {file.status_code for file in files} == {200}
    assert not [f.url for f in [page, *files] if "//cdn" in f.text or "@import" in f.text]
    assert missing.status_code == 404


async def test_page_gets_its_words_in_every_language() -> None:
    async with shown_page() as (_, http):
        words = (await http.get("/demo/words")).json()
    assert words.keys() == set(locales.LANGS)
    assert words["en"]["who.returnee.name"] == "Wang Fang"
    assert {frozenset(language) for language in words.values()} == {frozenset(words["en"])}


async def test_page_acts_for_its_people() -> None:
    async with shown_page() as (server, http):
        for act in (
            {"action": "start", "payload": "g_17"},
            {"action": "write", "text": "你好"},
            {"action": "contact"},
            {"action": "tap", "message_id": 1, "data": "x"},
        ):
            assert (await http.post("/demo/act", json={"user_id": WANG, **act})).status_code == 200
        state = (await http.get("/demo/state")).json()
    assert [shown.text for shown in server.chat(WANG)] == ["/start g_17", "你好", ""]
    [phone] = state["phones"]
    assert (phone["started"], phone["code"]) == (True, "returnee")
    assert not phone["messages"][0]["read"]  # nobody has polled
    assert phone["messages"][2]["contact"]["phone_number"] == "+8613800000001"
    assert len(server.updates) == 4


@pytest.mark.parametrize(
    "wish",
    [
        {"user_id": LI, "action": "start"},
        {"user_id": [WANG], "action": "start"},
        {"user_id": WANG, "action": "fly"},
        {"user_id": WANG, "action": "write"},
        {"user_id": WANG, "action": "write", "text": "  "},
        {"user_id": WANG, "action": "photo", "content": "%"},
        ["no", "object"],
    ],
)
async def test_page_refuses_nonsense(wish: Any) -> None:
    async with shown_page() as (server, http):
        assert (await http.post("/demo/act", json=wish)).status_code == 400
        assert len(server.updates) == 0


async def test_page_refuses_forms_of_other_sites() -> None:
    async with shown_page() as (server, http):
        wish = json.dumps({"user_id": WANG, "action": "start"})
        answer = await http.post("/demo/act", content=wish, headers={"content-type": "text/plain"})
        assert answer.status_code == 400
        assert len(server.updates) == 0


async def test_page_hears_of_changes_and_of_the_clock() -> None:
    wishes: list[str] = []
    async with shown_page(wishes) as (server, http), http.stream("GET", "/demo/events") as stream:
        lines = stream.aiter_lines()
        assert [await anext(lines), await anext(lines)] == ["retry: 400", ": hello"]
        server.start(WANG)
        phone = await _next_event(lines)
        assert phone["event"] == "phone"
        assert phone["data"]["messages"][0]["text"] == "/start"
        assert (await _next_event(lines))["data"]["now"] == _ms(MORNING)
        answer = await http.post("/demo/clock", json={"move": "6h"})
        later = _ms(MORNING + timedelta(hours=6))
        look = answer.json()["look"]
        scene = {"look": look, "now": later, "edition": "1", "next": None, "tour": []}
        assert answer.json() == scene
        assert (await _next_event(lines))["event"] == "moved"
        assert (await _next_event(lines))["data"] == scene | {"look": look + 1}
        assert (await http.post("/demo/clock", json={"move": "back"})).status_code == 400
    assert wishes == ["6h"]


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


async def test_page_passes_on_what_its_visitor_wants() -> None:
    wishes: list[str] = []
    asked = [
        ("/demo/tour", {"skip": "report"}, 200),
        ("/demo/tour", {"skip": "no such step"}, 400),
        ("/demo/tour", {}, 400),
        ("/demo/language", {"lang": "en"}, 200),
        ("/demo/language", {"lang": "xx"}, 400),
        ("/demo/restart", {}, 400),
        ("/demo/restart", {"sure": True}, 200),
    ]
    async with shown_page(wishes) as (_, http):
        codes = [(await http.post(path, json=wish)).status_code for path, wish, _ in asked]
    assert codes == [code for _, _, code in asked]
    assert wishes == ["report", "en", "over"]


@pytest.mark.parametrize(
    ("content", "name", "kind", "disposition"),
    [
        (PNG, "gate.png", "image/png", "inline"),
        (XLSX, "日报.xlsx", "application/octet-stream", "attachment"),
        (SCRIPT, "gate.png", "application/octet-stream", "attachment"),
    ],
)
async def test_page_shows_pictures_and_only_pictures(
    content: bytes, name: str, kind: str, disposition: str
) -> None:
    async with shown_page() as (server, http):
        file = server.keep_file(content, name, "text/html")
        answer = await http.get(f"/demo/file/{file.file_id}")
        saved = await http.get(f"/demo/file/{file.file_id}", params={"download": ""})
        missing = await http.get("/demo/file/none")
    assert (answer.content, answer.headers["content-type"]) == (content, kind)
    assert answer.headers["content-disposition"].startswith(f"{disposition}; filename*=UTF-8''")
    assert saved.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert missing.status_code == 404


async def _next_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    event: dict[str, Any] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if name in ("event", "data"):
            event[name] = json.loads(value) if name == "data" else value
        elif event:
            return event
    raise AssertionError("the stream ended")


async def test_server_stops_with_a_page_open() -> None:
    server = town(page=Page(PHONES))
    serving = server.serving()
    url = await serving.__aenter__()
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        http.stream("GET", f"{url}/demo/events") as stream,
    ):
        lines = stream.aiter_lines()
        assert [await anext(lines), await anext(lines)] == ["retry: 400", ": hello"]
        async with asyncio.timeout(15):
            await serving.__aexit__(None, None, None)
        assert [line async for line in lines if line] == []


async def test_a_bot_killed_in_the_middle_of_a_request_disturbs_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = BotApiServer()
    async with server.serving() as url:
        host, port = url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /bot{server.token}/sendMessage HTTP/1.1\r\nHost: {host}\r\n"
        writer.write(f"{head}Content-Length: 100\r\n\r\nchat_id=1".encode())
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await writer.wait_closed()
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{url}/bot{server.token}/getMe")
    assert answer.json()["ok"]
    assert not caplog.records
    assert [call.method for call in server.calls] == ["getMe"]
