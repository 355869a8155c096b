"""Pasted lines of staff: what is read, what is handed back."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.engine.parse_staff import MOST_LINES, StaffSaid, staff_lines

TODAY = date(2022, 7, 4)
PHONE = "13900000021"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("张三", StaffSaid("张三")),
        ("张三 收银", StaffSaid("张三", "收银")),
        (f"张三 收银 {PHONE}", StaffSaid("张三", "收银", PHONE)),
        (f"张三，收银，{PHONE}", StaffSaid("张三", "收银", PHONE)),
        (f"张三、{PHONE}、收银", StaffSaid("张三", "收银", PHONE)),
        (f"3. 张三 收银 {PHONE}", StaffSaid("张三", "收银", PHONE)),
        ("张三 收银 139-0000-0021", StaffSaid("张三", "收银", PHONE)),
        ("张三 收银 １３９００００００２１", StaffSaid("张三", "收银", PHONE)),
        ("张三\t收银\t139 0000 0021", StaffSaid("张三", "收银", PHONE)),
        ("张三 收银 7月2日", StaffSaid("张三", "收银", last_on=date(2022, 7, 2))),
        ("张三 收银 上次核酸昨天", StaffSaid("张三", "收银", last_on=date(2022, 7, 3))),
        ("Li Wei, cashier, 13900000021", StaffSaid("Li Wei", "cashier", PHONE)),
        ("阿依古丽·买买提 后厨", StaffSaid("阿依古丽·买买提", "后厨")),
    ],
)
def test_a_line_names_somebody(line: str, said: StaffSaid) -> None:
    assert staff_lines(line, TODAY) == ([said], [])


def test_papers_are_read_and_are_no_part_of_the_job() -> None:
    ((one,), unread) = staff_lines("张三 收银 510107199003071025", TODAY)
    assert unread == []
    assert one.document is not None
    assert one.document.number == "510107199003071025"
    assert (one.title, one.phone) == ("收银", "")


@pytest.mark.parametrize(
    "line", ["13900000021", "张三 收银 139000", "张三 510107199003071026", "2022", "😀"]
)
def test_a_line_that_names_nobody_whole_is_handed_back(line: str) -> None:
    found, unread = staff_lines(f"李四\n{line}", TODAY)
    assert [one.name for one in found] == ["李四"]
    assert unread == [line]


def test_headings_and_empty_lines_are_nobody() -> None:
    found, unread = staff_lines("姓名 岗位 电话\n\n 张三 收银\n", TODAY)
    assert ([one.name for one in found], unread) == (["张三"], [])


def test_more_lines_than_are_taken_at_once_are_handed_back() -> None:
    text = "\n".join("张三" for _ in range(MOST_LINES + 2))
    found, unread = staff_lines(text, TODAY)
    assert (len(found), len(unread)) == (MOST_LINES, 2)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "，，，", "\x00", "一" * 3000, "1." * 500, "张三 " * 400]
)
def test_anything_is_read_without_an_exception(text: str) -> None:
    staff_lines(text, TODAY)
