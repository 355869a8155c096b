"""Leads from a sheet: one lead a person, the same sheet twice nothing, the answer as a sheet."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from counting import counted
from python_calamine import load_workbook
from sheets import NOW, ImportDesk, resident_id, write_sheet
from sqlalchemy import func, select

from bot.exports import export_leads
from bot.imports.landing import Imported, import_sheet
from models.accounts import Account
from models.clock import DEFAULT_ZONE
from models.leads import Lead, LeadOutcome, LeadSource
from models.messages import UserError
from models.obligations import Kind, Obligation
from models.people import Person
from models.session import Database
from models.sources import Batch, Source
from models.verification import close_lead

HEAD = ["姓名", "身份证号", "手机号码", "现住址", "所属网格", "来源地", "推送时间", "截止时间"]
WANG = ["王芳", resident_id(1), "13800138000", "花园街3号", "51010101", "上海", "", ""]
LI = ["李强", "", "13800138001", "柳树村九组9号", "", "", "2022-07-04 07:00", "2022-07-05 12:00"]
NOWHERE = ["张三", resident_id(3), "", "某街1号", "", "", "", ""]
NOBODY = ["张四", "", "", "花园街4号", "51010101", "", "", ""]


@pytest.fixture(autouse=True)
async def units(desk: ImportDesk) -> None:
    await desk.units()


async def take(db: Database, folder: Path, rows: list[list[Any]], **options: str) -> Imported:
    path = write_sheet(folder / "leads.xlsx", rows)
    return await import_sheet(db, "leads", path, NOW, DEFAULT_ZONE, options)


async def every(db: Database, table: Any) -> list[Any]:
    async with db.read() as session:
        return list(await session.scalars(select(table).order_by(table.id)))


async def test_a_row_becomes_a_lead_of_its_batch_where_its_unit_or_address_leads(
    db: Database, tmp_path: Path
) -> None:
    done = await take(db, tmp_path, [HEAD, WANG, LI], source="pushed", batch="2022-07-04-1")
    assert (done.landed, done.refused) == (2, 0)
    wang, li = await every(db, Lead)
    assert (wang.source, wang.origin) == (LeadSource.PUSHED, "上海")
    (batch,) = await every(db, Batch)
    assert (batch.number, batch.headings) == ("2022-07-04-1", HEAD)
    duties = [d for d in await every(db, Obligation) if d.kind == Kind.VERIFY]
    assert duties[0].due_at == NOW + timedelta(hours=24), "the district's rule"
    assert duties[1].due_at.isoformat() == "2022-07-05T04:00:00+00:00", "as the sheet says"
    people = {p.id: p for p in await every(db, Person)}
    assert people[li.person_id].id_index is None
    assert people[wang.person_id].id_number == resident_id(1)


async def test_a_row_that_cannot_be_placed_or_names_nobody_comes_back(
    db: Database, tmp_path: Path
) -> None:
    done = await take(db, tmp_path, [HEAD, NOWHERE, NOBODY, WANG, WANG], batch="1")
    assert (done.landed, done.refused) == (1, 3)
    said = [row[0] for row in load_workbook(str(done.returned)).get_sheet_by_index(0).to_python()]
    assert any("身份证号和电话" in str(cell) for cell in said)


async def test_the_same_sheet_twice_changes_nothing(db: Database, tmp_path: Path) -> None:
    await take(db, tmp_path, [HEAD, WANG, LI], batch="1")
    again = await take(db, tmp_path, [HEAD, LI, WANG], batch="1")
    assert (again.landed, again.changed, again.unchanged) == (0, 0, 2)
    assert len(await every(db, Source)) == 2


async def test_another_batch_adds_a_source_and_the_earliest_deadline_rules(
    db: Database, tmp_path: Path
) -> None:
    await take(db, tmp_path, [HEAD, WANG], batch="1")
    soon = [*WANG[:7], "2022-07-04 10:00"]
    again = await take(db, tmp_path, [HEAD, soon], batch="2", source="inquiry")
    assert (again.landed, again.changed) == (0, 1)
    (lead,) = await every(db, Lead)
    assert lead.source == LeadSource.PUSHED, "counted by the channel that came first"
    assert [s.channel for s in await every(db, Source)] == ["pushed", "inquiry"]
    (duty,) = [d for d in await every(db, Obligation) if d.kind == Kind.VERIFY]
    assert duty.due_at == NOW + timedelta(hours=2)


async def test_five_thousand_rows_take_few_statements(db: Database, tmp_path: Path) -> None:
    rows = [
        [f"张{chr(0x4E00 + n)}", "", f"139{n:08}", f"花园街{n}号", "51010101", "", "", ""]
        for n in range(5000)
    ]
    with counted(db) as sent:
        done = await take(db, tmp_path, [HEAD, *rows], batch="big")
    assert done.landed == 5000
    assert len(sent) < 200, len(sent)


async def test_the_answer_has_every_row_as_it_came_and_what_was_found(
    db: Database, tmp_path: Path
) -> None:
    evil = ["=1+1", resident_id(5), "", "花园街5号", "51010101", "", "", ""]
    evil[0] = "赵六"
    evil[5] = "=HYPERLINK(1)"
    await take(db, tmp_path, [HEAD, WANG, evil], batch="1")
    async with db.write() as session:
        session.add(Account(chat="phone:李强", created_at=NOW))
        await session.flush()
        worker = await session.scalar(select(func.max(Account.id))) or 0
        lead = (await session.scalars(select(Lead).order_by(Lead.id))).first()
        assert lead is not None
        await close_lead(session, lead, LeadOutcome.LEFT, worker, NOW + timedelta(hours=1))
    out = tmp_path / "answer.xlsx"
    assert await export_leads(db, "1", out, NOW, DEFAULT_ZONE) == 2
    head, first, second = load_workbook(str(out)).get_sheet_by_index(0).to_python()
    assert head[: len(HEAD)] == HEAD
    assert first[:2] == WANG[:2]
    assert first[8:12] == ["上级推送", "已离开", "2022-07-04 09:00", "第一网格"]
    assert second[5] == "=HYPERLINK(1)", "as text"
    assert second[9] == "还没核实"
    with pytest.raises(UserError):
        await export_leads(db, "none", out, NOW, DEFAULT_ZONE)
