"""Lists inside a form: the roll-call of a household, the checklist of a venue, companions."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from annotated_types import Len
from engine_forms import Household, Illness, Inspection, Person, Symptom, walk
from engine_walk import Walk, say

from handlers.engine.form import Form


class Crew(Form):
    code = "crew"
    review = False
    people: Annotated[list[Person], Len(1, 2)]


# -- checklists ----------------------------------------------------------------------------------


def test_a_household_of_four_with_one_ill_takes_four_messages():
    w = walk(Household).tap("王小明").type("38.5 咳嗽").tap("engine.rest_fine").tap("engine.submit")
    assert w.messages == 4
    assert w.submitted.members == [
        Illness(item="2", temperature=Decimal("38.5"), symptoms={Symptom.COUGH})
    ]


def test_a_household_that_is_well_takes_one_tap_and_a_submit():
    w = walk(Household).tap("全部正常").tap("engine.submit")
    assert w.messages == 2
    assert w.submitted.members == []


def test_an_item_that_is_being_filled_is_named():
    w = walk(Household).tap("李强")
    assert say(w.line("engine.about").params["item"]) == "李强"
    assert w.asks("temperature")


def test_a_marked_item_shows_in_the_list():
    w = walk(Household).type("李强").type("38.5 咳嗽")
    assert w.labels[:4] == ["王芳", "engine.flagged 李强", "王小明", "奶奶"]
    assert "engine.rest_fine" in w.labels


def test_a_marked_item_can_be_changed():
    w = walk(Household).tap("李强").type("38.5 咳嗽").tap("engine.flagged")
    value = w.line("engine.value.item").params["values"][0]
    assert value.params == {"value": Decimal("38.5")}
    w.tap("engine.change").type("39").tap("engine.done")
    w.tap("engine.rest_fine").tap("engine.submit")
    assert [m.temperature for m in w.submitted.members] == [Decimal(39)]


def test_a_marked_item_can_be_removed():
    w = walk(Household).tap("李强").type("38.5 咳嗽").tap("engine.flagged").tap("engine.remove")
    assert w.labels[1] == "李强"
    assert w.tap("全部正常").tap("engine.submit").submitted.members == []


def test_back_from_an_item_leaves_it_unmarked():
    w = walk(Household).tap("李强").tap("engine.back")
    assert w.asks("members")
    assert w.tap("全部正常").tap("engine.submit").submitted.members == []


def test_the_review_names_who_is_ill():
    w = walk(Household).tap("李强").type("38.5 咳嗽").tap("engine.rest_fine")
    assert "李强" in say(w.line("engine.review_line").params["value"].params["items"][0])


def test_a_typed_name_or_number_opens_the_item():
    assert walk(Household).type("奶奶").draft.sub.item == "3"
    assert walk(Household).type("4").draft.sub.item == "3"
    assert walk(Household).type("全部正常").keys[-1] == "engine.review"


def test_an_unknown_name_is_asked_again():
    w = walk(Household).type("张三")
    assert w.keys[0] == "engine.error.choice_unknown"


def test_a_tap_on_the_list_while_an_item_is_open_shows_the_item():
    w = walk(Household)
    old = w.data("王芳")
    w.tap("李强").tap_data(old)
    assert w.draft.sub.item == "1"
    assert w.asks("temperature")


def test_an_empty_checklist_can_still_be_signed():
    w = Walk(Household, {"members": lambda query: ()}).begin().tap("全部正常")
    assert w.tap("engine.submit").submitted.members == []


def test_a_venue_where_all_passes_takes_three_taps():
    w = walk(Inspection).tap("venue 2").tap("全部正常").tap("engine.submit")
    assert w.messages == 3
    assert w.submitted == Inspection(venue="venue2", items=[])


def test_a_failing_item_takes_a_photo_with_its_word():
    w = walk(Inspection).tap("venue 2").tap("item 3")
    w.hear(kind="photo", file="ph1", text="灭火器过期")
    assert w.asks("items")
    w.tap("engine.rest_fine")
    assert w.asks("remark")  # opened by the failing item
    w.type("限期三天").tap("engine.submit")
    (defect,) = w.submitted.items
    assert (defect.item, defect.picture, defect.word) == ("item3", "ph1", "灭火器过期")


# -- repeats -------------------------------------------------------------------------------------


def test_a_list_that_needs_one_opens_it_at_once():
    w = Walk(Crew).begin()
    assert w.asks("name")
    w.type("王芳").type("30")
    assert w.asks("people")
    assert w.tap("engine.done").submitted.people == [Person(name="王芳", age=30)]


def test_a_full_list_takes_no_more():
    w = Walk(Crew).begin().type("王芳").type("30").tap("engine.add_another").type("李强").type("40")
    assert "engine.add_another" not in w.labels
    assert w.labels[:2] == ["王芳", "李强"]
    assert [p.age for p in w.type("完成").submitted.people] == [30, 40]


def test_an_item_of_a_list_is_changed_in_its_place():
    w = Walk(Crew).begin().type("王芳").type("30").tap("engine.add_another").type("李强").type("40")
    w.tap("王芳").tap("engine.change").tap("engine.keep").type("31").tap("engine.done")
    assert [(p.name, p.age) for p in w.submitted.people] == [("王芳", 31), ("李强", 40)]


def test_a_second_tap_on_remove_removes_nothing_more():
    w = Walk(Crew).begin().type("王芳").type("30").tap("engine.add_another").type("李强").type("40")
    w.tap("王芳")
    remove = w.data("engine.remove")
    w.tap_data(remove).tap_data(remove)
    assert [p.name for p in w.tap("engine.done").submitted.people] == ["李强"]


def test_the_last_needed_item_cannot_be_removed_and_done():
    w = Walk(Crew).begin().type("王芳").type("30").tap("王芳").tap("engine.remove")
    assert "完成" not in w.labels
    assert w.tap("engine.add").asks("name")


def test_back_within_an_item_walks_its_own_questions():
    w = Walk(Crew).begin().type("王芳").tap("engine.back")
    assert w.asks("name")
    assert w.tap("engine.back").asks("people")


def test_an_invalid_answer_in_an_item_is_asked_there():
    w = Walk(Crew).begin().type("王芳").type("200")
    assert w.keys[0] == "engine.error.less_than_equal"
    assert w.asks("age")


def test_words_on_a_list_page_are_answered():
    w = Walk(Crew).begin().type("王芳").type("30").type("什么")
    assert w.keys[0] == "engine.error.expected_tap"
