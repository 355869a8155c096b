"""The channel against our own strict Bot API server: every message, every failure."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from desk import Desk, say

from bot.channels.base import (
    BadToken,
    ChannelError,
    Forum,
    Gone,
    Refused,
    Rendered,
    RenderedButton,
    RenderedPoster,
    Sent,
    TryLater,
    Unavailable,
    Unknown,
    Unreachable,
)
from bot.channels.outgoing import LARGEST_SENT
from bot.channels.telegram import TelegramChannel
from bot.channels.updates import LARGEST_FETCHED
from bot.demo.server import BotApiServer
from bot.dispatcher import Dispatcher
from bot.pacing import UNLIMITED, Limits
from models.clock import StoppedClock, monotonic
from models.files import File
from models.messages import Style
from models.outbox import Priority
from models.session import Database

WANG, LI, GROUP = 42, 43, -1001
HER = f"telegram:{WANG}"
ROWS = ((RenderedButton("正常", "ok"), RenderedButton("不舒服", "ill", style=Style.DANGER)),)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cf"
    "c0000003010100c9fe92ef0000000049454e44ae426082"
)


def town(**options: Any) -> BotApiServer:
    server = BotApiServer(clock=StoppedClock(datetime(2026, 3, 2, tzinfo=UTC)), **options)
    server.add_person(WANG, "芳", "王", phone="+8613800000001")
    server.add_person(LI, "强", "李", phone="+8613800000002")
    server.start(WANG)
    return server


@pytest.fixture
async def server() -> BotApiServer:
    return town()


@pytest.fixture
async def url(server: BotApiServer) -> AsyncIterator[str]:
    async with server.serving() as address:
        yield address


@pytest.fixture
async def channel(server: BotApiServer, url: str) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(server.token, root=url, poll_seconds=0, timeout=1.0)
    yield channel
    await channel.close()


async def deliver(channel: TelegramChannel, message: Rendered) -> list[str]:
    return [(await channel.send(HER, part)).message_id for part in channel.parts(message)]


# -- out ----------------------------------------------------------------------------------------


async def test_a_message_arrives_with_its_buttons(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    link = ((RenderedButton("导航", url="https://example.org/map"),),)
    (sent,) = await deliver(channel, Rendered("请<b>打卡</b>", ROWS + link, protect=True))
    shown = server.chat(WANG)[-1]
    assert (str(shown.message_id), shown.text, shown.protected) == (sent, "请<b>打卡</b>", True)
    assert [[(b.text, b.data, b.url, b.style) for b in row] for row in shown.rows] == [
        [("正常", "ok", "", ""), ("不舒服", "ill", "", "danger")],
        [("导航", "", "https://example.org/map", "")],
    ]
    assert '"is_disabled"' in str(server.calls[-1].params["link_preview_options"]).replace("'", '"')


async def test_a_picture_and_its_long_caption_both_arrive(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    photo = server.keep_file(PNG, "p.png", "image/png").file_id
    await deliver(channel, Rendered("短", photo=photo))
    await deliver(channel, Rendered("长" * 1025, ROWS, photo=photo))
    short, picture, text = server.chat(WANG)[-3:]
    assert (short.photo, short.text) == (PNG, "短")
    assert (picture.photo, picture.text, picture.rows) == (PNG, "", ())
    assert (text.text, len(text.rows)) == ("长" * 1025, 1)


async def test_a_poster_is_a_picture_that_leads_to_us(
    server: BotApiServer, channel: TelegramChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[str, str]] = []

    def draw(link: str, text: str) -> tuple[bytes, bool]:
        drawn.append((link, text))
        return PNG, len(drawn) == 1

    monkeypatch.setattr("bot.channels.outgoing.draw", draw)
    poster = Rendered("请打印", poster=RenderedPoster("token", "花园小区\n请扫码"))
    await deliver(channel, poster)
    await deliver(channel, poster)
    written, bare = server.chat(WANG)[-2:]
    name = await channel.identify()
    assert drawn == [(f"https://t.me/{name}?start=token", "花园小区\n请扫码")] * 2
    assert (written.photo, written.text) == (PNG, "请打印")
    assert (bare.photo, bare.text) == (PNG, "花园小区\n请扫码\n请打印")


async def test_a_forum_that_lets_us_gets_its_topics(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    group, chat = server.add_group(GROUP, "工作群", [WANG]), f"telegram:{GROUP}"
    assert await channel.forum(chat) is Forum.NONE
    with pytest.raises(Refused):
        await channel.open_topic(chat, "一网格")
    group.is_forum = True
    assert await channel.forum(chat) is Forum.CLOSED
    with pytest.raises(Refused):
        await channel.open_topic(chat, "一网格")
    group.bot_manages = True
    assert await channel.forum(chat) is Forum.OPEN
    threads = [await channel.open_topic(chat, name) for name in ("一网格", "二网格")]
    assert [group.topics[int(thread)] for thread in threads] == ["一网格", "二网格"]


async def test_a_file_and_a_picture_of_ours_arrive_byte_for_byte(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    sheet = File("名册 7月.xlsx", "application/octet-stream", b"\x00\r\n--PK" * 1000)
    await deliver(channel, Rendered("请看", ROWS, document=sheet))
    await deliver(channel, Rendered("长" * 1025, ROWS, document=sheet, protect=True))
    await deliver(channel, Rendered("请扫码", photo=File("qr.png", "image/png", PNG)))
    short, file, words, picture = server.chat(WANG)[-4:]
    assert (short.document, short.text, short.labels) == (sheet.name, "请看", ["正常", "不舒服"])
    assert (file.document, file.text, file.protected) == (sheet.name, "", True)
    assert (words.document, len(words.text), len(words.rows)) == ("", 1025, 1)
    assert (picture.photo, picture.text) == (PNG, "请扫码")
    sent = [known for known in server.files.values() if known.name == sheet.name]
    assert [known.content for known in sent] == [sheet.content] * 2


async def test_a_file_that_telegram_would_not_take_is_not_tried(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    with pytest.raises(Refused, match="file_is_too_big"):
        await channel.send(HER, Rendered("", document=File("a", "", bytes(LARGEST_SENT + 1))))
    assert server.called("sendDocument") == []


async def test_a_text_of_any_length_arrives_whole(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    text = "\n".join("𠮷" * 300 for _ in range(30))
    sent = await deliver(channel, Rendered(text, ROWS))
    shown = [m for m in server.chat(WANG) if m.by_bot]
    assert len(sent) == len(shown) > 1
    assert "\n".join(m.text for m in shown) == text
    assert [bool(m.rows) for m in shown] == [False] * (len(shown) - 1) + [True]


async def test_the_phone_is_asked_for_with_one_button_beside_the_others(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    ask = Rendered("电话？", ROWS, keyboard="contact", keyboard_label="分享我的电话")
    await deliver(channel, ask)
    question, request = server.chat(WANG)[-2:]
    assert question.labels == ["正常", "不舒服"]
    assert request.text == "分享我的电话"
    keyboard = server.keyboard(WANG)
    assert keyboard is not None
    assert keyboard["keyboard"] == [[{"text": "分享我的电话", "request_contact": True}]]
    assert keyboard["resize_keyboard"]
    assert keyboard["one_time_keyboard"]
    await deliver(channel, Rendered("下一题", ROWS, dismiss_keyboard=True, keyboard_label="收到"))
    assert not server.keyboard(WANG)
    assert [m.text for m in server.chat(WANG)[-2:]] == ["收到", "下一题"]


async def test_an_answer_edits_the_message_in_place(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    (first,) = await deliver(channel, Rendered("一", ROWS))
    count = len(server.chat(WANG))
    assert await deliver(channel, Rendered("二", replaces=first)) == [first]
    shown = server.chat(WANG)[-1]
    assert (shown.text, shown.rows, len(server.chat(WANG))) == ("二", (), count)


async def test_the_same_edit_again_is_a_success(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    (first,) = await deliver(channel, Rendered("一", ROWS))
    assert await deliver(channel, Rendered("一", ROWS, replaces=first)) == [first]
    assert "not modified" in server.calls[-1].outcome


@pytest.mark.parametrize("message_id", ["99999", "not a number"])
async def test_a_message_that_is_gone_cannot_be_replaced(
    channel: TelegramChannel, message_id: str
) -> None:
    with pytest.raises(Gone):
        await channel.send(HER, Rendered("二", replaces=message_id))


async def test_buttons_are_taken_off(server: BotApiServer, channel: TelegramChannel) -> None:
    (first,) = await deliver(channel, Rendered("一", ROWS))
    await channel.strip(HER, first)
    assert server.chat(WANG)[-1].rows == ()
    with pytest.raises(Refused):
        await channel.strip(HER, first)


async def test_a_menu_is_set_for_a_chat_and_for_everybody(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    await channel.set_commands(None, "en", [("help", "Help")])
    await channel.set_commands(HER, "zh_Hans", [("today", "今日待办")])
    everybody, hers = server.called("setMyCommands")
    assert everybody.params["language_code"] == "en"
    assert "language_code" not in hers.params
    assert str(WANG) in str(hers.params["scope"])


# -- failures -----------------------------------------------------------------------------------


async def failure(channel: TelegramChannel, chat: str, text: str = "好") -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(chat, Rendered(text))
    return caught.value


async def test_who_blocked_us_or_never_came_is_unreachable(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    server.block(WANG)
    for chat in (HER, f"telegram:{LI}", "telegram:777"):
        assert isinstance(await failure(channel, chat), Unreachable)


async def test_too_fast_says_for_how_long(server: BotApiServer, channel: TelegramChannel) -> None:
    server.faults.push("429", method="sendMessage", retry_after=7)
    error = await failure(channel, HER)
    assert isinstance(error, TryLater)
    assert error.seconds == 7


@pytest.mark.parametrize(
    ("fault", "kind"), [("500", Unavailable), ("drop_after", Unknown), ("drop_before", Unknown)]
)
async def test_a_broken_call_is_unknown_and_a_refused_one_is_not(
    server: BotApiServer, channel: TelegramChannel, fault: Any, kind: type[ChannelError]
) -> None:
    server.faults.push(fault, method="sendMessage")
    assert type(await failure(channel, HER)) is kind
    await channel.send(HER, Rendered("again"))


async def test_silence_is_unknown(server: BotApiServer, channel: TelegramChannel) -> None:
    server.faults.push("hang", method="sendMessage", seconds=3)
    assert isinstance(await failure(channel, HER), Unknown)


async def test_a_server_that_is_not_there_is_unavailable(server: BotApiServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    channel = TelegramChannel(server.token, root=f"http://127.0.0.1:{port}")
    assert isinstance(await failure(channel, HER), Unavailable)
    await channel.close()


async def test_a_message_that_will_never_work_is_refused_with_a_code(
    channel: TelegramChannel,
) -> None:
    assert (await failure(channel, HER, " ")).reason == "text_must_be_non_empty"
    with pytest.raises(Refused) as caught:
        await channel.send(HER, Rendered("x", ((RenderedButton("x", "长" * 22),),)))
    assert caught.value.reason == "button_data_invalid"


async def test_a_wrong_token_says_so(url: str) -> None:
    channel = TelegramChannel("1:wrong", root=url)
    with pytest.raises(BadToken):
        await channel.poll(0)
    await channel.close()


# -- in -----------------------------------------------------------------------------------------


async def test_a_poll_brings_what_people_did(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    server.share_contact(WANG)
    server.forward_contact(WANG, LI)
    server.send_sticker(WANG)
    server.block(WANG)
    batch = await channel.poll(0)
    events = [item.event for item in batch.received]
    assert [e.kind for e in events] == ["text", "contact", "contact", "other", "blocked"]
    assert [e.own_contact for e in events] == [False, True, False, False, False]
    assert {e.chat for e in events} == {HER}
    assert batch.position == int(events[-1].update_id) + 1
    assert await channel.poll(batch.position) == type(batch)((), batch.position)
    assert channel.username == "gridbot_demo_bot"


async def test_a_malformed_update_does_not_stop_the_queue(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    server.updates.put("message", {"message_id": "x", "chat": 5, "from": [1]})
    server.write(WANG, "还在吗")
    batch = await channel.poll(0)
    assert [item.event.text for item in batch.received] == ["/start", "还在吗"]
    assert batch.position == int(batch.received[-1].event.update_id) + 1


async def test_a_tap_is_answered_in_the_background_even_when_telegram_refuses(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    (sent,) = await deliver(channel, Rendered("一", ROWS))
    query = server.tap(WANG, int(sent), "ok")
    batch = await channel.poll(0)
    assert batch.received[-1].receipt == query
    channel.acknowledge(["no such query", query])
    async with asyncio.timeout(3):
        while len(server.called("answerCallbackQuery")) < 2 or query in server.queries:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_photo_can_be_fetched(server: BotApiServer, channel: TelegramChannel) -> None:
    server.send_photo(WANG, PNG, "抗原")
    photo = (await channel.poll(0)).received[-1].event
    assert (photo.kind, photo.text) == ("photo", "抗原")
    assert await channel.fetch_file(photo.file) == PNG
    with pytest.raises(Refused):
        await channel.fetch_file("nothing")


async def test_a_file_says_its_name_and_size_and_can_be_fetched(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    server.send_document(WANG, b"a,b", "名册.csv", "请导入")
    file = (await channel.poll(0)).received[-1].event
    assert (file.kind, file.file_name, file.size, file.text) == ("file", "名册.csv", 3, "请导入")
    assert file.largest == LARGEST_FETCHED
    assert await channel.fetch_file(file.file) == b"a,b"
    server.send_document(WANG, bytes(LARGEST_FETCHED + 1), "a.csv")
    with pytest.raises(Refused, match="file_is_too_big"):
        await channel.fetch_file((await channel.poll(0)).received[-1].event.file)


async def test_a_webhook_of_before_does_not_block_polling(
    server: BotApiServer, channel: TelegramChannel
) -> None:
    await channel._bot.set_webhook("https://example.org/hook")
    assert (await channel.poll(0)).received


# -- the whole way out, within real limits ------------------------------------------------------


class Timed(TelegramChannel):
    """Remembers when each call set out: when it arrives is the machine's affair."""

    def __init__(self, token: str, *, root: str) -> None:
        super().__init__(token, root=root)
        self.set_out: list[float] = []

    async def send(self, chat: str, part: Rendered) -> Sent:
        self.set_out.append(monotonic())
        return await super().send(chat, part)


async def test_a_broadcast_keeps_the_limits_and_arrives_whole(
    desk: Desk, db: Database, clock: StoppedClock
) -> None:
    server = town(strict=True)
    async with server.serving() as url:
        channel = Timed(server.token, root=url)
        for n, account in enumerate(await desk.people(70), 1):
            server.add_person(n, f"P{n}")
            server.start(n)
            await desk.put(
                account, f"m{n}", priority=Priority.BROADCAST if n % 2 else Priority.REPLY
            )
        dispatcher = Dispatcher(
            db, {"telegram": channel}, clock, say, monotonic, desk.on_unreachable
        )
        await dispatcher.drain()
        await channel.close()
    at = channel.set_out
    assert all(later - first > 1 for first, later in zip(at, at[30:], strict=False))
    outcomes = [call.outcome for call in server.called("sendMessage")]
    assert outcomes.count("ok") == 70
    assert set((await desk.states()).values()) == {"sent"}


async def test_an_unruly_platform_costs_repeats_but_loses_nothing(
    desk: Desk, db: Database, clock: StoppedClock
) -> None:
    server = town()
    async with server.serving() as url:
        channel = TelegramChannel(server.token, root=url, limits=UNLIMITED, timeout=1.0)
        dispatcher = Dispatcher(
            db, {"telegram": channel}, clock, say, monotonic, desk.on_unreachable
        )
        for n, account in enumerate(await desk.people(12), 1):
            server.add_person(n, f"P{n}")
            server.start(n)
            for k in range(3):
                await desk.put(account, f"{n}:{k}")
        for kind in ("drop_after", "drop_before"):
            server.faults.push(kind, method="sendMessage", times=3, probability=0.3)
        server.faults.push("429", method="sendMessage", times=1, probability=0.2)
        for _ in range(6):
            await dispatcher.drain()
            clock.move_to(clock.now().replace(hour=clock.now().hour + 1))
        await channel.close()
    assert set((await desk.states()).values()) == {"sent"}
    for n in range(1, 13):
        heard = [m.text for m in server.chat(n) if m.by_bot]
        assert list(dict.fromkeys(heard)) == [f"{n}:{k}" for k in range(3)]


def test_the_defaults_are_telegrams_own() -> None:
    assert TelegramChannel("1:x").limits == Limits()
    assert TelegramChannel("1:x").is_group(f"telegram:{GROUP}")
