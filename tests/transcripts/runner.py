"""Plays a transcript on the stage: its acts and directives, and what everybody saw.

Knows the meaning of every line; what lines look like is script.py's.
"""

from __future__ import annotations

import io
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import xlsxwriter
from cast import (
    RESIDENTS,
    STAFF,
    add_resident,
    add_volunteer,
    chat_of,
    gate_token,
    phone_of,
)
from python_calamine import load_workbook
from sqlalchemy import select
from transcripts.papers import edited, lines_of, reheaded
from transcripts.phones import Seen
from transcripts.script import BLANK, MARK, Step, block
from transcripts.stage import ZONE, Stage

from bot.channels.base import Forum
from models.accounts import Account
from models.clock import local_day
from models.identity import IdKind
from models.leads import Lead, LeadSource
from models.listed import Resident
from models.observation import open_episode
from models.people import Household, Person, address_index, phone_index
from models.protocols import catalogue
from models.reports import chart
from models.roster import Roster
from models.units import Unit
from models.venues.kinds import VenueKind
from models.venues.managing import Told, add_venue, appoint_manager
from scheduler.logdays import plan_log_day
from scheduler.upkeep import plan_recurring

LARGEST = 20_000_000
_BRACKETS = re.compile(r"\[(?P<inside>.*)\](?:\^(?P<nth>\d))?")
_SPAN = re.compile(r"(?:(\d+)d)? ?(?:(\d+)h)? ?(?:(\d+)m)?")


class Runner:
    """One play of one transcript."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sheets: dict[str, list[list[str]]] = {}

    async def play(self, steps: list[Step]) -> None:
        """Put what was seen below each step. Raises AssertionError naming the line."""
        for step in steps:
            try:
                step.blocks = await self._step(step)
            except (LookupError, ValueError, TypeError) as error:
                raise AssertionError(f"line {step.number}: {step.line}: {error!r}") from error

    async def _step(self, step: Step) -> list[str]:
        name, argument = step.directive
        if name:
            return await _DIRECTIVES[name](self, argument)
        people, what = step.act
        if not people:
            return []
        if step.place:
            seen = await self._in_group(people[0], what, step.place)
        else:
            seen = await self._stage.act(people, **_event(self._stage, people[0], what))
        return [block(one) for one in seen]

    async def _in_group(self, person: str, what: str, place: str) -> list[Seen]:
        """She writes, or does something with us, in a group."""
        title, _, topic = place.partition("/")
        phones, chat = self._stage.phones, chat_of(title)
        happened: dict[str, Any]
        match what.strip("[]").split(" ", 1):
            case ["拉进群"]:
                phones.refusing.discard(title)
                happened = {"kind": "joined", "place": chat, "text": title.removeprefix("#")}
            case ["移出群"]:
                phones.refusing.add(title)
                happened = {"kind": "left", "chat": chat, "name": ""}
            case ["换地址", new]:
                phones.move(title, new)
                happened = {"kind": "moved", "chat": chat, "name": "", "data": chat_of(new)}
            case _ if what.startswith("["):
                # A button in a group opens the private chat.
                _, start = phones.find(title, what[1:-1])
                happened = {"kind": "text", "text": start}
            case _:
                return await self._stage.overhear(person, what, chat, topic)
        return await self._stage.act([person], **happened)

    # -- directives ------------------------------------------------------------------------------

    async def at(self, argument: str) -> list[str]:
        """@at 2022-07-04 08:00: it is that hour now."""
        return await self._pass(datetime.fromisoformat(argument).replace(tzinfo=ZONE))

    async def wait(self, argument: str) -> list[str]:
        """@wait 1d 2h 30m: time passes, whatever is due happens at its own hour."""
        found = _SPAN.fullmatch(argument)
        if found is None or not argument:
            raise ValueError("@wait takes 1d, 2h, 30m or several of these")
        days, hours, minutes = (int(part or 0) for part in found.groups())
        span = timedelta(days=days, hours=hours, minutes=minutes)
        return await self._pass(self._stage.now + span)

    async def down(self, argument: str) -> list[str]:
        """@down 2022-07-08 09:00: the program was down until then, and starts again."""
        until = datetime.fromisoformat(argument).replace(tzinfo=ZONE)
        self._stage.clock.move_to(until)
        return [block(one) for one in await self._stage.settle()]

    async def _pass(self, end: datetime) -> list[str]:
        blocks = []
        for at, seen in await self._stage.pass_until(end):
            blocks.append(f"{MARK}{at.astimezone(ZONE):%m-%d %H:%M}")
            blocks += [block(one) for one in seen]
        return blocks

    async def scan(self, argument: str) -> list[str]:
        """@scan 王芳 花园小区一网格: she scans the QR code on the gate."""
        person, unit = argument.split()
        text = f"/start {gate_token(unit)}"
        return [block(one) for one in await self._stage.act([person], kind="text", text=text)]

    async def report(self, argument: str) -> list[str]:
        """@report 王芳 花园小区一网格: her self-report from the gate's code to the receipt."""
        person, _unit = argument.split()
        await self.scan(argument)
        seen: list[Seen] = []
        for what in _self_report(person):
            event = _event(self._stage, person, what)
            seen = await self._stage.act([person], **event)
        return [block(one) for one in seen]

    async def observe(self, argument: str) -> list[str]:
        """@observe 王芳 spill-medium 2022-07-03: observation has begun, quietly, by 李强."""
        name, category, anchor = argument.split()
        pack, _, code = category.rpartition("/")
        await self._observe(name, pack or "cn-covid-v9", code, date.fromisoformat(anchor))
        return []

    async def _observe(self, name: str, pack: str, category: str, anchor: date) -> None:
        now = self._stage.now
        async with self._stage.db.write() as session:
            people = await session.scalars(select(Person))
            person = next((p for p in people if p.name == name), None)
            person = person or await add_resident(session, name, now)
            worker = (
                await session.scalars(select(Account).where(Account.chat == chat_of("李强")))
            ).one()
            lead = Lead(
                person_id=person.id,
                unit_id=person.unit_id,
                source=LeadSource.VISIT,
                expected_at=now,
                created_at=now,
                purge_on=anchor + timedelta(days=90),
            )
            session.add(lead)
            await session.flush()
            chosen = catalogue.get(pack)
            await open_episode(
                session, lead, person, chosen, category, anchor, worker.id, now, ZONE
            )

    async def doors(self, argument: str) -> list[str]:
        """@doors 花园小区一网格 花园小区3栋1单元101 …: doors without people on the roster."""
        unit_name, *addresses = argument.split()
        async with self._stage.db.write() as session:
            unit = (await session.scalars(select(Unit).where(Unit.name == unit_name))).one()
            session.add_all(
                Household(unit_id=unit.id, address=one, address_index=address_index(one))
                for one in addresses
            )
        return []

    async def lives(self, argument: str) -> list[str]:
        """@lives 王芳: she stands in the roster, behind her door."""
        async with self._stage.db.write() as session:
            await add_resident(session, argument, self._stage.now)
        return []

    async def volunteers(self, argument: str) -> list[str]:
        """@volunteers 王芳 林志明: confirmed, for everything, at any hour."""
        async with self._stage.db.write() as session:
            for name in argument.split():
                await add_volunteer(session, name, self._stage.now)
        return []

    async def venue(self, argument: str) -> list[str]:
        """@venue shop 花园超市 花园小区1栋 马兰: of 花园社区; 马兰 answers for it inside, unless
        somebody else is named (- for nobody)."""
        kind, name, address, *who = argument.split()
        manager = who[0] if who else "马兰"
        async with self._stage.db.write() as session:
            unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
            told = Told(VenueKind(kind), name, address, unit.id)
            venue = await add_venue(session, told, None, self._stage.now)
            if manager != "-":
                phone = phone_of(manager)
                await appoint_manager(session, venue, manager, phone, self._stage.now)
        return []

    async def venuedays(self, _argument: str) -> list[str]:
        """@venuedays: the mornings of venues are planned, and nothing else that comes by itself."""
        async with self._stage.db.write() as session:
            await plan_log_day(session, self._stage.now, ZONE)
        return []

    async def digests(self, _argument: str) -> list[str]:
        """@digests: the daily digests are planned, as when the program starts."""
        async with self._stage.db.write() as session:
            await plan_recurring(session, self._stage.now, ZONE)
        return []

    async def refuse(self, argument: str) -> list[str]:
        """@refuse 王芳: the platform takes nothing more for her, and has not told us."""
        self._stage.phones.refusing.add(argument)
        return []

    async def packs(self, argument: str) -> list[str]:
        """@packs cn-covid-v9: the packs that the district has switched on; none at all."""
        async with self._stage.db.write() as session:
            top = (await session.scalars(select(Unit).where(Unit.parent_id.is_(None)))).one()
            top.packs = argument.split()
        return []

    async def listed(self, argument: str) -> list[str]:
        """@listed 章伟 - 13812345679 花园小区5幢301 花园小区一网格: a list names somebody."""
        name, number, phone, address, unit = (
            "" if word == "-" else word for word in argument.split()
        )
        kind = IdKind.RESIDENT if number else None
        async with self._stage.db.write() as session:
            found = await session.scalar(select(Unit.id).where(Unit.name == unit))
            told = Resident(name, kind, number, phone or None, address, found)
            today = local_day(self._stage.now, ZONE)
            await (await Roster.open(session)).land(session, [told], self._stage.now, today)
        return []

    async def row(self, argument: str) -> list[str]:
        """@row 名册.xlsx 姓名 | 身份证号: the next row of a sheet that somebody has."""
        name, _, cells = argument.partition(" ")
        rows = self._sheets.setdefault(name, [])
        rows.append([cell.strip() for cell in cells.split("|")])
        self._stage.phones.files[name] = _workbook(rows)
        return []

    async def fill(self, argument: str) -> list[str]:
        """@fill 大表.xlsx 25: so many megabytes of nothing."""
        name, megabytes = argument.split()
        self._stage.phones.files[name] = bytes(int(megabytes) * 1_000_000)
        return []

    async def open(self, argument: str) -> list[str]:
        """@open 孙丽: what stands in the sheet or the document that she was sent last."""
        file = self._stage.phones.received[argument][-1]
        if file.name.endswith(".docx"):
            lines = lines_of(file.content)
            return ["\n  ".join([f"bot@{argument}> 📎 {file.name}", *lines])]
        rows = load_workbook(io.BytesIO(file.content)).get_sheet_by_index(0).to_python()
        lines = [" | ".join(_shown(cell) for cell in row) for row in rows]
        return ["\n  ".join([f"bot@{argument}> 📎 {file.name}", *lines])]

    async def edit(self, argument: str) -> list[str]:
        """@edit 吴刚 新模板.docx 旧词 => 新词: she edits the document that she was sent last, and
        has it on her phone under that name."""
        person, name, words = argument.split(maxsplit=2)
        old, new = (part.strip() for part in words.split("=>"))
        content = self._stage.phones.received[person][-1].content
        self._stage.phones.files[name] = edited(content, old, new)
        return []

    async def heads(self, argument: str) -> list[str]:
        """@heads 吴刚 表头.xlsx 姓名 | 手机号=联系电话 | +备注: she moves, renames, deletes, adds
        columns of the sheet that she was sent last, and has it on her phone under that name."""
        person, name, words = argument.split(maxsplit=2)
        content = self._stage.phones.received[person][-1].content
        wanted = [part.strip() for part in words.split("|")]
        self._stage.phones.files[name] = reheaded(content, wanted)
        return []

    async def forum(self, argument: str) -> list[str]:
        """@forum 工作群 open: the group has threads, and we may make some (closed: may not)."""
        group, state = argument.split()
        self._stage.phones.forums[f"#{group}"] = Forum(state)
        return []

    async def charts(self, _argument: str) -> list[str]:
        """@charts: pictures can be drawn here."""
        chart.offer(drawn=True)
        return []

    async def check(self, argument: str) -> list[str]:
        """@check 王芳 2: so many people of that phone number are known; no double was made."""
        name, expected = argument.split()
        async with self._stage.db.read() as session:
            index = phone_index(phone_of(name))
            found = list(await session.scalars(select(Person).where(Person.phone_index == index)))
        assert len(found) == int(expected), f"{name}: {len(found)} people"
        return []


_DIRECTIVES: Mapping[str, Callable[[Runner, str], Awaitable[list[str]]]] = {
    "at": Runner.at,
    "down": Runner.down,
    "wait": Runner.wait,
    "scan": Runner.scan,
    "report": Runner.report,
    "observe": Runner.observe,
    "doors": Runner.doors,
    "lives": Runner.lives,
    "volunteers": Runner.volunteers,
    "venue": Runner.venue,
    "venuedays": Runner.venuedays,
    "digests": Runner.digests,
    "refuse": Runner.refuse,
    "row": Runner.row,
    "fill": Runner.fill,
    "open": Runner.open,
    "packs": Runner.packs,
    "listed": Runner.listed,
    "charts": Runner.charts,
    "check": Runner.check,
    "edit": Runner.edit,
    "heads": Runner.heads,
    "forum": Runner.forum,
}


def _self_report(person: str) -> list[str]:
    """What somebody of the cast who has just arrived answers."""
    resident = RESIDENTS[person]
    return [
        "[同意，为自己报备]",
        f"{person} {resident.number}",
        "[发送联系人]",
        "成都武侯",
        "[已经到了（刚到）]",
        "高铁 G1234",
        resident.address,
        "[✅ 确认提交]",
    ]


def _shown(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def _workbook(rows: list[list[str]]) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    page = book.add_worksheet()
    for at, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            page.write_string(at, column, cell)
    book.close()
    return content.getvalue()


# -- what a person does ----------------------------------------------------------------------------


def _event(stage: Stage, person: str, what: str) -> dict[str, Any]:
    """An act in brackets is a tap or something sent; anything else is typed."""
    if person not in STAFF and person not in RESIDENTS:
        raise LookupError(f"{person} is not of the cast")
    found = _BRACKETS.fullmatch(what)
    if found is None:
        return {"kind": "text", "text": what.replace(BLANK, "\n")}
    verb, _, argument = found["inside"].partition(" ")
    if verb in _SENT:
        return _SENT[verb](stage, person, argument)
    message_id, data = stage.phones.find(person, found["inside"], int(found["nth"] or 1))
    return {"kind": "tap", "data": data, "message_id": message_id}


def _contact(_stage: Stage, person: str, _argument: str) -> dict[str, Any]:
    return {"kind": "contact", "phone": phone_of(person), "own_contact": True}


def _forwarded(_stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    return {"kind": "contact", "phone": argument, "own_contact": False}


def _photo(_stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    return {"kind": "photo", "file": "photo-1", "text": argument}


def _album(_stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    """One picture of those that she sends in one go."""
    return {"kind": "photo", "file": "photo-1", "album": argument}


def _file(stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    """A file of hers; one that is no sheet unless `@row` has said otherwise."""
    content = stage.phones.files.setdefault(argument, b"%PDF-1.7")
    sizes = {"size": len(content), "largest": LARGEST}
    return {"kind": "file", "file": argument, "file_name": argument, **sizes}


def _other(_stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    return {"kind": "other", "text": argument}


def _location(_stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    latitude, longitude = (float(part) for part in (argument or "30.57 104.06").split())
    return {"kind": "location", "latitude": latitude, "longitude": longitude}


def _edited(_stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    return {"kind": "text", "text": argument, "edited": True}


def _repeated(_stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    text, times = argument.split()
    return {"kind": "text", "text": text * int(times)}


def _forged(_stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    return {"kind": "tap", "data": argument, "message_id": "1"}


def _stolen(stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    """The data of a button on somebody else's phone."""
    owner, label = argument.split(" ", 1)
    return {"kind": "tap", "data": stage.phones.find(owner, label)[1], "message_id": "1"}


def _gone(stage: Stage, person: str, argument: str) -> dict[str, Any]:
    message_id, data = stage.phones.find_gone(person, argument)
    return {"kind": "tap", "data": data, "message_id": message_id}


def _scanned(stage: Stage, _person: str, argument: str) -> dict[str, Any]:
    """The code of the newest poster that somebody was sent."""
    return {"kind": "text", "text": f"/start {stage.phones.posters[argument]}"}


def _blocked(stage: Stage, person: str, _argument: str) -> dict[str, Any]:
    stage.phones.refusing.add(person)
    return {"kind": "blocked"}


def _unblocked(stage: Stage, person: str, _argument: str) -> dict[str, Any]:
    stage.phones.refusing.discard(person)
    return {"kind": "unblocked"}


_SENT: Mapping[str, Callable[[Stage, str, str], dict[str, Any]]] = {
    "发送联系人": _contact,
    "转发联系人": _forwarded,
    "图片": _photo,
    "相册": _album,
    "文件": _file,
    "贴纸": _other,
    "语音": _other,
    "位置": _location,
    "编辑": _edited,
    "重复": _repeated,
    "伪造": _forged,
    "盗用": _stolen,
    "扫码": _scanned,
    "已消失": _gone,
    "拉黑": _blocked,
    "解除拉黑": _unblocked,
}
