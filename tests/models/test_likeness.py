"""Who may be whom: names that are said or look alike, and one fact more."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import likeness, names
from models.identity import IdKind
from models.likeness import Fact, Traits, agreeing, near, pairs, share_enough


def likely_twins(one: Traits, other: Traits) -> bool:
    """Of two whose names agree enough else agrees, too."""
    return Fact.NAME in agreeing(one, other) and share_enough(one, other)


DOOR = "花园小区3栋2单元501"
ZHANG = Traits("张伟", "13812345678", IdKind.RESIDENT, "510107199003071025", DOOR, 1)
BARE = replace(ZHANG, id_kind="", id_number="")


@pytest.mark.parametrize(
    ("one", "other"), [("张伟", "章玮"), ("张偉", "张伟"), ("曾丽", "增丽"), ("单　芳", "善芳")]
)
def test_names_that_are_said_alike(one: str, other: str) -> None:
    assert names.sound(one) == names.sound(other)


@pytest.mark.parametrize(("one", "other"), [("陈晴", "陈睛"), ("孙逊", "逊孙"), ("王未", "玉末")])
def test_names_that_look_alike(one: str, other: str) -> None:
    assert names.look(one) == names.look(other)
    assert names.sound(one) != names.sound(other) or one == "孙逊"


@pytest.mark.parametrize(
    ("one", "other"), [("王小明", "王小红"), ("李刚", "李强"), ("张伟", "张伟伟")]
)
def test_other_names_are_others(one: str, other: str) -> None:
    assert names.sound(one) != names.sound(other)
    assert names.look(one) != names.look(other)


@given(st.text(max_size=40))
def test_any_text_has_a_sound_and_a_look(text: str) -> None:
    assert names.sound(text) == names.sound(names.look(text)) or names.look(text) != text
    assert names.look(names.look(text)) == names.look(text)


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        ("13812345678", "13812345678", True),
        ("13812345678", "13812345679", True),
        ("13812345678", "13812345687", True),  # two neighbours changed places
        ("13812345678", "13812345699", False),
        ("13812345678", "1381234567", False),
        ("13812345678", "23812345671", False),
    ],
)
def test_one_slip_is_near(one: str, other: str, close: bool) -> None:
    assert near(one, other) is near(other, one) is close


TWINS = {
    "one digit of the phone": replace(BARE, name="章伟", phone="13812345679", address="", home=2),
    "the door in another spelling": replace(
        BARE, name="章伟", phone="", address="花园小区 3#2-501", home=2
    ),
    "one household": replace(BARE, name="章伟", phone="", address="", home=1),
    "looks alike and one phone": replace(BARE, name="张伟", phone="13812345678", home=2),
    "fifteen digits with a slip": replace(ZHANG, id_number="51010719900307103X", address="",
                                          phone="", home=2),
    "papers of two kinds": replace(
        ZHANG, id_kind=IdKind.PASSPORT, id_number="E12345678", address="", home=2
    ),
    "two numbers, all else one": replace(ZHANG, id_number="510107197702146090", name="章伟",
                                         phone="13812345679", address="花园小区3幢2单元501室"),
}  # fmt: skip
OTHERS = {
    "the name alone": replace(BARE, phone="", address="", home=2),
    "a sister": replace(BARE, name="张丽"),
    "two numbers and one door": replace(ZHANG, id_number="510107197702146090", phone=""),
    "two numbers and one phone": replace(ZHANG, id_number="510107197702146090", address="", home=2),
    "an address without a door": replace(BARE, phone="", address="花园小区", home=2),
}


@pytest.mark.parametrize("other", TWINS.values(), ids=TWINS)
def test_likely_twins(other: Traits) -> None:
    assert likely_twins(ZHANG, other)
    assert likely_twins(other, ZHANG)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_two_people(other: Traits) -> None:
    assert not likely_twins(replace(ZHANG, address=other.address or DOOR), other)
    assert not likely_twins(other, ZHANG)


def test_what_agrees_is_named() -> None:
    other = replace(BARE, phone="13812345679", address="", home=2)
    assert agreeing(ZHANG, other) == {Fact.NAME, Fact.PHONE}


FEW = st.sampled_from(["", "13812345678", "13812345679", "13812345687", "13900000000"])
PAPERS = st.sampled_from(
    ["", "510107199003071025", "510107199003071033", "510107199003070125", "510107199003071"]
)
DOORS = st.sampled_from(["", DOOR, "花园小区3幢2单元501室", "花园小区", "3-2-501"])


@given(
    st.lists(
        st.builds(
            Traits,
            st.sampled_from(["张伟", "章玮"]),
            FEW,
            st.just(IdKind.RESIDENT),
            PAPERS,
            DOORS,
            st.sampled_from([None, 1, 2]),
        ),
        max_size=12,
    )
)
def test_whoever_could_be_twins_is_looked_at_together(people: list[Traits]) -> None:
    """Looking only at those who have a mark in common misses nobody."""
    listed = list(enumerate(people))
    every = {(a, b) for a, b in combinations(range(len(people)), 2)}
    expected = {(a, b) for a, b in every if likely_twins(people[a], people[b])}
    assert pairs(listed) == expected


def test_a_name_that_thousands_bear_is_compared_by_its_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = 0
    judge = likeness.share_enough

    def counted(one: Traits, other: Traits) -> bool:
        nonlocal looked
        looked += 1
        return judge(one, other)

    monkeypatch.setattr(likeness, "share_enough", counted)
    people = [
        (n, Traits("张伟", f"13{n * 7919 % 10**9:09}", "", "", f"花园小区{n}栋1单元101", n))
        for n in range(3000)
    ]
    pairs(people)
    assert looked < 3000
