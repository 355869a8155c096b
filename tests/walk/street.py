"""The people at the other end of the wire, the running program and its clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import App, database
from bot.channels.telegram import TelegramChannel
from bot.demo.chats import Shown
from bot.demo.server import DEMO_TOKEN, BotApiServer
from bot.operations import initialise, make_gate, make_invite
from bot.pacing import UNLIMITED
from bot.settings import Settings
from models.accounts import Role
from models.clock import StoppedClock
from models.obligations import next_due_at
from models.session import Database
from models.units import Level, add_unit, root

START = datetime.fromisoformat("2022-07-04T09:00:00+08:00")
FANG, QIANG, CHEN = 11, 12, 13


class Street:
    """The people at the other end of the wire, the running program and its clock."""

    def __init__(self, server: BotApiServer, app: App, clock: StoppedClock) -> None:
        self.server = server
        self.app = app
        self.clock = clock

    async def seen(self, who: int, *parts: str) -> Shown:
        """The newest message of the bot that holds all these words, as soon as it is there."""
        return await self._newest(who, lambda shown: all(part in shown.text for part in parts))

    async def _newest(self, who: int, fits: Callable[[Shown], bool]) -> Shown:
        for _ in range(1500):  # half a minute
            for shown in reversed(self.server.chat(who)):
                if shown.by_bot and fits(shown):
                    return shown
            await asyncio.sleep(0.02)
        raise AssertionError(f"not seen by {who}, but: {self.texts(who)}")

    def texts(self, who: int) -> list[str]:
        return [_all_text(shown) for shown in self.server.chat(who)[-4:]]

    async def tap(self, who: int, label: str) -> None:
        """Tap the newest button with this label."""
        shown = await self._newest(who, lambda shown: label in shown.labels)
        self.server.tap(who, shown.message_id, shown.button(label).data)

    async def wait(self, span: timedelta) -> None:
        """Time passes; what is due on the way happens at its own hour."""
        target = self.clock.now() + span
        while True:
            async with self.app.db.read() as session:
                due = await next_due_at(session)
            if due is None or due > target:
                break
            self.clock.move_to(due)
            await self.app.tick_at(self.clock.now())
        self.clock.move_to(target)
        await self.app.tick_at(self.clock.now())
        self.app.dispatcher.poke()


def _all_text(shown: Shown) -> str:
    return "\n".join([shown.text, *shown.labels])


async def _district(db: Database) -> None:
    async with db.write() as session:
        top = await root(session)
        assert top is not None
        town = await add_unit(session, "01", "青石镇", Level.TOWNSHIP, top)
        village = await add_unit(session, "0101", "花园社区", Level.VILLAGE, town)
        await add_unit(session, "010101", "花园小区一网格", Level.GRID, village)


@asynccontextmanager
async def inhabited(folder: Path) -> AsyncIterator[Street]:
    """A street with three people on it and the program running."""
    clock = StoppedClock(START)
    server = BotApiServer(clock=clock)
    server.add_person(FANG, "芳", "王", "13800001001")
    server.add_person(QIANG, "强", "李", "13800002002")
    server.add_person(CHEN, "主任", "陈", "13800002003")
    settings = Settings(data_dir=folder)
    async with database(settings) as db, server.serving() as url:
        await initialise(db, ["cn-covid-v9"], START)
        await _district(db)
        channel = TelegramChannel(DEMO_TOKEN, root=url, limits=UNLIMITED, poll_seconds=2)
        app = App(db, settings, {channel.name: channel}, polled=(channel,), clock=clock)
        async with _running(app):
            yield Street(server, app, clock)
        await channel.close()


@asynccontextmanager
async def _running(app: App) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(app.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def sign_in(street: Street, who: int, role: Role, unit: str) -> None:
    code = await make_invite(street.app.db, role, unit, street.clock.now())
    street.server.start(who, code)
    await street.seen(who, "登录成功")


async def report(street: Street) -> None:
    """Eight answers from the code on the gate."""
    link = await make_gate(street.app.db, "010101", "", None, START)
    street.server.start(FANG, link.removeprefix("/start "))
    await street.tap(FANG, "同意，为自己报备")
    await street.seen(FANG, "姓名")
    street.server.write(FANG, "王芳")
    await street.seen(FANG, "手机号")
    street.server.share_contact(FANG)
    await street.seen(FANG, "身份证号")
    street.server.write(FANG, "11010119900307001X")
    await street.seen(FANG, "最后一位对不上")
    street.server.write(FANG, "110101199003070011")
    await street.seen(FANG, "从哪里来")
    street.server.write(FANG, "成都武侯")
    await street.tap(FANG, "已经到了（刚到）")
    await street.seen(FANG, "坐什么来的")
    street.server.write(FANG, "高铁 G8605")
    await street.seen(FANG, "住在哪里")
    street.server.write(FANG, "花园小区3栋2单元501")
    await street.tap(FANG, "✅ 确认提交")
    await street.seen(FANG, "回执号")


async def verify(street: Street) -> None:
    await street.seen(QIANG, "新线索", "王芳", "四川省成都市武侯区")
    await street.tap(QIANG, "我来办")
    await street.seen(QIANG, "您已认领")
    await street.tap(QIANG, "核实")
    await street.tap(QIANG, "在本地，需要健康观察")
    await street.tap(QIANG, "中风险区返回")
    await street.tap(QIANG, "今天")
    await street.seen(QIANG, "可以居家吗")
    await street.tap(QIANG, "是")
    await street.tap(QIANG, "✅ 确认提交")
    await street.seen(QIANG, "已建档")
    await street.seen(FANG, "需要健康观察到 7月11日", "7月5日（第1天）")


async def be_tested(street: Street, day: int) -> None:
    await street.tap(FANG, "✅ 已采样")
    await street.seen(FANG, f"第 {day} 天", "采样")
    street.server.write(FANG, "/test")
    await street.tap(FANG, "报结果")
    await street.tap(FANG, "阴性")
    await street.tap(FANG, "跳过")
    await street.seen(FANG, f"第 {day} 天检测结果为阴性")
