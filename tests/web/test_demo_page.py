"""The demo in a real browser: the tour through the main job, clock, words, fresh start."""

from __future__ import annotations

import re

import pytest
from browser import (
    FOCUS_IS_SEEN,
    PATIENCE_MS,
    SMALL_TARGETS,
    WIDER_THAN_THE_SCREEN,
    Phone,
    keep,
    opened,
    sizes,
)
from playwright.async_api import Browser, Locator, Page, expect

RETURNEE, WORKER, SUPERVISOR = 1001, 1002, 1003
pytestmark = pytest.mark.asyncio(loop_scope="module")
LOOK_MS = 50
PRESSES = 30  # of "next reminder", at most, until something happens: two days have fewer


async def at_step(page: Page, step: str) -> None:
    tour = page.get_by_test_id("tour")
    await expect(tour).to_have_attribute("data-step", step)


async def press_next_until(page: Page, appears: str) -> None:
    """Each press is over when the clock stands at another hour."""
    clock = page.get_by_test_id("clock")
    for _ in range(PRESSES):
        if await page.locator(appears).count():
            return
        before = await clock.inner_text()
        await page.get_by_test_id("clock-next").click()
        await expect(clock).not_to_have_text(before)
        await expect(page.locator("#moves")).not_to_have_class(re.compile("moving"))
    raise AssertionError(f"{PRESSES} reminders later there is no {appears}")


async def report(fang: Phone) -> None:
    await fang.open()
    await fang.part("start").click()
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


async def verify(qiang: Phone) -> None:
    await qiang.tap("核实")
    for answer in ("在本地，需要健康观察", "中风险区返回", "今天", "是", "确认提交"):
        await qiang.tap(answer)


async def points_at(page: Page, who: int, control: str) -> None:
    """The tour marks one phone and one control."""
    await expect(page.locator(".column.hinted")).to_have_id(f"phone-{who}")
    await expect(page.locator(f"{control}.hint")).to_be_visible()
    await expect(page.locator(".hint")).to_have_count(1)


@sizes
async def test_the_tour_walks_the_whole_job(chromium: Browser, address: str, size: str) -> None:
    async with opened(chromium, address, size) as page:
        fang, qiang = Phone(page, RETURNEE), Phone(page, WORKER)
        chief = Phone(page, SUPERVISOR)
        await at_step(page, "report")
        await points_at(page, RETURNEE, ".start")
        await expect(page.get_by_test_id("next")).to_have_text("接下来 08:00 打卡：刘建国 等 4 项")
        await report(fang)
        await at_step(page, "claim")
        await points_at(page, WORKER, '[data-data^="a:claim:"]')
        await page.get_by_test_id("tour-show").click()
        await qiang.sees("新线索：王芳")
        await keep(page, f"demo-{size}-claim")
        await page.keyboard.press("Enter")
        await at_step(page, "verify")
        await points_at(page, WORKER, ".inline-button")
        await page.reload()
        await at_step(page, "verify")
        await qiang.sees("您已认领：王芳")
        await verify(qiang)
        await at_step(page, "checkin")
        await points_at(page, RETURNEE, "[data-move=next]")
        await press_next_until(page, f"#phone-{RETURNEE} [data-data^='a:well:']")
        await points_at(page, RETURNEE, '[data-data^="a:well:"]')
        await page.get_by_test_id("tour-show").click()
        await keep(page, f"demo-{size}-checkin")
        await fang.tap("36.5 正常")
        await at_step(page, "climb")
        await press_next_until(page, "[data-step=digest]")
        await chief.open()
        await chief.sees("孙丽华")
        await press_next_until(page, "[data-step=finished]")
        await chief.sees("【青石镇】健康服务汇总")
        await keep(page, f"demo-{size}")
        assert await page.evaluate(WIDER_THAN_THE_SCREEN) <= 0
        await start_over(page)
        await expect(fang.screen.locator(".message")).to_have_count(0)


async def start_over(page: Page) -> None:
    """Asked first; a click too many costs nothing."""
    clock = page.get_by_test_id("clock")
    await page.get_by_test_id("tour-again").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("sure")).to_be_hidden()
    await expect(clock).to_contain_text("7月9日")
    await page.get_by_test_id("restart").click()
    await page.get_by_test_id("sure-yes").click()
    await expect(clock).to_contain_text("7月8日")
    await at_step(page, "report")


async def test_the_tour_can_be_skipped_and_hidden(chromium: Browser, address: str) -> None:
    async with opened(chromium, address, "desk") as page:
        await page.get_by_test_id("tour-skip").click()
        await at_step(page, "claim")
        await page.reload()
        await at_step(page, "claim")
        await page.get_by_test_id("tour-close").click()
        await expect(page.get_by_test_id("tour")).to_be_hidden()
        await page.reload()
        await expect(page.get_by_test_id("tour-open")).to_be_visible()
        await expect(page.get_by_test_id("tour")).to_be_hidden()
        assert await page.locator(".hint, .hinted").count() == 0
        await page.get_by_test_id("tour-open").click()
        await at_step(page, "claim")


@sizes
async def test_page_and_bot_speak_one_language(chromium: Browser, address: str, size: str) -> None:
    async with opened(chromium, address, size) as page:
        qiang = Phone(page, WORKER)
        await qiang.open()
        await qiang.sees("花园小区一网格的网格员，负责 312 户。")
        await page.get_by_test_id("language").select_option("en")
        await qiang.sees("Answers for 312 households")
        await qiang.sees("Hello, what would you like to do?")
        await page.reload()
        await expect(page.get_by_test_id("tour-title")).to_contain_text("A returnee reports")
        await expect(page.get_by_test_id("next")).to_contain_text("Next: 08:00")
        await qiang.sees("Answers for 312 households")
        await keep(page, f"demo-{size}-en")
        for lang in ("en", "zh_Hant", "zh_Hans"):
            await page.get_by_test_id("language").select_option(lang)
            assert await page.evaluate(WIDER_THAN_THE_SCREEN) <= 0
            if size == "hand":
                assert await page.evaluate(SMALL_TARGETS) == []


async def test_the_clock_moves_on_and_to_the_morning(chromium: Browser, address: str) -> None:
    async with opened(chromium, address, "desk") as page:
        clock = page.get_by_test_id("clock")
        await expect(clock).to_contain_text("7月8日周五 07:5")
        await page.get_by_test_id("clock-6h").click()
        await expect(clock).to_contain_text("7月8日周五 13:5")
        await page.get_by_test_id("clock-day").click()
        await expect(clock).to_contain_text("7月9日周六 08:0")
        await Phone(page, SUPERVISOR).sees("【青石镇】健康服务汇总")  # of the evening between


async def test_everything_can_be_done_with_the_keyboard(chromium: Browser, address: str) -> None:
    async with opened(chromium, address, "desk") as page:
        fang = Phone(page, RETURNEE)
        await tab_to(page, fang.part("start"))
        await page.keyboard.press("Enter")
        await fang.sees("同意，为自己报备")
        await expect(fang.part("input")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await focus_is_seen(page)
        await page.keyboard.press("Enter")  # the commands
        await expect(fang.part("commands")).to_have_attribute("aria-expanded", "true")
        await page.keyboard.press("Escape")
        await expect(fang.part("commands")).to_be_focused()
        await tab_to(
            page, fang.screen.locator(".inline-button", has_text="同意，为自己"), "Shift+Tab"
        )
        await page.keyboard.press("Enter")
        await fang.sees("姓名")
        await fang.part("input").focus()
        await expect(fang.part("input")).to_be_focused()
        await page.keyboard.type("王芳")
        await page.keyboard.press("Enter")
        await fang.sees("手机号")
        await expect(page.locator("#heard")).to_contain_text("王芳：")
        await expect(page.locator("#heard")).to_have_attribute("aria-live", "polite")
        await tab_to(page, page.get_by_test_id("restart"), "Shift+Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("sure-no")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("restart")).to_be_focused()


async def focus_is_seen(page: Page) -> None:
    """A busy machine draws the ring a moment after the key."""
    for _ in range(PATIENCE_MS // LOOK_MS):
        if await page.evaluate(FOCUS_IS_SEEN):
            return
        await page.wait_for_timeout(LOOK_MS)
    raise AssertionError("what has the focus does not show it")


async def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until it has the focus; whatever has it on the way shows that."""
    for _ in range(60):
        # Looked up anew each time: a message that comes meanwhile draws its buttons again.
        if await wanted.evaluate("(node) => node === document.activeElement"):
            return
        await page.keyboard.press(key)
        await focus_is_seen(page)
    raise AssertionError("sixty keys away and not reached")
