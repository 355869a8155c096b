"""Documents of Word's on somebody's phone: what stands in one, and one with a word changed."""

from __future__ import annotations

import io
from collections.abc import Iterator

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

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
