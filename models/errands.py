"""What a sheet that was dropped into a chat is on its way to: the task of an import's job.

The turn and whoever does the job write it in turn; nobody else reads it.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel

IMPORT = "import"  # the kind of job


class Look(BaseModel):
    """What the file would be as one kind of sheet. `columns` is field to column, `samples` the
    first rows as they stand there, `lacks` the fields without which nothing can land. `bare`: no
    heading was known. `guesses` is column to field, by what stands in it."""

    kind: str
    headings: list[str]
    columns: dict[str, int]
    samples: list[list[str]]
    rows: int
    lacks: list[str]
    fields: list[str]
    needs: list[list[str]]
    bare: bool = False
    guesses: dict[int, str] = {}

    def with_meaning(self, column: int, field: str) -> Self:
        """The same with another meaning of a column; without a field it means nothing."""
        columns = {f: c for f, c in self.columns.items() if c != column and f != field}
        if field:
            columns[field] = column
        lacks = [choice[0] for choice in self.needs if not columns.keys() & set(choice)]
        return self.model_copy(update={"columns": columns, "lacks": lacks})


class NewHeadings(BaseModel):
    """What the columns of a ledger would be called: code and words of each, from left to right."""

    ledger: str
    columns: list[tuple[str, str]]


class Errand(BaseModel):
    """`headings` is set where the file is a ledger whose headings would change; `rows_only` once
    she has said that it is to be read as any other sheet. `looks` by kind, the likeliest first.
    `key` names the message that shows how far it is, and `message_id` the platform's id of it,
    once somebody has tapped it. Rows up to `landed_to` have landed, `new` and `changed` of them.
    """

    channel: str
    file: str
    name: str
    key: str
    message_id: str = ""
    said: int = 0
    stage: Literal["look", "land"] = "look"
    kind: str = ""
    headings: NewHeadings | None = None
    rows_only: bool = False
    looks: dict[str, Look] = {}
    landed_to: int = 0
    new: int = 0
    changed: int = 0

    @classmethod
    def of(cls, task: Any) -> Self:
        return cls.model_validate(task)

    @property
    def look(self) -> Look:
        return self.looks[self.kind]
