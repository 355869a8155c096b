"""Tests: sampled in one tap, a result with its picture, trouble that a worker hears of."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.engine.draft import Draft
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.testing.form import TestResult
from handlers.turn import Turn
from models.accounts import Role
from models.actors import Action
from models.cards import LIST_LENGTH, briefs, card, line, list_buttons, several
from models.messages import Outbound, Text, UserError, Value
from models.obligations import REPORTED, Kind, Obligation
from models.people import Person
from models.reach import ask_contact
from models.samples import Result, Sample, record_result, record_sampled, sample_of
from models.wards import check_answerable, duties_of, next_opening, open_duties


async def test(turn: Turn, _argument: str) -> None:
    """Tests to take and results awaited, for all her people."""
    items = await briefs(
        turn.session,
        await open_duties(turn.session, turn.account, turn.now, Kind.TEST, Kind.RESULT),
    )
    if len(items) == 1:
        turn.send(card(items[0], "ask", own=True))
    elif items:
        turn.send(several(items[:LIST_LENGTH], "ask", turn.now, own=True))
    elif at := await next_opening(turn.session, turn.account, turn.now, Kind.TEST):
        turn.reply("test.none_now", at=at)
    else:
        turn.reply("test.none")


async def _mine(turn: Turn, arguments: Sequence[str]) -> Obligation:
    item = await turn.obligation(arguments, Action.REPORT, Kind.TEST, Kind.RESULT)
    check_answerable(item, turn.now)
    return item


async def sampled(turn: Turn, arguments: Sequence[str]) -> None:
    """The swab was taken: one tap."""
    item = await _mine(turn, arguments)
    if item.outcome in REPORTED:
        raise UserError("test.sampled_already", at=item.outcome_at)
    await record_sampled(turn.session, item, turn.account.id, turn.now)
    person = await turn.session.get(Person, item.person_id)
    assert person is not None, "a test belongs to a person"
    turn.audit("test.sampled", f"person:{person.id}", code=item.facts["code"])
    await turn.on_behalf(person.id, Text("action.sampled"), f"sampled:{item.id}")
    text = Text("test.sampled", {"name": person.name, "at": turn.now, "day": item.facts["day"]})
    after = (Text("test.result_next"),) if await turn.speaks_for(person) else ()
    await turn.done(text, *after)


async def result(turn: Turn, arguments: Sequence[str]) -> None:
    item = await _mine(turn, arguments)
    await _still_open(turn, item)
    await turn.begin(TestResult, {"obligation": item.id})


async def _still_open(turn: Turn, item: Obligation) -> None:
    sample = await sample_of(turn.session, item)
    if sample is not None and sample.result != Result.PENDING:
        raise UserError("test.result_already", result=Text(f"result.result.choice.{sample.result}"))


async def pending(turn: Turn, arguments: Sequence[str]) -> None:
    """Not back yet: the next rung of the ladder asks again."""
    item = await _mine(turn, arguments)
    await _still_open(turn, item)
    turn.replace(Outbound((Text("test.still_pending"),)))


async def submit(turn: Turn, filled: TestResult, draft: Draft) -> Filed:
    item = await turn.obligation(
        [str(draft.context.get("obligation"))], Action.REPORT, Kind.TEST, Kind.RESULT
    )
    person = await turn.session.get(Person, item.person_id)
    assert person is not None, "a test belongs to a person"
    if "corrects" not in draft.context:
        await _still_open(turn, item)
    submission = await turn.file(
        filled,
        draft,
        person_id=person.id,
        unit_id=item.unit_id,
        obligation_id=item.id,
        on_behalf=turn.account.person_id != person.id,
    )
    await record_result(turn.session, item, filled.result, filled.photo, turn.account.id, turn.now)
    turn.audit("test.result", f"person:{person.id}", code=item.facts["code"])
    params: dict[str, Value] = {
        "name": person.name,
        "day": item.facts["day"],
        "result": Text(f"result.result.choice.{filled.result}"),
    }
    after = Text(f"test.after.{filled.result}")
    if filled.result == Result.PENDING:
        return Filed(submission, (after,))
    told = (after,) if await turn.speaks_for(person) else ()
    return Filed(submission, (Text("test.recorded", params), *told))


async def for_person(turn: Turn, person: Person) -> None:
    """Her tests and results, to be told by a worker."""
    whose = Person.id == person.id
    items = await duties_of(turn.session, whose, turn.now, Kind.TEST, Kind.RESULT)
    shown = await briefs(turn.session, items[:LIST_LENGTH])
    if len(shown) == 1:
        turn.replace(card(shown[0], "open"))
    elif shown:
        lines = [line(brief, i, turn.now) for i, brief in enumerate(shown, 1)]
        head = Text("behalf.tests", {"name": person.name})
        turn.replace(Outbound((head, *lines), list_buttons(shown), protect=True))
    else:
        turn.reply("behalf.no_test", name=person.name)


async def trouble(turn: Turn, arguments: Sequence[str]) -> None:
    """She cannot get to a test: her worker is asked to call."""
    item = await _mine(turn, arguments)
    await ask_contact(turn.session, "trouble", item, turn.now)
    turn.replace(Outbound((Text("test.trouble"),)))


async def picture(turn: Turn, arguments: Sequence[str]) -> None:
    """The report behind a positive alert, for whoever may see the person; audited."""
    item = await turn.obligation(arguments, Action.REVEAL, Kind.ALERT)
    code = item.details().get("code", "")
    sample = await turn.session.scalar(
        select(Sample).where(Sample.episode_id == item.episode_id, Sample.code == code)
    )
    if sample is None or not sample.photo:
        raise UserError("test.no_picture")
    turn.audit("picture.shown", f"person:{item.person_id}", code=code)
    turn.send(Outbound((Text("test.picture"),), photo=sample.photo, protect=True))


async def pictured(turn: Turn) -> bool:
    """A picture out of the blue, while one result is awaited: that is the result."""
    if turn.event.kind != "photo":
        return False
    every = await open_duties(turn.session, turn.account, turn.now, Kind.RESULT, Kind.TEST)
    items = [item for item in every if item.kind == Kind.RESULT] or every
    if len(items) != 1:
        if items:
            await test(turn, "")
        return bool(items)
    await turn.begin(TestResult, {"obligation": items[0].id}, {"photo": turn.event.file})
    return True


FEATURE = Feature(
    commands={"test": test},
    actions={
        "sampled": sampled,
        "result": result,
        "pending": pending,
        "trouble": trouble,
        "picture": picture,
    },
    forms=(FormSpec(TestResult, submit),),
    menu=(MenuItem("test", (Role.RESIDENT,)),),
    free=(pictured,),
    on_behalf={"test": for_person},
)
