"""The way of an event: one turn is one transaction, nothing is lost, every person is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any

import pytest
from cast import chat_of
from sqlalchemy import event, func, select, update
from structlog.testing import capture_logs
from talk import ZONE, Read, Talk

import locales
from bot.logs import without_values
from handlers.conversation import take
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.form import Ask, Form
from handlers.feature import Feature, Filed, FormSpec
from handlers.features import FEATURES
from handlers.registry import Registry
from handlers.selfreport.form import SelfReport
from handlers.turn import MAX_DRAFTS, Turn
from models.accounts import Account, Assignment
from models.audit import AuditRow
from models.inbox import Conversation, InboxRow, purge, receive
from models.messages import Edit, Text, UserError, verbatim
from models.obligations import Kind, Obligation, Outcome
from models.outbox import OutboxRow
from models.registers import Submission
from models.session import Database

SECRET = "身份证510107199003071025"


# -- a feature that breaks ------------------------------------------------------------------------


class Odd(Form):
    """Asks something whose options can fail."""

    code = "odd"
    review = False
    choice: Annotated[str, Ask(options="odd", search=False)]


FAILING: dict[str, Exception] = {
    "bug": RuntimeError(SECRET),
    "mistake": UserError("claim.over"),
    "closed": UserError("verify.no_packs"),
}


async def _spoil(turn: Turn, argument: str) -> None:
    """Begin several things, then fail as told."""
    turn.account.gate_unit_id = 1
    turn.audit("spoiled", "unit:1")
    turn.reply("menu.title")
    await turn.begin(SelfReport, {"gate": 1})
    await turn.session.flush()
    raise FAILING[argument]


async def _odd(turn: Turn, _argument: str) -> None:
    await turn.begin(Odd)


async def _spoiled_tap(turn: Turn, arguments: Sequence[str]) -> None:
    await _spoil(turn, arguments[0])


class Trouble:
    """Which error the options of `Odd` come with; none at first."""

    def __init__(self) -> None:
        self.kind = ""

    async def options(self, _turn: Turn, _draft: Draft, _query: str) -> Sequence[Option]:
        if self.kind:
            raise FAILING[self.kind]
        return [Option("one", verbatim("one")), Option("two", verbatim("two"))]


async def _never(turn: Turn, filled: Odd, draft: Draft) -> Filed:
    raise AssertionError("nobody submits it")


@pytest.fixture
def trouble(talk: Talk) -> Trouble:
    """The real features, and one that breaks on demand: /spoil, /odd."""
    made = Trouble()
    breaking = Feature(
        commands={"spoil": _spoil, "odd": _odd},
        actions={"spoil": _spoiled_tap},
        forms=(FormSpec(Odd, _never, {"odd": made.options}),),
    )
    talk.registry = Registry([*FEATURES, breaking])
    return made


@contextmanager
def commits(db: Database) -> Iterator[list[Any]]:
    """Every commit of the writing connection meanwhile."""
    seen: list[Any] = []

    def note(connection: Any) -> None:
        seen.append(connection)

    event.listen(db.engine.sync_engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(db.engine.sync_engine, "commit", note)


async def put(talk: Talk, *words: tuple[str, str]) -> None:
    """Texts into the inbox; nobody takes them yet."""
    events = [talk.event(person, kind="text", text=text) for person, text in words]
    async with talk.db.write() as session:
        await receive(session, events, talk.now)


async def take_all(talk: Talk) -> int:
    return await take(talk.db, talk.registry, await talk.waiting(), talk.now, ZONE)


def only(letters: list[Read], person: str) -> Read:
    (letter,) = [letter for letter in letters if letter.to == person]
    return letter


async def draft_of(talk: Talk, person: str) -> list[Draft]:
    kept = (await talk.conversation(person)).draft
    return [Draft.from_json(one) for one in json.loads(kept)] if kept else []


# -- one transaction ------------------------------------------------------------------------------


async def test_second_delivery_of_an_update_does_nothing(talk: Talk) -> None:
    update_ = talk.event("路人", kind="text", text="/report")
    assert len(await talk.deliver(update_)) == 1
    before = (await talk.conversation("路人")).draft
    assert await talk.deliver(update_) == []
    assert (await talk.conversation("路人")).draft == before


async def test_an_update_of_another_channel_is_another_update(talk: Talk) -> None:
    first = talk.event("路人", kind="text", text="/help")
    assert len(await talk.deliver(first)) == 1
    async with talk.db.write() as session:
        other = {"channel": "console", "chat": "console:1", "update_id": first.update_id}
        await receive(session, [type(first)(kind="text", text="/help", **other)], talk.now)
    assert await take_all(talk) == 1


async def test_different_people_are_taken_in_one_transaction(talk: Talk) -> None:
    await put(talk, ("路人", "/help"), ("李强", "/today"), ("钱伟", "/digest"), ("路人", "/menu"))
    with commits(talk.db) as seen:
        assert await take_all(talk) == 3
    assert len(seen) == 1
    assert [letter.to for letter in await talk.letters()] == ["路人", "李强", "钱伟"]
    assert await take_all(talk) == 1
    assert [letter.to for letter in await talk.letters()] == ["路人"]


async def test_two_first_words_of_a_stranger_make_one_account(talk: Talk) -> None:
    await put(talk, ("路人", "/report"), ("路人", "/cancel"))
    assert [await take_all(talk), await take_all(talk), await take_all(talk)] == [1, 1, 0]
    async with talk.db.read() as session:
        mine = select(func.count()).where(Account.chat == chat_of("路人"))
        assert await session.scalar(mine) == 1
    assert await draft_of(talk, "路人") == []


async def test_a_broken_turn_leaves_nothing_of_itself(talk: Talk, trouble: Trouble) -> None:
    letter = only(await talk.say("李强", "/spoil bug"), "李强")
    assert letter.keys == ["error.internal"]
    assert await talk.rows(AuditRow.id) == []
    assert await draft_of(talk, "李强") == []
    account = await talk.account("李强")
    assert account is not None
    assert account.gate_unit_id is None


async def test_when_one_breaks_the_others_of_its_batch_are_answered(
    talk: Talk, trouble: Trouble
) -> None:
    await talk.say("王芳", "/report")
    kept = (await talk.conversation("王芳")).draft
    await put(talk, ("路人", "/help"), ("王芳", "/spoil bug"), ("李强", "/today"))
    with capture_logs() as logs:
        assert await take_all(talk) == 3
    told = {letter.to: letter for letter in await talk.letters()}
    assert told["路人"].keys[0] == "help.title"
    assert told["李强"].keys == ["today.nothing"]
    (failure,) = [entry for entry in logs if entry["event"] == "turn_failed"]
    (line,) = told["王芳"].message.lines
    assert line == Text("error.internal", {"reference": failure["reference"]})
    assert failure["reference"] in locales.render("zh_Hans", line)
    assert (await talk.conversation("王芳")).draft == kept
    assert await talk.waiting() == []


async def test_the_log_of_a_failure_says_where_but_not_what_was_typed(
    talk: Talk, trouble: Trouble
) -> None:
    with capture_logs([without_values]) as logs:
        await talk.say("王芳", "/spoil bug")
    (failure,) = [entry for entry in logs if entry["event"] == "turn_failed"]
    assert failure["error"] == "RuntimeError"
    assert any("_spoil" in place for place in failure["at"])
    assert SECRET not in str(logs)
    assert "王芳" not in str(logs)


async def test_a_broken_turn_does_not_hold_up_what_she_says_next(
    talk: Talk, trouble: Trouble
) -> None:
    await put(talk, ("路人", "/spoil bug"), ("路人", "/help"))
    await talk.deliver()
    assert await talk.waiting() == []
    letters = await talk.letters(0)
    assert [letter.keys[0] for letter in letters] == ["error.internal", "help.title"]


async def test_a_mistake_undoes_what_the_feature_had_begun(talk: Talk, trouble: Trouble) -> None:
    await talk.say("David", "/report")
    letters = await talk.say("David", "/spoil mistake")
    assert [letter.keys[0] for letter in letters] == ["claim.over", "engine.resume"]
    account = await talk.account("David")
    assert account is not None
    assert account.gate_unit_id is None
    assert await talk.rows(AuditRow.id) == []
    assert [draft.context for draft in await draft_of(talk, "David")] == [{"gate": None}]


async def test_a_mistake_is_answered_in_her_own_language(talk: Talk, trouble: Trouble) -> None:
    letter = only(await talk.say("David", "/spoil mistake"), "David")
    account = await talk.account("David")
    assert account is not None
    said = locales.render(account.lang, letter.message.lines[0])
    assert said.isascii()
    assert said != locales.render("zh_Hans", letter.message.lines[0])


async def test_a_form_that_cannot_go_on_says_why_and_lets_other_commands_through(
    talk: Talk, trouble: Trouble
) -> None:
    await talk.say("李强", "/odd")
    trouble.kind = "closed"
    assert [letter.keys for letter in await talk.say("李强", "one")] == [["verify.no_packs"]]
    letters = await talk.say("李强", "/today")
    assert [letter.keys for letter in letters] == [["today.nothing"], ["verify.no_packs"]]
    assert [letter.keys for letter in await talk.say("李强", "/cancel")] == [["cancel.done"]]


async def test_a_form_that_breaks_is_apologised_for_and_can_be_left(
    talk: Talk, trouble: Trouble
) -> None:
    await talk.say("李强", "/odd")
    trouble.kind = "bug"
    for words in ("one", "/spoil mistake", "/today"):
        assert only(await talk.say("李强", words), "李强").keys == ["error.internal"]
    assert only(await talk.say("李强", "/cancel"), "李强").keys == ["cancel.done"]
    assert only(await talk.say("李强", "/today"), "李强").keys == ["today.nothing"]


async def test_a_draft_of_a_form_that_is_gone_is_forgotten(talk: Talk, trouble: Trouble) -> None:
    await talk.say("李强", "/report")
    await talk.say("李强", "/odd")
    talk.registry = Registry(FEATURES)
    assert only(await talk.say("李强", "x"), "李强").message.rows
    assert [draft.form for draft in await draft_of(talk, "李强")] == ["selfreport"]


async def test_what_arrives_after_the_inbox_was_purged_is_taken(talk: Talk) -> None:
    await talk.say("路人", "/help")
    await talk.say("路人", "/menu")
    async with talk.db.write() as session:
        await purge(session, talk.now + timedelta(days=1))
    assert len(await talk.rows(InboxRow.id)) == 1
    assert only(await talk.say("路人", "/help"), "路人").keys[0] == "help.title"


# -- forms ----------------------------------------------------------------------------------------


async def test_a_command_in_the_middle_of_a_form_is_answered_and_the_form_goes_on(
    talk: Talk,
) -> None:
    await talk.say("路人", "/report")
    await talk.press("路人", "selfreport.whom.choice.self")
    helped, resumed = await talk.say("路人", "/help")
    assert helped.keys[0] == "help.title"
    assert resumed.keys[0] == "engine.resume"
    assert "selfreport.name.ask" in resumed.keys


async def test_a_new_question_takes_the_buttons_of_the_last_away(talk: Talk) -> None:
    asked = only(await talk.say("路人", "/report"), "路人")
    resumed = (await talk.say("路人", "/help"))[-1]
    assert resumed.message.retires == asked.key


async def test_a_tap_turns_its_message_into_the_next_question(talk: Talk) -> None:
    await talk.say("路人", "/report")
    letter = only(await talk.press("路人", "selfreport.whom.choice.self"), "路人")
    assert (letter.message.edit, letter.message.edits) == (Edit.REPLACE, "m1")


async def test_an_answer_days_later_is_taken(talk: Talk) -> None:
    await talk.say("路人", "/report")
    await talk.press("路人", "selfreport.whom.choice.self")
    talk.now += timedelta(days=3)
    letter = only(await talk.say("路人", "路人 510107197702146090"), "路人")
    assert "selfreport.phone.ask" in letter.keys
    (draft,) = await draft_of(talk, "路人")
    assert draft.answers["name"] == "路人"


async def test_cancel_drops_the_form(talk: Talk) -> None:
    await talk.say("路人", "/report")
    assert only(await talk.say("路人", "/cancel"), "路人").keys == ["cancel.done"]
    assert (await talk.conversation("路人")).draft is None
    assert only(await talk.say("路人", "/cancel"), "路人").keys == ["cancel.nothing"]


async def test_the_same_form_begun_again_is_taken_up_where_it_was(talk: Talk) -> None:
    await talk.say("路人", "/report")
    await talk.press("路人", "selfreport.whom.choice.self")
    letter = only(await talk.say("路人", "/report"), "路人")
    assert "selfreport.name.ask" in letter.keys
    assert len(await draft_of(talk, "路人")) == 1


async def test_a_form_parked_by_another_comes_back_when_that_ends(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=1))
    await talk.say("陈建国", "/report")
    await talk.press("陈建国", "action.measure")
    assert [d.form for d in await draft_of(talk, "陈建国")] == ["selfreport", "checkin"]
    receipt, resumed = await talk.say("陈建国", "36.4 没有")
    assert receipt.keys[0] == "checkin.recorded"
    assert resumed.keys[0] == "engine.resume"
    assert "selfreport.whom.ask" in resumed.keys
    assert [d.form for d in await draft_of(talk, "陈建国")] == ["selfreport"]


async def test_cancelling_a_form_brings_the_parked_one_back(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=1))
    await talk.say("陈建国", "/report")
    await talk.press("陈建国", "action.measure")
    dropped, resumed = await talk.say("陈建国", "/cancel")
    assert dropped.keys == ["cancel.done"]
    assert "selfreport.whom.ask" in resumed.keys


async def test_a_tap_on_a_parked_form_goes_on_with_that_form(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=1))
    await talk.say("陈建国", "/report")
    await talk.press("陈建国", "action.measure")
    letter = only(await talk.press("陈建国", "selfreport.whom.choice.self"), "陈建国")
    assert "selfreport.name.ask" in letter.keys
    assert [d.form for d in await draft_of(talk, "陈建国")] == ["checkin", "selfreport"]


async def test_drafts_do_not_pile_up_without_end(talk: Talk) -> None:
    for name in ("陈建国", "陈奶奶", "林秀英", "陈小明"):
        await talk.observe(name)
    await talk.pass_time(timedelta(hours=1))
    await talk.say("李强", "/report")
    for number in await talk.rows(Obligation.id, Obligation.kind, Obligation.opens_at):
        if number.opens_at <= talk.now and number.kind in (Kind.CHECKIN, Kind.TEST):
            verb = "behalf" if number.kind == Kind.CHECKIN else "result"
            await talk.tap("李强", f"a:{verb}:{number.id}")
    assert len(await draft_of(talk, "李强")) == MAX_DRAFTS


async def test_a_draft_of_an_older_form_keeps_what_still_fits(talk: Talk) -> None:
    await talk.say("路人", "/report")
    await talk.press("路人", "selfreport.whom.choice.self")
    await talk.say("路人", "路人 510107197702146090")
    (draft,) = json.loads((await talk.conversation("路人")).draft or "")
    older = json.loads(draft) | {"version": 0}
    older["answers"] |= {"gone": "x", "document": "nonsense"}
    async with talk.db.write() as session:
        row = await session.get(Conversation, chat_of("路人"))
        assert row is not None
        row.draft = json.dumps([json.dumps(older)])
    letter = only(await talk.say("路人", "/report"), "路人")
    assert "engine.form_changed" in letter.keys
    (kept,) = await draft_of(talk, "路人")
    assert kept.answers == {"whom": "self", "name": "路人"}
    assert kept.version == SelfReport.version


async def test_a_typed_temperature_begins_the_checkin_with_its_first_answer(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=1))
    letter = only(await talk.say("陈建国", "38.2"), "陈建国")
    assert "checkin.symptoms.ask" in letter.keys
    assert letter.message.retires != letter.key
    (draft,) = await draft_of(talk, "陈建国")
    assert draft.answers == {"temperature": "38.2"}


async def test_a_typed_temperature_with_its_symptoms_is_the_whole_checkin(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=1))
    letter = only(await talk.say("陈建国", "38.2 咳嗽"), "陈建国")
    assert letter.keys[:2] == ["checkin.recorded", "checkin.team_called"]
    assert await draft_of(talk, "陈建国") == []


async def test_one_tap_is_a_whole_checkin_and_ends_the_half_filled_one(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=1))
    well = await talk.button("陈建国", "action.well")
    await talk.press("陈建国", "action.measure")
    letter = only(await talk.tap("陈建国", well), "陈建国")
    assert letter.keys[0] == "checkin.recorded"
    assert await draft_of(talk, "陈建国") == []
    outcomes = await talk.rows(Obligation.kind, Obligation.outcome)
    assert [o.outcome for o in outcomes if o.outcome] == [Outcome.DONE]


async def test_one_tap_leaves_another_form_as_it_was(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=1))
    await talk.say("陈建国", "/report")
    receipt, resumed = await talk.press("陈建国", "action.well")
    assert receipt.keys[0] == "checkin.recorded"
    assert "selfreport.whom.ask" in resumed.keys
    assert len(await talk.rows(Submission.id)) == 1


async def test_a_second_tap_records_nothing_more(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=1))
    await talk.press("陈建国", "action.well")
    letter = only(await talk.press("陈建国", "action.well"), "陈建国")
    assert letter.keys == ["checkin.done_already"]
    assert len(await talk.rows(Submission.id)) == 1


async def test_reminders_wait_behind_a_form_and_are_let_go_when_it_ends(talk: Talk) -> None:
    await talk.observe("陈建国")
    talk.now += timedelta(minutes=55)
    await talk.say("陈建国", "/report")
    answered_at = talk.now
    reminders = await talk.pass_time(timedelta(minutes=5))
    mine = [letter for letter in reminders if letter.to == "陈建国"]
    assert {letter.keys[0] for letter in mine} == {"checkin.ask", "test.ask"}
    assert {letter.not_before_at for letter in mine} == {answered_at + timedelta(minutes=10)}
    await talk.say("陈建国", "/cancel")
    held = await talk.rows(OutboxRow.id, OutboxRow.not_before_at)
    assert {row.not_before_at for row in held} == {None}


# -- who is there ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "lang"),
    [("路人", "zh_Hans"), ("David", "en"), ("林志明", "zh_Hant")],
)
async def test_a_stranger_is_greeted_in_the_language_of_her_phone(
    talk: Talk, person: str, lang: str
) -> None:
    assert await talk.account(person) is None
    letter = only(await talk.say(person, "/start"), person)
    assert letter.keys == ["start.hello"]
    account = await talk.account(person)
    assert account is not None
    assert (account.lang, account.name, account.person_id) == (lang, person, None)


async def test_a_chosen_language_outlives_what_the_phone_says(talk: Talk) -> None:
    await talk.say("David", "/start")
    await talk.tap("David", "a:lang:zh_Hant")
    await talk.say("David", "/help", lang="en")
    account = await talk.account("David")
    assert account is not None
    assert account.lang == "zh_Hant"


async def test_the_first_word_of_a_stranger_may_be_nonsense(talk: Talk) -> None:
    letters = await talk.deliver(talk.event("路人", kind="other"))
    assert only(letters, "路人").keys == ["unknown.kind"]


async def test_a_file_is_no_answer_and_the_question_comes_again(talk: Talk) -> None:
    await talk.say("王芳", "/report")
    letters = await talk.deliver(talk.event("王芳", kind="file", file="f", file_name="a.pdf"))
    first, again = [letter.keys for letter in letters]
    assert first == ["unknown.kind"]
    assert again != first


async def test_blocking_is_not_answered_and_becomes_somebodys_work(talk: Talk) -> None:
    await talk.observe("陈建国")
    assert await talk.deliver(talk.event("陈建国", kind="blocked")) == []
    account = await talk.account("陈建国")
    assert account is not None
    assert account.blocked_at == talk.now
    kinds = [row.kind for row in await talk.rows(Obligation.id, Obligation.kind)]
    assert kinds.count(Kind.CONTACT) == 1


@pytest.mark.parametrize("sign", ["unblocked", "text"])
async def test_whoever_comes_back_is_heard_and_reached_again(talk: Talk, sign: str) -> None:
    await talk.deliver(talk.event("陈建国", kind="blocked"))
    letters = await talk.deliver(talk.event("陈建国", kind=sign, text="/help"))
    assert bool(letters) == (sign == "text")
    account = await talk.account("陈建国")
    assert account is not None
    assert account.blocked_at is None


async def test_blocking_keeps_the_draft(talk: Talk) -> None:
    await talk.say("路人", "/report")
    await talk.deliver(talk.event("路人", kind="blocked"))
    await talk.deliver(talk.event("路人", kind="unblocked"))
    assert [draft.form for draft in await draft_of(talk, "路人")] == ["selfreport"]


async def test_an_outage_of_the_database_is_not_taken_for_a_bug(talk: Talk) -> None:
    await put(talk, ("路人", "/help"))

    async def away(turn: Turn, argument: str) -> None:
        raise ConnectionError

    talk.registry.commands["help"] = away
    with pytest.raises(ConnectionError):
        await take_all(talk)
    assert await talk.waiting() == [chat_of("路人")]
    assert await talk.letters() == []


async def test_rights_taken_away_between_two_taps_are_gone(talk: Talk) -> None:
    await talk.observe("陈建国")
    await talk.pass_time(timedelta(hours=4))
    claim = f"a:waive:{(await talk.rows(Obligation.id))[0].id}"
    await talk.tap("李强", claim)
    account = await talk.account("李强")
    assert account is not None
    async with talk.db.write() as session:
        mine = Assignment.account_id == account.id
        await session.execute(update(Assignment).where(mine).values(until_at=talk.now))
    letter = only(await talk.tap("李强", claim + ":away"), "李强")
    assert letter.keys == ["access.denied"]
