"""A batch or a letter in words: which it is, how far it is, and the button that answers it.

Shared by the list of batches and by what is said when one is answered or overdue. Names nobody.
"""

from __future__ import annotations

from models.batches import Standing
from models.leadcards import source_text
from models.leads import LeadSource
from models.messages import Button, Outbound, Style, Text, Value
from models.sources import Batch


def batch_text(batch: Batch) -> Text:
    """Channel and number, of a letter also who sent it."""
    source = source_text(batch.channel, batch.number)
    if not batch.place:
        return source
    return Text("batches.from", {"source": source, "place": batch.place})


def standing_facts(standing: Standing) -> dict[str, Value]:
    """What fills the placeholders of whatever is said about a batch."""
    batch = standing.batch
    return {
        "batch": batch_text(batch),
        "rows": standing.rows,
        "answered": standing.answered,
        "observed": standing.observed,
        "waiting": standing.waiting,
        "overdue": standing.overdue,
        "due": batch.due_at,
    }


def answer_words(batch: Batch) -> Text:
    """A letter is replied to, a list is answered."""
    letter = batch.channel == LeadSource.INQUIRY
    return Text("batches.reply" if letter else "batches.answer")


def notice(standing: Standing, say: str) -> Outbound:
    """It is answered, or overdue: to whoever brought it."""
    batch = standing.batch
    rows = (
        (Button(answer_words(batch), f"a:answer:{batch.id}", style=Style.PRIMARY),),
        (Button(Text("command.batches.label"), "a:go:batches"),),
    )
    return Outbound((Text(f"batches.{say}", standing_facts(standing)),), rows)
