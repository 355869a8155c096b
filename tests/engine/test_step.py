"""The walk through a form: order, skip logic, back, edit, review, resume, stale buttons."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import pytest
from engine_forms import SOURCES, Household, Inspection, Report, Symptom, Well, Whom, walk
from engine_walk import NONCE, NOW, Walk
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from handlers.engine.form import Ask, Celsius, Form, Mode
from handlers.engine.step import begin
from models.identity import IdKind
from models.messages import Edit, Text

RESIDENT = "110101199003070038"


def filled() -> Walk:
    """A self-report, answered up to the review page."""
    w = walk(Report).tap("self").type(f"王芳 {RESIDENT}")
    w.hear(kind="contact", phone="+86 138 0000 1111", own_contact=True)
    w.type("武侯区").tap("yesterday").tap("engine.yes").type("高铁G1234").tap("engine.none")
    return w.type("花园小区3栋").hear(kind="location", latitude=30.6, longitude=104.0)


def test_every_type_of_answer_reaches_the_form():
    report = filled().tap("engine.submit").submitted
    assert report.whom is Whom.SELF
    assert (report.name, report.phone) == ("王芳", "13800001111")
    assert (report.document.kind, report.document.number) == (IdKind.RESIDENT, RESIDENT)
    assert report.origin == "510000"
    assert report.left_on == date(2022, 3, 4)
    assert report.arrived is True
    assert report.arrival_at is None
    assert (report.transport.mode, report.transport.number) == (Mode.TRAIN, "G1234")
    assert report.companions == []
    assert report.address == "花园小区3栋"
    assert (report.door.latitude, report.door.longitude) == (30.6, 104.0)


def test_the_first_message_has_the_title_and_the_first_question():
    w = walk(Report)
    assert w.keys == ["report.title", "engine.progress", "report.whom.ask"]
    assert w.line("engine.progress").params == {"n": 1, "of": 11}
    assert w.reply.edit is Edit.SEND


def test_a_tap_turns_the_tapped_message_into_the_next_question():
    w = walk(Report).tap("self")
    assert (w.reply.edit, w.reply.edits) == (Edit.REPLACE, "m7")


def test_a_typed_answer_gets_a_new_message():
    w = walk(Report).type("本人")
    assert (w.reply.edit, w.reply.edits) == (Edit.SEND, "")


def test_a_condition_adds_its_question_and_the_count():
    w = walk(Well).type("36.5")
    assert w.line("engine.progress").params == {"n": 2, "of": 2}
    w = walk(Well).type("37.3")
    assert w.line("engine.progress").params == {"n": 2, "of": 3}
    assert w.tap("engine.none").asks("medicine")


def test_a_conditional_field_that_was_not_asked_is_none():
    well = walk(Well).type("36.5").tap("engine.none").submitted
    assert (well.medicine, well.dose) == (None, None)
    assert Well.model_validate(well.model_dump(mode="json")) == well


def test_a_condition_on_a_mistyped_field_is_a_loud_bug():
    class Typo(Form):
        code = "typo"
        a: int
        b: Annotated[int, Ask(when=lambda known: known.aa > 1)]

    with pytest.raises(LookupError):
        walk(Typo)


def test_a_form_without_review_submits_after_its_last_answer():
    assert walk(Well).tap("36.3").tap("engine.none").submitted.temperature == Decimal("36.3")


def test_known_answers_are_not_asked_and_invalid_ones_are():
    w = walk(Well, answers={"temperature": Decimal("36.5")})
    assert w.asks("symptoms")
    assert walk(Well, answers={"temperature": "99", "nonsense": 1}).asks("temperature")


def test_a_form_that_is_known_whole_submits_at_once():
    done = walk(Well, answers={"temperature": "36.5", "symptoms": []})
    assert done.submitted.symptoms == set()


def test_the_feature_context_stays_in_the_draft():
    w = walk(Well, feature_context={"obligation": 7}).type("38")
    assert w.draft is not None
    assert w.draft.context == {"obligation": 7}


def test_what_follows_a_temperature_answers_the_next_field():
    assert walk(Well).type("36.5 咳嗽 乏力").submitted.symptoms == {Symptom.COUGH, Symptom.FATIGUE}


def test_words_that_no_field_takes_are_not_lost_silently():
    w = walk(Well).type("36.5 脚崴了")
    assert w.asks("symptoms")
    assert w.line("engine.rest_unread").params == {"text": "脚崴了"}


# -- back and edit -------------------------------------------------------------------------------


def test_back_asks_the_earlier_question_again_and_keeps_its_answer():
    w = walk(Report).tap("self").type(f"王芳 {RESIDENT}").type("返回")
    assert w.asks("document")  # filled last, with the name
    w.type("上一步")
    assert w.asks("name")
    assert w.line("engine.current").params["value"].params == {"text": "王芳"}
    assert w.tap("engine.keep").asks("phone")
    assert w.type("13800001111").asks("document")
    assert w.tap("engine.keep").asks("origin")


def test_back_at_the_first_question_says_so():
    assert "engine.error.first_question" in walk(Report).type("back").keys


def test_back_skips_questions_that_no_longer_apply():
    w = walk(Well).type("38").tap("engine.none").tap("engine.yes")
    assert w.asks("dose")
    w.tap("engine.back").tap("engine.back").tap("engine.back").type("36.5")
    assert w.asks("symptoms")
    assert w.tap("engine.back").asks("temperature")


def test_review_shows_every_answer_in_words():
    w = filled()
    lines = {
        line.params["label"].key: line.params["value"]
        for line in w.reply.lines
        if line.key == "engine.review_line"
    }
    assert lines["report.whom.label"] == Text("report.whom.choice.self")
    assert lines["report.origin.label"].params == {"text": "四川省成都市武侯区"}
    assert lines["report.left_on.label"] == Text("engine.value.day", {"on": date(2022, 3, 4)})
    assert lines["report.arrived.label"] == Text("engine.yes")
    assert lines["report.transport.label"].params["number"] == "G1234"
    assert "report.arrival_at.label" not in lines
    assert w.reply.protect


def test_an_edit_returns_to_the_review():
    w = filled().tap("engine.edit").tap("report.address.label")
    assert w.asks("address")
    w.type("幸福里2栋")
    assert w.keys[-1] == "engine.review"
    assert w.type("确认").submitted.address == "幸福里2栋"


def test_an_edit_that_opens_a_question_asks_it_first():
    w = filled().tap("engine.edit").tap("report.arrived.label").tap("engine.no")
    assert w.asks("arrival_at")
    w.type("明天下午3点")
    assert w.tap("engine.submit").submitted.arrival_at == datetime(2022, 3, 6, 7, tzinfo=UTC)


def test_an_answer_whose_condition_became_false_is_dropped():
    w = filled().tap("engine.edit").tap("report.arrived.label").tap("engine.no").tap("now")
    w.tap("engine.edit").tap("report.arrived.label").tap("engine.yes")
    assert w.tap("engine.submit").submitted.arrival_at is None


def test_back_out_of_an_edit_changes_nothing():
    w = filled().tap("engine.edit").tap("report.companions.label").tap("engine.add")
    w.type("小明").type("7")
    w.tap("engine.back")
    assert w.keys[-1] == "engine.review"
    assert w.tap("engine.submit").submitted.companions == []


def test_the_page_of_edits_leads_back():
    assert filled().tap("engine.edit").tap("engine.back").keys[-1] == "engine.review"


def test_nonsense_on_the_review_page_is_answered():
    w = filled().type("嗯")
    assert w.keys[0] == "engine.error.expected_tap"
    w.hear(kind="photo", file="x")
    assert w.keys[0] == "engine.error.expected_tap"
    assert w.keys[-1] == "engine.review"


def test_cancel_ends_the_draft_by_tap_and_by_word():
    w = walk(Report).tap("engine.cancel")
    assert w.last.cancelled
    assert (w.keys, w.reply.edit) == (["engine.cancelled"], Edit.REPLACE)
    assert walk(Report).type("Cancel").last.cancelled


def test_skip_stores_nothing_to_say():
    w = filled().tap("engine.edit").tap("report.door.label").type("跳过")
    assert w.tap("engine.submit").submitted.door is None


def test_a_required_question_cannot_be_skipped():
    w = walk(Report).type("skip")
    assert w.keys[0] == "engine.error.no_skip"
    assert w.asks("whom")


class Span(Form):
    code = "span"
    errors = ("upside_down",)
    low: Annotated[int, Field(ge=0)]
    high: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def check(self) -> Span:
        if self.low > self.high:
            raise PydanticCustomError("upside_down", "low {low}", {"low": self.low})
        return self


def test_a_rule_over_the_whole_form_is_said_on_the_review_page():
    w = walk(Span).type("5").type("3").tap("engine.submit")
    assert w.line("span.error.upside_down").params == {"low": 5}
    assert w.tap("engine.edit").tap("span.high.label").type("6").tap("submit").submitted.high == 6


# -- buttons and time ----------------------------------------------------------------------------


def test_a_tap_on_an_old_draft_is_called_stale_and_the_question_comes_anew():
    w = walk(Report).tap_data("f:older:1-0.c:self")
    assert w.keys[0] == "engine.stale"
    assert w.asks("whom")
    assert w.reply.edit is Edit.SEND


@pytest.mark.parametrize("data", ["", "f", "f:", "x:1", "f:n0nce", "f:n0nce:", "f:n0nce:1-0.c:me"])
def test_a_forged_tap_changes_nothing(data: str):
    w = walk(Report)
    before = w.draft
    assert w.tap_data(data).draft == before
    assert w.asks("whom")


def test_a_double_tap_shows_the_next_question_without_scolding():
    w = walk(Report)
    tapped = w.data("self")
    once = w.tap_data(tapped).reply
    assert w.tap_data(tapped).reply == once


def test_a_double_tap_on_a_toggle_sets_it_once():
    w = walk(Well).type("36.5")
    tapped = w.data("cough")
    w.tap_data(tapped).tap_data(tapped)
    assert w.tap("engine.done").submitted.symptoms == {Symptom.COUGH}


def test_skip_of_one_question_does_not_skip_the_next():
    w = filled().tap("engine.edit").tap("report.transport.label")
    tapped = w.data("engine.skip")
    w.tap_data(tapped).tap_data(tapped)
    assert w.keys[-1] == "engine.review"


def test_an_edited_message_gets_a_hint():
    w = walk(Report).hear(kind="text", text="家人", edited=True)
    assert w.keys[0] == "engine.edited_hint"
    assert w.asks("whom")


def test_resume_says_where_she_is():
    w = walk(Report).tap("self").show()
    assert w.line("engine.resume").params == {"n": 2}
    assert w.asks("name")


@pytest.mark.parametrize("nonce", ["", "a:b", "x" * 13, "号"])
def test_a_nonce_that_would_not_fit_is_refused(nonce: str):
    with pytest.raises(ValueError, match="nonce"):
        begin(Well, nonce, None)  # type: ignore[arg-type]


def test_button_data_names_the_draft_and_the_question():
    assert walk(Well).data("36.3") == f"f:{NONCE}:1-0.q:36.3"


# -- deploys -------------------------------------------------------------------------------------


class OldWell(Form):
    code = "well"
    temperature: Celsius
    pulse: int
    symptoms: str


class NewWell(Form):
    code = "well"
    version = 2
    review = False
    temperature: Annotated[Celsius, Field(le=42)]
    rash: bool
    pulse: Annotated[int, Field(le=200)]


def test_after_a_deploy_valid_answers_stay_and_the_rest_is_asked():
    w = walk(OldWell).type("36.5").type("300").with_form(NewWell)
    w.type("咳嗽")
    assert "engine.form_changed" in w.keys
    assert w.asks("rash")
    w.tap("engine.no")
    assert w.asks("pulse")
    assert w.type("70").submitted == NewWell(temperature=Decimal("36.5"), rash=False, pulse=70)


def test_a_deploy_that_keeps_the_question_takes_the_answer():
    w = walk(OldWell).type("36.5").with_form(NewWell).type("70")
    assert w.asks("rash")
    assert w.tap("engine.yes").submitted.pulse == 70


def test_a_button_from_before_the_deploy_shows_the_question():
    w = walk(Well).type("36.5").with_form(NewWell)
    w.tap_data(f"f:{NONCE}:1-1.none")
    assert w.asks("rash")


def test_a_review_page_from_before_the_deploy_asks_what_is_new():
    w = walk(OldWell).type("36.5").type("70").type("无").with_form(NewWell).show()
    assert w.asks("rash")


def test_an_open_item_survives_a_deploy():
    class Household2(Household):
        version = 2

    w = walk(Household).tap("王芳").type("38.5").with_form(Household2).type("咳嗽")
    w.tap("engine.rest_fine").tap("engine.submit")
    assert w.submitted.members[0].temperature == Decimal("38.5")


def test_time_is_the_contexts():
    w = filled().tap("engine.edit").tap("report.arrived.label").tap("engine.no").tap("now")
    assert w.tap("engine.submit").submitted.arrival_at == NOW
    later = Walk(Report, SOURCES, now=NOW + timedelta(days=1)).begin()
    later.tap("self").type(f"王芳 {RESIDENT}").type("13800001111").type("武侯区")
    assert later.tap("today").draft is not None
    assert later.draft.answers["left_on"] == "2022-03-06"


def test_the_engine_asks_only_for_the_options_it_shows():
    w = Walk(Inspection, {"venues": SOURCES["venues"]}).begin()
    assert w.asks("venue")
