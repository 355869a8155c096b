"""What a chat on the page looks like in a real browser: pictures, files, edits, ticks, markup."""

from __future__ import annotations

import asyncio
import itertools
import zlib
from collections.abc import AsyncIterator
from typing import TypeAlias

import httpx
import pytest
import pytest_asyncio
from browser import SMALL_TARGETS, WIDER_THAN_THE_SCREEN, Phone, keep, opened, sizes
from playwright.async_api import Browser, Route, expect

from bot.demo import page as phones
from bot.demo.server import BotApiServer

Upload: TypeAlias = tuple[str, bytes]

FANG, QIANG = 1001, 1002
WIDTH_WHEN_LOADED = "async (node) => { await node.decode(); return node.naturalWidth; }"
NASTY = "<img src=x onerror=\"document.title='owned'\"><b>粗体</b>"

pytestmark = pytest.mark.asyncio(loop_scope="module")


def chequered(side: int = 160) -> bytes:
    """A PNG that is to be seen in a screenshot."""
    rows = b"".join(
        b"\x00" + bytes(255 * ((x // 20 + y // 20) % 2) for x in range(side)) for y in range(side)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    head = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class Bot:
    """Whoever talks to the server as the bot does."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def call(
        self, method: str, file: tuple[str, bytes] | None = None, **params: object
    ) -> int:
        """The id of the message, where there is one."""
        field = "photo" if method == "sendPhoto" else "document"
        files = {field: file} if file else None
        data = {name: str(value) for name, value in params.items()}
        answer = await self._http.post(method, data=data, files=files)
        result = answer.json()["result"]
        return int(result["message_id"]) if isinstance(result, dict) else 0


@pytest_asyncio.fixture(loop_scope="module")
async def town() -> AsyncIterator[tuple[BotApiServer, str]]:
    page = phones.Page([phones.Phone(FANG, "returnee"), phones.Phone(QIANG, "worker")])
    server = BotApiServer(page=page)
    server.add_person(FANG, "芳", "王", "13800001001")
    server.add_person(QIANG, "强", "李", "13800002002")
    async with server.serving() as url:
        yield server, url


@pytest_asyncio.fixture(loop_scope="module")
async def bot(town: tuple[BotApiServer, str]) -> AsyncIterator[Bot]:
    server, url = town
    async with httpx.AsyncClient(base_url=f"{url}/bot{server.token}/", trust_env=False) as http:
        yield Bot(http)


@sizes
async def test_pictures_and_files_are_shown(
    chromium: Browser, town: tuple[BotApiServer, str], bot: Bot, size: str
) -> None:
    server, url = town
    server.start(FANG)
    async with opened(chromium, url, size) as page:
        fang = Phone(page, FANG)
        await bot.call("sendPhoto", ("gate.png", chequered()), chat_id=FANG, caption="卡口二维码")
        await bot.call("sendDocument", ("日报.xlsx", b"PK\x03\x04" * 3000), chat_id=FANG)
        await bot.call("sendDocument", ("qr.png", chequered()), chat_id=FANG)
        thumbnails = fang.screen.locator(".picture img")
        await expect(thumbnails).to_have_count(2)
        for image in await thumbnails.all():
            assert (
                await image.evaluate(
                    "async (node) => { await node.decode(); return node.naturalWidth; }"
                )
                == 160
            )
        card = fang.screen.locator(".file", has_text="日报.xlsx")
        await expect(card).to_contain_text("12 kB")
        async with page.expect_download() as found:
            await card.click()
        assert (await found.value).suggested_filename == "日报.xlsx"
        await keep(page, f"files-{size}")
        if size == "hand":
            assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(WIDER_THAN_THE_SCREEN) <= 0
        await fang.screen.locator(".picture").first.click()
        viewer = page.get_by_test_id("viewer")
        await expect(viewer).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(viewer).to_be_hidden()
        await expect(fang.screen.locator(".picture").first).to_be_focused()


@sizes
async def test_a_person_attaches_what_a_phone_can(
    chromium: Browser, town: tuple[BotApiServer, str], size: str
) -> None:
    server, url = town
    server.start(FANG)
    async with opened(chromium, url, size) as page:
        fang = Phone(page, FANG)
        await fang.part("input").fill("阴性")
        await fang.part("attach").click()
        async with page.expect_file_chooser() as chooser:
            await fang.screen.get_by_role("button", name="照片").click()
        await (await chooser.value).set_files(
            {"name": "result.png", "mimeType": "image/png", "buffer": chequered()}
        )
        await expect(fang.screen.locator(".mine .picture")).to_be_visible()
        await expect(fang.screen.locator(".mine").last).to_contain_text("阴性")
        for label, shown in (("位置", "30.6428, 104.0431"), ("我的名片", "13800001001")):
            await fang.part("attach").click()
            await fang.screen.get_by_role("button", name=label).click()
            await fang.sees(shown)
        await fang.part("photo").set_input_files(
            {"name": "virus.html", "mimeType": "text/html", "buffer": b"<script>"}
        )
        await fang.sees("请选 JPG、PNG 或 WebP 图片")
    sent = server.chat(FANG)
    assert (sent[1].photo, sent[1].text) == (chequered(), "阴性")
    assert len(sent) == 4


async def test_what_people_type_is_text_whatever_it_says(
    chromium: Browser, town: tuple[BotApiServer, str], bot: Bot
) -> None:
    server, url = town
    server.start(FANG)
    async with opened(chromium, url, "desk") as page:
        fang = Phone(page, FANG)
        await fang.write(NASTY)
        await fang.sees(NASTY)
        await bot.call("sendMessage", chat_id=FANG, text=NASTY)
        await expect(fang.screen.locator(".words", has_text=NASTY)).to_have_count(2)
        assert await fang.screen.locator(".words img, .words b").count() == 0
        assert await page.title() == "gridbot 演示"


async def test_a_chat_shows_ticks_edits_and_what_is_unread(
    chromium: Browser, town: tuple[BotApiServer, str], bot: Bot
) -> None:
    server, url = town
    server.start(FANG)
    server.start(QIANG)
    async with opened(chromium, url, "hand") as page:
        fang, qiang = Phone(page, FANG), Phone(page, QIANG)
        await fang.write("你好")
        await expect(fang.screen.get_by_label("已发送")).to_have_count(2)
        last = server.updates.ready(10)[-1]["update_id"]
        await bot.call("getUpdates", offset=last + 1, timeout=0)
        asked = await bot.call("sendMessage", chat_id=FANG, text="姓名？")
        await expect(fang.screen.get_by_label("机器人已收到")).to_have_count(2)
        await bot.call("editMessageText", chat_id=FANG, message_id=asked, text="手机号？")
        await expect(fang.screen.locator(".message", has_text="手机号？")).to_contain_text("已修改")
        await bot.call("sendMessage", chat_id=QIANG, text="新线索")
        await expect(qiang.part("tab").locator(".badge")).to_have_text("1")
        await expect(page.locator("#heard")).to_have_text("李强：新线索")
        await fang.part("input").fill("没写完")
        await page.reload()
        await expect(qiang.part("tab").locator(".badge")).to_have_text("1")
        await expect(fang.part("input")).to_have_value("没写完")
        await qiang.open()
        await expect(qiang.part("tab").locator(".badge")).to_be_hidden()
        await page.reload()
        await expect(qiang.part("tab")).to_have_attribute("aria-current", "true")


async def test_motion_and_darkness_follow_the_visitors_wishes(
    chromium: Browser,
    town: tuple[BotApiServer, str],
) -> None:
    server, url = town
    server.start(FANG)
    async with opened(chromium, url, "hand", color_scheme="dark", reduced_motion="reduce") as page:
        fang = Phone(page, FANG)
        await fang.write("你好")
        await fang.sees("你好")
        await keep(page, "dark-hand")
        darkness = await page.evaluate(
            "() => getComputedStyle(document.querySelector('.bar')).backgroundColor"
        )
        assert darkness == "rgb(23, 36, 42)"
        moving = "() => document.getAnimations().length"
        assert await page.evaluate(moving) == 0


async def test_an_answer_that_was_overtaken_changes_nothing(
    chromium: Browser, town: tuple[BotApiServer, str], bot: Bot
) -> None:
    """The state that the page asks for once it listens may arrive after a younger event."""
    server, url = town
    server.start(FANG)
    held, overtaken = asyncio.Event(), asyncio.Event()
    answers = itertools.count()

    async def hold(route: Route) -> None:
        answer = await route.fetch()
        if next(answers) == 1:  # the first draws the page
            held.set()
            await overtaken.wait()
        await route.fulfill(response=answer)

    async with opened(chromium, url, "desk") as page:
        fang = Phone(page, FANG)
        await page.goto("about:blank")  # nothing that was asked before is counted
        await page.route("**/demo/state", hold)
        await page.goto(url)
        async with asyncio.timeout(30):
            await held.wait()
        await bot.call("sendMessage", chat_id=FANG, text="姓名？")
        await fang.sees("姓名？")
        asked = await fang.screen.locator(".message", has_text="姓名？").element_handle()
        async with page.expect_event("requestfinished"):
            overtaken.set()
        await bot.call("sendMessage", chat_id=FANG, text="手机号？")
        await fang.sees("手机号？")
        assert await asked.evaluate("(node) => node.isConnected")
