"""The kinds of sheets that the program takes in, who may bring each, and how one is written."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.actors import Action, Actor

BROUGHT_BY: Mapping[str, tuple[Action, ...]] = {
    "units": (Action.ADMINISTER,),
    "staff": (Action.ADMINISTER,),
    # Into her own units; how far those reach is seen row by row.
    "people": (Action.SEE, Action.ADMINISTER),
    "leads": (Action.OVERSEE,),
    "duty": (Action.OVERSEE,),
    "supervision": (Action.OVERSEE,),
    "venues": (Action.INSPECT, Action.ADMINISTER),
}


def kinds_for(actor: Actor) -> tuple[str, ...]:
    """The kinds that she may bring."""
    return tuple(
        kind for kind, actions in BROUGHT_BY.items() if any(actor.may(action) for action in actions)
    )


SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Head:
    """A heading of a form: its words, its width in characters, the workbook's own name for it."""

    words: str
    width: int
    mark: str


def form(title: str, heads: Sequence[Head]) -> bytes:
    """A workbook that has nothing but headings, each text."""
    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    page, bold = book.add_worksheet(title), book.add_format({"bold": True, "text_wrap": True})
    for at, head in enumerate(heads):
        page.set_column(at, at, head.width)
        page.write_string(0, at, head.words, bold)
        put_mark(book, page, 0, at, head.mark)
    page.freeze_panes(1, 0)
    book.close()
    return content.getvalue()


def put_mark(book: Any, page: Any, line: int, at: int, mark: str) -> None:
    """Name a cell within its workbook; without a name nothing happens."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    if mark:
        cell = xl_rowcol_to_cell(line, at, row_abs=True, col_abs=True)
        book.define_name(mark, f"='{page.get_name()}'!{cell}")


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of these rows, the first of which are the headings. Every cell is text: none of
    them turns into a formula or a link."""
    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    page, head = book.add_worksheet(), book.add_format({"bold": True})
    for line, cells in enumerate(rows):
        for at, cell in enumerate(cells):
            page.write_string(line, at, cell, head if line == 0 else None)
    if rows:
        page.freeze_panes(1, 0)
        page.set_column(0, len(rows[0]) - 1, 14)
    book.close()
    return content.getvalue()
