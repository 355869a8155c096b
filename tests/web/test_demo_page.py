"""The self-report on the demo's page, in a real browser: what a visitor does first."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.demo.play import play
from bot.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ARTEFACTS = Path("artefacts")
RETURNEE, WORKER = 1001, 1002
SIZES = {"desk": (1440, 900), "hand": (390, 844)}


@pytest.fixture
async def address(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[str]:
    """The demo as `gridbot demo` runs it; it has to say where it is within five seconds."""
    stop = asyncio.Event()
    demo = asyncio.create_task(play(Settings(), 0, stop))
    printed = ""
    for _ in range(50):
        await asyncio.sleep(0.1)
        printed += capsys.readouterr().out
        if found := re.search(r"http://127\.0\.0\.1:\d+", printed):
            break
    else:
        raise AssertionError(f"no address within 5 s: {printed!r}")
    yield found.group()
    stop.set()
    await asyncio.wait_for(demo, 15)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM:
        pytest.skip("CHROMIUM IS NOT INSTALLED: the demo's page is not tested")
    async with async_playwright() as driver:
        found = await driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        await found.close()


class Phone:
    """One phone of the page."""

    def __init__(self, page: Page, who: int) -> None:
        self._page = page
        self._who = who
        self.screen: Locator = page.get_by_test_id(f"phone-{who}")

    async def open(self) -> None:
        """On a small screen one phone is shown at a time, behind a tab."""
        tab = self._page.get_by_test_id(f"tab-{self._who}")
        if await tab.is_visible():
            await tab.click()

    async def write(self, text: str) -> None:
        await self._page.get_by_test_id(f"input-{self._who}").fill(text)
        await self._page.get_by_test_id(f"input-{self._who}").press("Enter")

    async def tap(self, label: str) -> None:
        await self.screen.locator(".inline-button", has_text=label).last.click()

    async def sees(self, text: str) -> None:
        await expect(self.screen.get_by_text(text).last).to_be_visible(timeout=10_000)


@pytest.mark.parametrize("size", SIZES)
async def test_a_visitor_reports_herself_and_the_worker_gets_her_card(
    address: str, browser: Browser, size: str
) -> None:
    width, height = SIZES[size]
    page = await browser.new_page(
        viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    await page.goto(address)
    fang, qiang = Phone(page, RETURNEE), Phone(page, WORKER)
    await fang.open()
    await page.get_by_test_id(f"start-{RETURNEE}").click()
    await fang.tap("同意，为自己报备")
    await fang.sees("姓名")
    await fang.write("王芳")
    await fang.sees("手机号")
    await fang.screen.locator(".key", has_text="手机号").click()
    await fang.sees("请发身份证号")
    await fang.write("110101199003070011")
    await fang.sees("从哪里来")
    await fang.write("成都武侯")
    await fang.tap("已经到了")
    await fang.sees("坐什么来的")
    await fang.write("高铁 G8605")
    await fang.sees("住在哪里")
    await fang.write("花园小区3栋2单元501")
    await fang.tap("确认提交")
    await fang.sees("回执号")
    await qiang.open()
    await qiang.sees("新线索：王芳")
    ARTEFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTEFACTS / f"demo-{size}.png")
    await page.close()
