"""A sheet read in a process of its own: the same answers, no harm from what goes wrong there."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from sheets import NOW, ImportDesk, resident_id, words, write_sheet

from bot.imports.directory import Directory
from bot.imports.process import Answers, opened
from bot.imports.result import Outcome
from models.messages import UserError

HEAD = ["姓名", "身份证号", "网格"]


async def test_a_process_reads_what_a_thread_reads(desk: ImportDesk) -> None:
    await desk.units()
    rows = [HEAD, ["王芳", resident_id(1), "51010101"], ["李强", "12", "51010101"]]
    content = write_sheet(desk.folder / "a.xlsx", rows).read_bytes()
    async with desk.db.read() as session:
        directory = await Directory.open(session)
    async with opened(content) as reader:
        (look,) = await reader.look(["people"])
        assert (look.columns, look.rows) == ({"name": 0, "id_number": 1, "unit": 2}, 2)
        assert await reader.read("people", look.columns, directory, NOW.date()) == 2
        ((number, resident),) = [item async for b in reader.batches(1) for item in b.items()]
        assert (number, resident.name, resident.id_number) == (2, "王芳", resident_id(1))
        refusals = await reader.refusals()
        assert {n: r.outcome for n, r in refusals.items()} == {3: Outcome.REFUSED}
        copy = await reader.copy({}, "zh_Hans")
    path = desk.folder / "copy.xlsx"
    path.write_bytes(copy)
    refusal = words("result.refused", reasons=words("id_length", got=2))
    assert desk.cells(path)[1] == [refusal, 3.0, "李强", "12", "51010101"]


async def test_a_file_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(UserError, match=r"import\.unreadable"):
        async with opened(b"%PDF-1.7"):
            pass


async def test_a_process_that_dies_is_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    content = write_sheet(tmp_path / "a.xlsx", [HEAD, ["王芳", "1", "1"]]).read_bytes()
    async with opened(content) as reader:
        reader._process.kill()  # type: ignore[attr-defined]
        with pytest.raises(UserError, match=r"import\.unreadable"):
            await reader.look(["people"])


async def test_a_bug_in_the_process_is_one_here_and_says_nothing_of_the_file() -> None:
    async with opened("姓名,网格\n王芳,1\n".encode()) as reader:
        with pytest.raises(RuntimeError, match=r"^reading a sheet: KeyError$"):
            await reader.look(["nothing"])


@pytest.mark.parametrize("evil", [print, Path, eval])
def test_an_answer_is_data_and_nothing_that_could_act(evil: object) -> None:
    with pytest.raises(pickle.UnpicklingError):
        Answers.read(pickle.dumps(evil))
