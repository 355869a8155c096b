"""Documents on somebody's phone: what stands in one of Word's, one with a word changed; a sheet
with its headings moved and renamed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

BLANK = "⏎"


def lines_of(content: bytes) -> list[str]:
    """A line for each paragraph and for each row of a table, from top to bottom."""
    lines = []
    for block in Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(block, Table):
            lines += [" | ".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines += block.text.rstrip().split("\n")
    return [line or BLANK for line in lines]


def edited(content: bytes, old: str, new: str) -> bytes:
    """The document with a word changed wherever it stands."""
    document = Document(io.BytesIO(content))
    changed = 0
    for paragraph in _paragraphs(document):
        for run in paragraph.runs:
            changed += run.text.count(old)
            run.text = run.text.replace(old, new) if old in run.text else run.text
    if not changed:
        raise ValueError(f"{old!r} is not in the document")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _paragraphs(document: object) -> Iterator[Paragraph]:
    for block in document.iter_inner_content():  # type: ignore[attr-defined]
        if isinstance(block, Table):
            for row in block.rows:
                for cell in row.cells:
                    yield from cell.paragraphs
        else:
            yield block


def reheaded(content: bytes, wanted: list[str]) -> bytes:
    """The sheet with these columns from left to right, each "now", "now=then" or "+new": as in a
    spreadsheet program, names of cells go with their columns, and say so where one is deleted."""
    book = load_workbook(io.BytesIO(content))
    page = book.worksheets[0]
    line = min(int(re.findall(r"\d+$", one.attr_text)[0]) for one in book.defined_names.values())
    columns = {str(cells[line - 1].value): [c.value for c in cells] for cells in page.columns}
    named = {
        str(page[one.attr_text.rpartition("!")[2].replace("$", "")].value): name
        for name, one in book.defined_names.items()
    }
    page.delete_cols(1, page.max_column)
    for one in book.defined_names.values():
        one.attr_text = "#REF!"
    for at, said in enumerate(wanted, 1):
        now, _, then = said.removeprefix("+").partition("=")
        kept = not said.startswith("+")
        cells = columns[now] if kept else [None] * line
        for row, value in enumerate(cells, 1):
            page.cell(row, at, value)
        cell = page.cell(line, at)
        cell.value, cell.data_type = (then or now) if kept else said[1:], "s"
        if kept and now in named:
            place = f"'{page.title}'!${get_column_letter(at)}${line}"
            book.defined_names[named[now]].attr_text = place
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
