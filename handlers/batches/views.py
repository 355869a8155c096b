"""How far batches and letters are, and what goes along with the file that answers one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from models.answers import Answer
from models.batchcards import answer_words, batch_text, standing_facts
from models.batches import Standing
from models.cards import LIST_LENGTH
from models.identity import mask_name
from models.leadcards import finding_text
from models.leads import LeadSource
from models.messages import Button, Outbound, Rows, Text, Value
from models.sources import Batch


def listed(shown: Sequence[Standing], number: int, now: datetime, *, more: bool) -> Outbound:
    """A line and a button each."""
    if not shown:
        return Outbound((Text("batches.none"),))
    start = number * LIST_LENGTH + 1
    lines = [Text("batches.title")]
    lines += [_line(one, at, now) for at, one in enumerate(shown, start)]
    rows: Rows = tuple((_button(one.batch, at),) for at, one in enumerate(shown, start))
    turns = [Button(Text("list.next"), f"a:batches:{number + 1}")] if more else []
    if number:
        turns.insert(0, Button(Text("list.previous"), f"a:batches:{number - 1}"))
    return Outbound(tuple(lines), (*rows, tuple(turns)) if turns else rows)


def _line(standing: Standing, number: int, now: datetime) -> Text:
    batch = standing.batch
    facts: dict[str, Value] = {"n": number, **standing_facts(standing)}
    if batch.replied_at is not None and standing.is_whole:
        return Text("batches.line.replied", {**facts, "at": batch.replied_at})
    if standing.is_whole:
        return Text("batches.line.answered", facts)
    return Text("batches.line.overdue" if batch.due_at <= now else "batches.line.open", facts)


def _button(batch: Batch, number: int) -> Button:
    label = Text("batches.button", {"n": number, "what": answer_words(batch)})
    return Button(label, f"a:answer:{batch.id}")


def writing(batch: Batch) -> Outbound:
    """The file is on its way."""
    return Outbound((Text("batches.writing", {"batch": batch_text(batch)}),))


def file_name(batch: Batch) -> Text:
    """Of the sheet; a number may hold what no file is called."""
    number = "".join("-" if char in '/\\:*?"<>|' else char for char in batch.number)
    return Text("batches.file", {"what": answer_words(batch), "number": number})


def answered(standing: Standing, rows: Sequence[Answer], unit: str, key: str) -> Outbound:
    """What goes along with the file: how many were found how; in a letter of a few people, each
    under a masked name. The whole names stand in the file alone."""
    batch = standing.batch
    letter = batch.channel == LeadSource.INQUIRY
    facts: dict[str, Value] = {**standing_facts(standing), "unit": unit, "number": batch.number}
    facts["place"] = batch.place or ""
    lines = [Text("batches.letter" if letter else "batches.sheet", facts)]
    if letter and len(rows) <= LIST_LENGTH:
        lines += [
            Text("batches.person", {"name": mask_name(row.told["name"]), "outcome": _found(row)})
            for row in rows
        ]
    else:
        counts = Counter(row.outcome for row in rows)
        first = {row.outcome: row for row in reversed(rows)}
        lines += [
            Text("batches.count", {"outcome": _found(first[outcome]), "n": n})
            for outcome, n in counts.most_common()
        ]
    if not standing.is_whole:
        lines.append(Text("batches.not_whole", {"n": standing.rows - standing.answered}))
    # Not protected: the file has to be saved and to go on to whoever pushed the list.
    return Outbound(tuple(lines), document=key)


def _found(row: Answer) -> Text:
    return finding_text(row.outcome) if row.outcome else Text("export.open")


def failed(why: Text) -> Outbound:
    return Outbound((why,))
