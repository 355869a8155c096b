"""Each kind of question: what it takes typed, tapped and sent, and what it says to the rest."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest
from engine_forms import Report, Symptom, Well, numbered, walk
from engine_walk import Walk
from pydantic import Field

from handlers.engine.form import Ask, Form, Phone, Photo
from models.messages import Edit

LONG = "长" * 5000


def error(w: Walk) -> str:
    """The reason that was given, with the question again."""
    assert any(key.endswith(".ask") for key in w.keys)
    return w.keys[0].removeprefix("engine.error.")


class Plain(Form):
    code = "plain"
    review = False


class Note(Plain):
    text: str


class Count(Plain):
    count: Annotated[int, Field(ge=1, le=20)]


class Portion(Plain):
    portion: Annotated[Decimal, Field(gt=0)]


class Picture(Plain):
    picture: Photo
    word: str | None


class Relative(Plain):
    phone: Annotated[Phone, Ask(own=False)]


class Own(Plain):
    phone: Phone


def test_text_is_kept_clean():
    assert walk(Note).type("  𠮷野家\u202e \x00 3號 ").submitted.text == "𠮷野家 3號"


def test_five_thousand_characters_are_refused_with_the_bound():
    w = walk(Note).type(LONG)
    assert w.line("engine.error.string_too_long").params == {"max_length": 500}
    assert w.type("短").submitted.text == "短"


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_an_empty_text_is_no_answer(text: str):
    assert error(walk(Note).type(text)) == "expected_text"


def test_numbers_are_read_and_bounded():
    assert walk(Count).type("十二").submitted.count == 12
    w = walk(Count).type("21")
    assert w.line("engine.error.less_than_equal").params == {"le": 20}
    assert error(w.type("0")) == "greater_than_equal"
    assert error(w.type("2.5")) == "int_from_float"
    assert error(w.type("9" * 400)) != ""
    assert walk(Portion).type("0.25").submitted.portion == Decimal("0.25")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("43.5", "temperature_range"),
        ("33", "temperature_range"),
        ("36.5 37.8", "temperature_two"),
        ("不舒服", "temperature_format"),
        ("3", "temperature_range"),
    ],
)
def test_impossible_temperatures_are_asked_again(text: str, code: str):
    assert error(walk(Well).type(text)) == code


def test_a_number_never_presses_a_button_of_a_numeric_question():
    w = walk(Well).type("3")  # the third button is cancel
    assert not w.last.cancelled
    assert w.asks("temperature")


def test_a_stray_digit_may_go_back_but_never_cancels():
    w = at_phone("family")
    assert w.labels == ["返回", "取消"]
    assert error(w.type("2")) == "phone"
    assert w.type("1").asks("name")


def test_a_sticker_gets_what_is_expected():
    assert error(walk(Well).hear(kind="other")) == "expected_temperature"
    assert error(walk(Report).hear(kind="other")) == "expected_tap"
    assert error(walk(Note).hear(kind="photo", file="p")) == "expected_text"
    assert error(walk(Picture).type("在这里")) == "expected_photo"
    assert error(walk(Picture).hear(kind="photo")) == "expected_photo"


def test_a_choice_is_taken_by_number_by_label_and_by_part_of_it():
    for typed in ("2", "家人", "家", "家人", "２"):
        assert walk(Report).type(typed).draft.answers["whom"] == "family"


def test_an_unknown_choice_is_quoted_back_short():
    w = walk(Report).type("邻" * 5000)
    assert w.line("engine.error.choice_unknown").params == {"text": "邻" * 19 + "…"}


def test_a_negated_label_is_not_that_label():
    w = walk(Well).type("36.5").type("不咳嗽")
    assert error(w) == "choice_unknown"
    assert w.asks("symptoms")


@pytest.mark.parametrize("typed", ["1 3", "咳嗽 咽痛", "咽痛、咳嗽", "咳嗽，3", "1,3"])
def test_several_are_typed_in_one_go(typed: str):
    done = walk(Well).type("36.5").type(typed)
    assert done.submitted.symptoms == {Symptom.COUGH, Symptom.SORE_THROAT}


@pytest.mark.parametrize("typed", ["无", "没有", "None", "都没有", "4"])
def test_none_is_an_answer(typed: str):
    assert walk(Well).type("36.5").type(typed).submitted.symptoms == set()


def test_toggles_show_what_is_on_and_can_be_taken_back():
    w = walk(Well).type("36.5").tap("cough")
    assert w.labels[:3] == ["engine.on 咳嗽", "乏力", "咽痛"]
    assert "engine.done" not in w.tap("engine.on").labels
    w.tap("fatigue")
    assert w.tap("engine.done").submitted.symptoms == {Symptom.FATIGUE}


def test_toggles_with_nothing_on_offer_none_instead_of_done():
    w = walk(Well).type("36.5")
    assert "都没有" in w.labels
    assert "完成" not in w.labels


@pytest.mark.parametrize(
    ("typed", "value"), [("有", True), ("不要", False), ("1", True), ("2", False)]
)
def test_yes_and_no_in_words_and_numbers(typed: str, value: bool):
    w = walk(Well).type("38").type("无").type(typed)
    if value:
        w.type("跳过")
    assert w.submitted.medicine is value


# -- contact, photo, location --------------------------------------------------------------------


def at_phone(whom: str = "self") -> Walk:
    return walk(Report).tap(whom).type("王芳")


def test_the_own_phone_is_asked_with_the_platforms_button():
    w = at_phone()
    assert (w.reply.keyboard, w.reply.rows) == ("contact", ())
    assert "engine.share_contact" in w.keys


def test_the_contact_button_goes_away_with_its_own_message():
    w = at_phone().hear(kind="contact", phone="13800001111", own_contact=True)
    noted, question = w.last.replies
    assert (noted.lines[0].key, noted.dismiss_keyboard) == ("engine.noted", True)
    assert question.rows
    assert not question.dismiss_keyboard


def test_a_forwarded_contact_is_not_her_own():
    w = at_phone().hear(kind="contact", phone="13800001111")
    assert error(w) == "contact_not_own"
    assert w.reply.keyboard == "contact"


def test_a_relatives_contact_may_be_anybodys():
    w = at_phone("family")
    assert w.reply.keyboard == ""
    assert w.hear(kind="contact", phone="13800001111").asks("document")
    assert walk(Relative).hear(kind="contact", phone="010-12345678").submitted.phone


def test_the_keyboard_is_dismissed_by_back_by_cancel_and_at_the_end():
    back = at_phone().type("返回").last.replies
    assert (back[0].lines[0].key, back[0].dismiss_keyboard) == ("engine.returned", True)
    assert at_phone().type("取消").reply.dismiss_keyboard
    done = walk(Own).type("13800001111").last
    assert done.submitted is not None
    assert [r.dismiss_keyboard for r in done.replies] == [True]


def test_a_tap_never_edits_a_message_into_a_keyboard():
    w = walk(Report, answers={"whom": "self"}).type("王芳").type("返回").tap("engine.keep")
    assert w.reply.keyboard == "contact"
    assert w.reply.edit is Edit.SEND


def test_half_a_number_says_how_much_is_missing():
    w = at_phone().type("13800001111").type("1101011990")
    assert w.line("engine.error.id_length").params == {"got": 10}


def test_a_photo_is_kept_and_a_stray_caption_is_mentioned():
    w = walk(Picture).hear(kind="photo", file="ph1", text="门口")
    assert "engine.rest_unread" in w.keys
    assert w.tap("engine.skip").submitted.picture == "ph1"


@pytest.mark.parametrize("typed", ["30.6,104", "30.6 104", "３０．６，１０４"])
def test_a_place_on_the_map_may_be_typed(typed: str):
    w = walk(Report, answers=KNOWN).type(typed)
    assert w.draft.answers["door"] == {"latitude": 30.6, "longitude": 104.0}


@pytest.mark.parametrize("typed", ["here", "1 2 3", "91 0", "nan nan", "inf 1"])
def test_a_place_off_the_map_is_asked_again(typed: str):
    assert error(walk(Report, answers=KNOWN).type(typed)) == "expected_location"


KNOWN = {
    "whom": "self",
    "name": "王芳",
    "phone": "13800001111",
    "document": {"kind": "passport", "number": "E12345678"},
    "origin": "510000",
    "left_on": "2022-03-04",
    "arrived": True,
    "transport": None,
    "companions": [],
    "address": "花园小区",
}

# -- pick ----------------------------------------------------------------------------------------


def at_origin() -> Walk:
    known = {k: KNOWN[k] for k in ("whom", "name", "phone", "document")}
    return walk(Report, answers=known)


def test_one_exact_place_is_taken_at_once():
    assert at_origin().type("武侯区").asks("left_on")


def test_several_places_become_buttons():
    w = at_origin().type("朝阳区")
    assert w.labels[:2] == ["北京市朝阳区", "吉林省长春市朝阳区"]
    assert w.tap("吉林省长春市朝阳区").draft.answers["origin"] == "510003"


def test_shown_places_are_picked_by_number_or_by_part_of_the_name():
    assert at_origin().type("朝阳区").type("2").draft.answers["origin"] == "510003"
    assert at_origin().type("朝阳区").type("北京").draft.answers["origin"] == "510002"


def test_another_query_replaces_the_list():
    assert at_origin().type("朝阳区").type("成都").labels[:2] == [
        "四川省成都市武侯区",
        "四川省成都市青羊区",
    ]


def test_no_place_found_offers_what_she_typed():
    w = at_origin().type("火星")
    assert w.line("engine.error.pick_none").params == {"text": "火星"}
    assert w.tap("engine.use_typed").draft.answers["origin"] == "火星"


def test_back_from_the_found_places_is_the_question():
    w = at_origin().type("朝阳区").tap("engine.back")
    assert w.asks("origin")
    assert w.labels == ["取消"]


def test_a_query_without_end_is_refused():
    assert error(at_origin().type(LONG)) == "string_too_long"


class Venue(Plain):
    venue: Annotated[str, Ask(options="venues", search=False)]


def at_venue(many: int = 19) -> Walk:
    return Walk(Venue, {"venues": numbered("venue", many)}).begin()


def test_a_fixed_list_is_shown_at_once_eight_a_page():
    w = at_venue()
    assert w.labels[:9] == [*(f"venue {i}" for i in range(8)), "engine.more"]
    w.tap("engine.more").tap("engine.more")
    assert w.labels[:4] == ["venue 16", "venue 17", "venue 18", "engine.more"]
    assert w.tap("engine.more").labels[0] == "venue 0"


def test_an_option_on_a_later_page_is_taken_by_tap_number_and_name():
    assert at_venue().tap("engine.more").tap("venue 9").submitted.venue == "venue9"
    assert at_venue().tap("engine.more").type("2").submitted.venue == "venue9"
    assert at_venue().type("venue 17").submitted.venue == "venue17"


def test_an_option_that_is_gone_is_not_mistaken_for_another():
    w = at_venue()
    tapped = w.data("venue 3")
    w.sources = {"venues": numbered("place", 19)}
    assert w.tap_data(tapped).asks("venue")


def test_options_of_one_name_are_not_guessed_between():
    w = Walk(Venue, {"venues": lambda q: numbered("venue", 2)(q) * 2}).begin()
    assert error(w.type("venue 1")) == "choice_unknown"
