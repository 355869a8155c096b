"""The kinds of sheets that the program takes in, who may bring each, and how one is written."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from models.access import Action, Actor

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
