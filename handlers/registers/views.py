"""What registers show: which there are, a page of one, one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from handlers.engine.words import field_label, value_text
from handlers.registers.declaration import Register
from models.cards import LIST_LENGTH
from models.identity import mask_address, mask_id, mask_name, mask_phone
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.obligations import Kind
from models.records import Verdict
from models.registers import Submission
from models.tallies import FOLLOWED

MASKED = {"name": mask_name, "phone": mask_phone, "address": mask_address}
PAGE = LIST_LENGTH
AT_ONCE = 200  # confirmed by one tap


def title(register: type[Register]) -> Text:
    return Text(f"{register.code}.title")


def choice(registers: Sequence[type[Register]]) -> Outbound:
    """Which of hers?"""
    rows = tuple((Button(title(one), f"a:register:{one.code}"),) for one in registers)
    return Outbound((Text("records.choose"),), rows)


def figures(register: type[Register], counted: Mapping[str, int]) -> list[Text]:
    """The figures of a register in words, zeros and all."""
    names = ["total", *register.figure_names()]
    found = [_figure(register, name, counted.get(name, 0)) for name in names]
    if _followed(register):
        found.append(Text("records.followed", {"n": counted.get(FOLLOWED, 0)}))
    return found


def _followed(register: type[Register]) -> bool:
    """Does somebody look after its records, or find out about those whom they tell of?"""
    rule = register.follow_up
    return register.brings is not None or (rule is not None and rule.kind == Kind.FOLLOW)


def _figure(register: type[Register], name: str, n: int) -> Text:
    if name == "total":
        return Text("records.total", {"n": n})
    return Text(f"{register.code}.count.{name}", {"n": n})


def page(
    register: type[Register],
    counted: Mapping[str, int],
    found: Sequence[tuple[Submission, Verdict | None]],
    since: datetime,
) -> list[Text]:
    """The register's head and a line a record."""
    head: dict[str, Value] = {
        "title": title(register),
        "since": since,
        "figures": figures(register, counted),
    }
    lines = [Text("records.head", head)]
    lines += [_line(register, i, *one) for i, one in enumerate(found, 1)]
    if not found:
        lines.append(Text("records.none"))
    return lines


def _line(
    register: type[Register], number: int, record: Submission, verdict: Verdict | None
) -> Text:
    name = str(record.values().get(register.heading, ""))
    shown = MASKED.get(register.heading, str)(name)
    return Text(
        "records.line",
        {
            "n": number,
            "at": record.at,
            "who": shown or record.receipt,
            "state": state(register, verdict),
        },
    )


def state(register: type[Register], verdict: Verdict | None) -> Text:
    if verdict is None and register.verifies is None:
        return verbatim("")  # nobody is asked to confirm it
    if verdict is None:
        return Text("records.waiting")
    return Text("records.confirmed" if verdict.confirmed else "records.returned")


def page_rows(
    register: type[Register],
    found: Sequence[tuple[Submission, Verdict | None]],
    number: int,
    *,
    more: bool,
    enters: bool,
    waiting: int,
    newest: int,
    inside: int | None = None,
) -> Rows:
    """Open one, enter one, see who is in, confirm all that wait, turn the page."""
    opening = tuple(
        Button(verbatim(str(i)), f"a:row:{record.id}") for i, (record, _) in enumerate(found, 1)
    )
    rows: list[tuple[Button, ...]] = [opening[:4], opening[4:]]
    if waiting:
        label = Text("records.confirm_all", {"n": waiting})
        data = f"a:approveall:{register.code}:{newest}"
        rows.append((Button(label, data, style=Style.PRIMARY),))
    if enters:
        rows.append((Button(Text("records.enter"), f"a:enter:{register.code}"),))
    if inside is not None:
        rows.append((Button(Text("records.inside", {"n": inside}), f"a:inside:{register.code}"),))
    turning = []
    if number:
        turning.append(Button(Text("list.previous"), f"a:register:{register.code}:{number - 1}"))
    if more:
        turning.append(Button(Text("list.next"), f"a:register:{register.code}:{number + 1}"))
    return tuple(row for row in (*rows, tuple(turning)) if row)


def record(
    register: type[Register], row: Submission, verdict: Verdict | None, *, waits_for_her: bool
) -> Outbound:
    """One record, every answer; numbers masked."""
    lines = [
        Text("records.one", {"title": title(register), "number": row.receipt, "at": row.at}),
        *_answers(register, row),
        state(register, verdict),
    ]
    if verdict is not None and verdict.note:
        lines.append(Text("records.word", {"word": verdict.note}))
    back = Button(Text("records.back"), f"a:register:{register.code}")
    deeds = (
        Button(Text("records.confirm"), f"a:approve:{row.id}", style=Style.PRIMARY),
        Button(Text("records.send_back"), f"a:sendback:{row.id}"),
    )
    return Outbound(tuple(lines), (deeds, (back,)) if waits_for_her else ((back,),), protect=True)


def listing(value: object) -> bool:
    """A list of people with papers of their own."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _answers(register: type[Register], row: Submission) -> list[Text]:
    values = row.values()
    if not values:
        return [Text("records.forgotten")]
    found = []
    for field in register.model_fields:
        if values.get(field) is None:
            continue
        shown = value_text(register, field, values[field], row.labels())
        if field in ("phone", "address"):
            shown = verbatim(MASKED[field](str(values[field])))
        elif field == "document":
            shown = verbatim(mask_id(str(values[field]["number"])))
        elif listing(values[field]):
            shown = Text("records.people", {"n": len(values[field])})
        found.append(
            Text("engine.review_line", {"label": field_label(register, field), "value": shown})
        )
    return found
