"""What is said about a sheet: what it seems to be, what its columns mean, what became of it.

Nobody's data is shown whole: the sample is there to tell columns apart.
"""

from __future__ import annotations

from itertools import islice

from models.errands import Errand, Look
from models.identity import mask_address, mask_id, mask_name, mask_phone
from models.messages import Button, Outbound, Style, Text, Value, verbatim

MOST_COLUMNS = 40
LONGEST_SAMPLE = 24
_NAMES = ("name", "landlord")
_DOORS = ("address", "building", "entrance", "room", "household")
_SHORT = 4  # characters: it may be somebody's name
_LONG = 6  # digits and letters: it may be somebody's number, whatever the column is taken for


def _button(job_id: int, label: Text, *what: object, style: Style = Style.PLAIN) -> Button:
    return Button(label, ":".join(("a:sheet", str(job_id), *map(str, what))), style=style)


def reading(name: str) -> Outbound:
    return Outbound((Text("sheet.reading", {"name": name}),))


def preview(job_id: int, errand: Errand, *news: Text) -> Outbound:
    """What it was recognised as. Nothing lands before the confirmation."""
    look = errand.look
    kind = Text(f"sheet.kind.{look.kind}")
    known = "sheet.recognised"
    if look.bare:
        known = "sheet.bare" if look.columns else "sheet.unclear"
    lines = [
        *news,
        Text(known, {"name": errand.name, "kind": kind, "n": look.rows}),
        *(_column(look, at) for at in range(min(len(look.headings), MOST_COLUMNS))),
    ]
    if look.lacks:
        fields = [Text(f"import.field.{field}") for field in look.lacks]
        lines.append(Text("sheet.lacks", {"fields": fields}))
    lines.append(Text("sheet.nothing_yet"))
    mend = [_button(job_id, Text("sheet.columns"), "columns")]
    if len(errand.looks) > 1:
        mend.insert(0, _button(job_id, Text("sheet.other_kind"), "kinds"))
    rows: list[tuple[Button, ...]] = [tuple(mend), (_button(job_id, Text("sheet.drop"), "drop"),)]
    if not look.lacks and look.rows:
        rows.insert(0, (_button(job_id, Text("sheet.go"), "go", style=Style.PRIMARY),))
    return Outbound(tuple(lines), tuple(rows), protect=True)


def lacking(look: Look) -> Text:
    """What nobody has pointed out yet, and nothing can land without."""
    fields = [Text(f"import.field.{field}") for field in look.lacks]
    return Text("sheet.still_lacks", {"fields": fields})


def moved(look: Look, before: int, field: str) -> Text:
    """Two columns cannot be the same: the one that was is nothing now."""
    told: dict[str, Value] = {"heading": _heading(look, before)}
    return Text("sheet.column.moved", {**told, "field": Text(f"import.field.{field}")})


def _column(look: Look, at: int) -> Text:
    heading, field = _heading(look, at), _field(look, at)
    # Without headings only the cells tell her which column it is.
    rows = look.samples if look.bare else look.samples[:1]
    shown = [_masked(field, row[at]) for row in rows if at < len(row)]
    sample = [verbatim(cell) for cell in dict.fromkeys(shown) if cell]
    if field:
        key = "sheet.column.known" if sample else "sheet.column.empty"
    else:
        key = "sheet.column.seen" if look.bare and sample else "sheet.column.unknown"
    meaning = Text(f"import.field.{field}") if field else Text("sheet.column.unused")
    return Text(key, {"heading": heading, "field": meaning, "sample": sample})


def _heading(look: Look, at: int) -> Text:
    if look.headings[at]:
        return verbatim(look.headings[at])
    return Text("sheet.column.nameless", {"n": at + 1})


def _field(look: Look, at: int) -> str:
    return next((field for field, column in look.columns.items() if column == at), "")


def _masked(field: str, sample: str) -> str:
    if field in _NAMES:
        shown = mask_name(sample)
    elif field.endswith("phone"):
        shown = mask_phone(sample)
    elif field in _DOORS:
        shown = mask_address(sample)
    elif field == "id_number" or sum(char.isalnum() and char.isascii() for char in sample) > _LONG:
        shown = mask_id(sample)
    elif not field:
        shown = _masked_unknown(sample)
    else:
        shown = sample
    return shown[:LONGEST_SAMPLE]


def _masked_unknown(sample: str) -> str:
    """Nobody has said what it is: enough to know one's own sheet by, whoever is in it."""
    if sample.isdecimal() and len(sample) < _SHORT:
        return sample  # a running number, an age
    if len(sample) <= _SHORT:
        return mask_name(sample)
    return mask_address(sample)


def kinds(job_id: int, errand: Errand) -> Outbound:
    """Which kind of sheet it is, when it is another."""
    rows = [
        (Button(Text(f"sheet.kind.{kind}"), f"a:sheet:{job_id}:kind:{kind}"),)
        for kind in errand.looks
    ]
    return Outbound((Text("sheet.which_kind"),), (*rows, _back(job_id)))


def columns(job_id: int, look: Look, *news: Text) -> Outbound:
    """Which column means something else."""
    shown = islice(range(len(look.headings)), MOST_COLUMNS)
    rows = [(Button(_meaning(look, at), f"a:sheet:{job_id}:column:{at}"),) for at in shown]
    return Outbound((*news, Text("sheet.which_column")), (*rows, _back(job_id)), protect=True)


def _meaning(look: Look, at: int) -> Text:
    field = _field(look, at)
    meaning = Text(f"import.field.{field}") if field else Text("sheet.column.unused")
    told: dict[str, Value] = {"heading": _heading(look, at), "field": meaning}
    cells = [row[at] for row in look.samples if at < len(row) and row[at]]
    if look.headings[at] or not cells:
        return Text("sheet.column.button", told)
    return Text("sheet.column.seen_button", {**told, "sample": _masked(field, cells[0])})


def meanings(job_id: int, look: Look, at: int) -> Outbound:
    """What a column can mean."""
    buttons = [
        Button(Text(f"import.field.{field}"), f"a:sheet:{job_id}:mean:{at}:{field}")
        for field in look.fields
    ]
    pairs = [tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2)]
    guess = look.guesses.get(at, "")
    if guess and guess != _field(look, at):
        likely = Text(f"import.field.{guess}")
        first = f"a:sheet:{job_id}:mean:{at}:{guess}"
        pairs.insert(0, (Button(Text("sheet.likely", {"field": likely}), first),))
    none = Button(Text("sheet.column.unused"), f"a:sheet:{job_id}:mean:{at}:")
    heading = _heading(look, at)
    return Outbound(
        (Text("sheet.which_meaning", {"heading": heading}),), (*pairs, (none,), _back(job_id))
    )


def _back(job_id: int) -> tuple[Button, ...]:
    return (_button(job_id, Text("sheet.back"), "show"),)


def progress(name: str, done: int, rows: int) -> Outbound:
    return Outbound((Text("sheet.progress", {"name": name, "done": done, "rows": rows}),))


def dropped(name: str) -> Outbound:
    return Outbound((Text("sheet.dropped", {"name": name}),))


def ended(errand: Errand, unchanged: int, refused: int, twins: int, *, decides: bool) -> Outbound:
    """What became of the rows, and how many pairs of `twins` wait: for her, if she `decides`."""
    kind = Text(f"sheet.kind.{errand.kind}")
    counts = {
        "new": errand.new,
        "changed": errand.changed,
        "unchanged": unchanged,
        "refused": refused,
    }
    lines = [Text("sheet.done", {"name": errand.name, "kind": kind, **counts})]
    if refused:
        lines.append(Text("sheet.mend", {"n": refused}))
    if not twins:
        return Outbound(tuple(lines))
    if not decides:
        return Outbound((*lines, Text("import.twins", {"n": twins})))
    begin = Button(Text("sheet.twins.begin"), "a:twins:begin")
    return Outbound((*lines, Text("sheet.twins", {"n": twins})), ((begin,),))


def given_back(key: str, *, codes: bool) -> Outbound:
    """The copy of the sheet with its results; `codes` when people sign in with what is in it."""
    words = Text("sheet.codes" if codes else "sheet.copy")
    # Not protected: who has to mend her sheet, or hand out its codes, has to save it first.
    return Outbound((words,), document=key)


def failed(errand: Errand, why: Text) -> Outbound:
    """Why it ended, and what is in the roster all the same."""
    landed = errand.new + errand.changed
    lines = [Text("sheet.failed", {"name": errand.name, "why": why})]
    lines.append(Text("sheet.landed_so_far" if landed else "sheet.nothing_landed", {"n": landed}))
    return Outbound(tuple(lines))
