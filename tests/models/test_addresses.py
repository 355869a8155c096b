"""Addresses: spellings of one door meet, two doors never do, anything gives an answer."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.addresses import Address, compact, parse

FLAT = Address("花园小区", "3栋", "2", "", "501")
NUMERALS = "一二三四五六七八九"


@pytest.mark.parametrize(
    "spelling",
    [
        "花园小区3栋2单元501",
        "花园小区 3#2-501",
        "花园小区三幢二单元501室",
        "花园小区３号楼２单元５０１",
        "花園小區3棟2單元501室",
        "花园小区-3-2-501",
        "花园小区3#-2-501",
        "花园小区 3 栋，2 单元，501 号。",
        "花园小区3#楼2单元五〇一",
        "花园小区3号2单元五百零一室",
        "花园小区3楼2门5楼501",
        "花园小区03栋02单元0501室",
        "四川省成都市武侯区花园小区3栋2单元501",
    ],
)
def test_spellings_of_one_flat_meet(spelling: str):
    assert parse(spelling) == FLAT


def test_a_list_of_one_compound_need_not_name_it():
    assert parse("3-2-501", compound="花园小区") == FLAT
    assert parse("四栋101", compound="花园小区").key == "花园小区4栋101"
    assert parse("花园小区3栋2单元501", compound="西苑") == FLAT


def test_the_names_of_its_units_may_stand_in_front():
    written = "清河区城关镇花园社区花园小区3栋2单元501"
    assert parse(written, inside=("花园社区", "城关镇")) == FLAT
    assert parse(written) != FLAT


@pytest.mark.parametrize(
    ("written", "key", "house", "room"),
    [
        ("柳林村2组15号", "柳林村2组15号", "柳林村2组", "15号"),
        ("柳林村第二村民小组15号", "柳林村2组15号", "柳林村2组", "15号"),
        ("柳林村二社15-1号", "柳林村2组15-1号", "柳林村2组", "15-1号"),
        ("柳林村2队15号附1", "柳林村2组15号附1号", "柳林村2组", "15号附1号"),
        ("琉璃大街 5 号", "琉璃大街5号", "琉璃大街", "5号"),
        ("八一路三号", "八一路3号", "八一路", "3号"),
        ("人民南路四段11号附3号", "人民南路4段11号附3号", "人民南路4段", "11号附3号"),
        ("柳荫胡同5号院3号楼2门501", "柳荫胡同5号院3栋2单元501", "柳荫胡同5号院3栋", "501"),
        ("柳荫胡同5号院", "柳荫胡同5号院", "柳荫胡同", "5号院"),
        ("幸福路12号2单元501", "幸福路12号2单元501", "幸福路12号", "501"),
        ("幸福路12号501室", "幸福路12号501", "幸福路12号", "501"),
        ("花园路12号商铺", "花园路12号商铺", "花园路", "12号商铺"),
        ("花园小区3栋底商2号", "花园小区3栋底商2", "花园小区3栋", "底商2"),
        ("花园小区二期A座1203", "花园小区2期a栋1203", "花园小区2期a栋", "1203"),
        ("花园小区3栋2单元5层1号", "花园小区3栋2单元5层1", "花园小区3栋", "1"),
    ],
)
def test_villages_streets_courtyards_and_shops(written: str, key: str, house: str, room: str):
    read = parse(written)
    assert (read.key, read.house, read.room) == (key, house, room)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("柳荫胡同5号院西屋", "柳荫胡同5号院西屋"),
        ("张家湾，老槐树旁边", "张家湾老槐树旁边"),
        ("花园小区3-501", "花园小区3-501"),  # a building or an entrance?
        ("幸福路12-3-501", "幸福路12-3-501"),  # a house or a building?
        ("花园小区3栋2单元5楼602", "花园小区3栋2单元5楼602"),  # the floor or the room?
        ("花园小区3栋2单元501（租户）", "花园小区3栋2单元501租户"),
        ("Building 3, Room 501", "building-3-room-501"),
        ("柳林2社区", "柳林2社区"),
        ("", ""),
    ],
)
def test_what_cannot_be_read_stays_as_written(written: str, kept: str):
    assert parse(written) == Address(kept)
    assert parse(written).key == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3-2-501", "32-501"),
        ("花园小区3栋2单元501", "花园小区32单元501"),
        ("花园小区3栋501", "花园小区3单元501"),
        ("花园小区5层1号", "花园小区5栋1号"),
        ("柳林村2组15号", "柳林村21组5号"),
        ("x2 3栋", "x 23栋"),
        ("花园小区3栋商铺2", "花园小区3栋2"),
        ("花园小区3栋501a", "花园小区3栋501"),
    ],
)
def test_two_doors_do_not_meet(one: str, other: str):
    assert parse(one).key != parse(other).key


def test_the_order_of_doors_goes_by_entrance_floor_and_number():
    doors = ["3栋1单元1201", "3栋1单元201", "3栋2单元101", "3栋1单元202"]
    assert sorted(doors, key=lambda door: parse(door).order) == [
        "3栋1单元201", "3栋1单元202", "3栋1单元1201", "3栋2单元101"
    ]  # fmt: skip
    houses = ["柳林村2组115号", "柳林村2组9号"]
    assert sorted(houses, key=lambda door: parse(door).order)[0] == "柳林村2组9号"


# What addresses are made of, in any order and mixture.
_PIECES = st.sampled_from(
    [
        *("花园小区", "柳林村", "幸福路", "五一", "x2", "A", "第", "社区", "二期", "丙"),
        *("3", "12", "501", "0501", "三", "十二", "五〇一", "３", "一"),
        *("栋", "幢", "座", "号楼", "#", "楼", "单元", "门", "层", "室", "号", "号院", "组"),
        *("社", "队", "附", "商铺", "-", " ", "，", "/", "(", ")", "区", "段", "棟"),
    ]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=12).map("".join)))
@example("0-0栋0号")
@example("½栋")
@example("0号0号")
def test_any_text_is_read_and_its_key_reads_as_itself(text: str):
    read = parse(text)
    assert parse(read.key) == read
    if read.building:
        assert parse(read.house).house == read.house
    assert all(part >= 0 for part in read.order)


@given(st.integers(1, 99), st.integers(1, 9), st.integers(1, 33), st.integers(1, 9))
def test_every_flat_has_one_key(building: int, entrance: int, floor: int, door: int):
    room = f"{floor}{door:02}"
    spellings = [
        f"西苑{building}栋{entrance}单元{room}",
        f"西苑 {building}#-{entrance}-{room}",
        f"西苑{building}-{entrance}-{room}",
        f"西苑{building}号楼{NUMERALS[entrance - 1]}单元{floor}楼{room}室",
    ]
    keys = {parse(spelling).key for spelling in spellings}
    assert keys == {f"西苑{building}栋{entrance}单元{room}"}
    assert parse(keys.pop()).order == (entrance, floor, int(room))


def test_names_meet_without_their_punctuation():
    assert compact("A座 Room-1") == "a座room1"
    assert compact("花園 社區") == compact("花园社区")
