"""A visitor's browser at the page of phones: opening it, one phone of it, what must hold always."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

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
SIZES = {"desk": (1440, 900), "hand": (390, 844)}
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
sizes = pytest.mark.parametrize("size", SIZES)

# What no finger would hit: visible controls that are narrower or lower than 44 px. Links inside a
# sentence are as high as the sentence.
SMALL_TARGETS = """() => [...document.querySelectorAll("button, select, textarea, a[href]")]
  .filter((node) => node.checkVisibility() && !node.closest(".words"))
  .map((node) => ({ name: node.outerHTML.slice(0, 90), box: node.getBoundingClientRect() }))
  .filter(({ box }) => box.width < 44 || box.height < 44)
  .map(({ name, box }) => `${name} ${box.width}x${box.height}`)"""
WIDER_THAN_THE_SCREEN = "() => document.documentElement.scrollWidth - window.innerWidth"
FOCUS_IS_SEEN = """() => {
  const style = getComputedStyle(document.activeElement);
  return document.activeElement.matches(":focus-visible")
    && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser a module: to start one costs more than most tests."""
    if not CHROMIUM:
        pytest.skip("CHROMIUM IS NOT INSTALLED: the demo's page is not tested")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser: Browser, address: str, size: str, **options: Any) -> AsyncIterator[Page]:
    """The page as a visitor sees it for the first time; anything that its scripts or its security
    policy trip over fails the test."""
    width, height = SIZES[size]
    wrong: list[str] = []
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        **{"locale": "zh-CN", "timezone_id": "Asia/Shanghai", **options},
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Policy" in said.text else None)
    await page.goto(address)
    await expect(page.get_by_test_id("language")).not_to_have_value("")
    yield page
    await context.close()
    assert wrong == []


class Phone:
    """One phone of the page."""

    def __init__(self, page: Page, who: int) -> None:
        self.page = page
        self.who = who
        self.screen: Locator = page.get_by_test_id(f"phone-{who}")

    def part(self, name: str) -> Locator:
        return self.page.get_by_test_id(f"{name}-{self.who}")

    async def open(self) -> None:
        """On a small screen one phone is shown at a time, behind a tab."""
        if await self.part("tab").is_visible():
            await self.part("tab").click()

    async def write(self, text: str) -> None:
        await self.part("input").fill(text)
        await self.part("input").press("Enter")

    async def tap(self, label: str) -> None:
        await self.screen.locator(".inline-button", has_text=label).last.click()

    async def sees(self, text: str) -> None:
        await expect(self.screen.get_by_text(text).last).to_be_visible(timeout=PATIENCE_MS)


async def keep(page: Page, name: str) -> None:
    """A screenshot among the artefacts."""
    ARTEFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTEFACTS / f"{name}.png")
