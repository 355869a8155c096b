"""What people type, and what we read in it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.engine import parse
from handlers.engine.parse import ERRORS, Prefer, Unreadable
from handlers.engine.parse_text import fold, han_integer
from models.identity import IdKind

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2022, 3, 5)  # a Saturday
NOW = datetime(2022, 3, 5, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


def code_of(read: Callable[[], object]) -> str:
    with pytest.raises(Unreadable) as caught:
        read()
    return caught.value.code


# -- clean ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("　３６．５　Ａ，ｂ！", "36.5 A,b!"),
        ("\u202e王\u200b芳\ufeff\x00", "王芳"),
        ("a\n\tb\u2028c\x1fd", "a b c d"),
        ("  花园   小区  ", "花园 小区"),
        ("\ud800王\udfff", "王"),
        ("𠮷田𰻝 👍🏽 é ①", "𠮷田𰻝 👍🏽 é ①"),
        ("⼈⽅", "人方"),
        ("e\u0301", "é"),
        ("\u3164\u2800", ""),
        ("36.8℃", "36.8°C"),
    ],
)
def test_clean_keeps_what_shows_and_nothing_else(typed: str, kept: str) -> None:
    assert parse.clean(typed) == kept


@given(st.text())
@example("\uffe3")
@example("ﾊﾞ\u200bﾞ")
def test_clean_is_stable_and_can_be_stored(text: str) -> None:
    cleaned = parse.clean(text)
    assert parse.clean(cleaned) == cleaned
    cleaned.encode("utf-8")
    assert len(fold(cleaned)) == len(cleaned)


# -- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三十六", 36),
        ("十", 10),
        ("十五", 15),
        ("廿五", 25),
        ("卅", 30),
        ("两", 2),
        ("〇", 0),
        ("一百零二", 102),
        ("一百一十", 110),
        ("三百五", 350),
        ("一千零五", 1005),
        ("一千零五十", 1050),
        ("三万五", 35000),
        ("三万零五", 30005),
        ("一亿二千万", 120_000_000),
        ("壹佰贰拾叁", 123),
        ("二〇二二", 2022),
        ("十十", None),
        ("百", None),
        ("亿万", None),
        ("", None),
        ("九" * 5000, None),
    ],
)
def test_chinese_numerals_have_their_value(text: str, value: int | None) -> None:
    assert han_integer(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("36.5", "36.5"),
        ("36,5", "36.5"),
        ("36。5", "36.5"),
        ("１２", "12"),
        ("٣٦", "36"),
        ("1,234", "1234"),
        ("1,234,567.8", "1234567.8"),
        ("三十六点五", "36.5"),
        ("三点一四", "3.14"),
        ("1.2万", "12000"),
        ("零下3", "-3"),
        ("负二", "-2"),
        ("-3", "-3"),
        (".5", "0.5"),
        ("36度", "36"),
        ("36.5 ℃", "36.5"),
        ("36.5C", "36.5"),
    ],
)
def test_numbers_are_read_in_the_ways_they_are_written(text: str, value: str) -> None:
    assert parse.number(text, units=("度", "℃", "°c", "c")) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "number_format"),
        ("abc", "number_format"),
        ("-", "number_format"),
        (".", "number_format"),
        ("3人", "number_format"),
        ("1 2", "number_format"),
        ("一点十", "number_format"),
        ("9" * 19, "number_long"),
        ("9" * 5000, "number_long"),
        ("0." + "1" * 5000, "number_long"),
    ],
)
def test_what_is_no_number_is_refused(text: str, code: str) -> None:
    assert code_of(lambda: parse.number(text)) == code


# -- temperatures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "36.5", "36,5", "36，5", "36。5", "36·5", "36..5", "36. 5", "36 5", "365", "３６．５",
        "36.50", "36度5", "36度半", "36 度 5", "36点5", "36度5分", "三十六度五", "三十六点五",
        "三十六點五", "三六度五", "三百六十五", "体温36.5℃", "體溫：36.5", "T 36.5", "t36.5",
        "36.5°C", "36.5c", "36.5摄氏度", "36.5正常", "36.5 36.5", "今天早上7:40 36.5", "7点36.5",
        "8点量的36.5", "97.7F", "97.7°F", "华氏97.7", "我家3栋，体温36.5", "36.5 13812345678",
        "35岁 36.5",
    ],
)  # fmt: skip
def test_a_normal_temperature_is_read_however_it_is_typed(text: str) -> None:
    assert parse.temperature(text) == Decimal("36.5")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("36", "36.0"),
        ("36度", "36.0"),
        ("36.55", "36.55"),
        ("36.5555", "36.56"),
        ("340", "34.0"),
        ("430", "43.0"),
        ("431", "431.0"),
        ("20", "20.0"),
        ("43.5度", "43.5"),
        ("98.6F", "37.0"),
        ("100.4f", "38.0"),
    ],
)
def test_a_temperature_has_a_decimal_and_its_range_is_not_judged(text: str, value: str) -> None:
    assert str(parse.temperature(text)) == value


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ("38.5 咳嗽 乏力", "38.5", "咳嗽 乏力"),
        ("38.5，咳嗽、乏力", "38.5", "咳嗽、乏力"),
        ("38.5咳嗽3天", "38.5", "咳嗽3天"),
        ("38 2天", "38.0", "2天"),
        ("咳嗽 38.5", "38.5", "咳嗽"),
        ("咳嗽，体温38.5，乏力", "38.5", "咳嗽 乏力"),
        ("今天体温36.5正常", "36.5", "正常"),
        ("36.5 Cough", "36.5", "Cough"),
        ("三十七度二，有点咳", "37.2", "有点咳"),
        ("38.5 三天沒吃藥", "38.5", "三天沒吃藥"),
        ("36.5", "36.5", ""),
    ],
)
def test_the_words_beside_a_temperature_are_kept_as_typed(text: str, value: str, rest: str) -> None:
    assert parse.temperature_and_rest(text) == (Decimal(value), rest)


@pytest.mark.parametrize("text", ["36.5 37.8", "36.5/37.8", "36度 37度", "36.5、37", "早36.5晚37"])
def test_two_different_temperatures_are_not_chosen_from(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse.temperature(text)
    assert caught.value.code == "temperature_two"
    assert caught.value.params["first"] != caught.value.params["second"]


@pytest.mark.parametrize(
    "text", ["99 度", "25度", "98.6", "体温 99", "99℃", "９９", "12.5", "250度"]
)
def test_a_slip_of_the_thermometer_is_told_from_other_numbers(text: str) -> None:
    assert parse.means_temperature(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "7.4",
        "501",
        "433",
        "3栋501",
        "99 咳嗽",
        "7月4日",
        "10:30",
        "36.5 98.6",
        "13812345678",
    ],
)
def test_other_numbers_are_no_slip_of_the_thermometer(text: str) -> None:
    assert not parse.means_temperature(text)


@pytest.mark.parametrize(
    "text", ["", "正常", "体温", ".5", "13812345678", "一点咳嗽", "7:40", "9" * 5000]
)
def test_what_holds_no_temperature_is_refused(text: str) -> None:
    assert code_of(lambda: parse.temperature(text)) == "temperature_format"


# -- yes and no -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "是",
        "是的！",
        "有",
        "好",
        "好的。",
        "对",
        "對",
        "要",
        "嗯",
        "嗯嗯",
        "OK",
        "Yes.",
        "y",
        "👍",
        "👍🏽",
        "ＹＥＳ",
    ],
)
def test_yes_is_yes(text: str) -> None:
    assert parse.yes_no(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "否",
        "不",
        "不是",
        "没有",
        "沒有",
        "没有啊",
        "无",
        "無",
        "不要",
        "不对",
        "No",
        "n",
        "没",
        "👎",
        "没了。",
    ],
)
def test_no_is_no(text: str) -> None:
    assert parse.yes_no(text) is False


@pytest.mark.parametrize("text", ["", "1", "0", "2", "也许", "是不是", "！", "yesterday"])
def test_what_is_neither_yes_nor_no_is_refused(text: str) -> None:
    assert code_of(lambda: parse.yes_no(text)) == "yes_no"


# -- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "王芳", "欧阳小明", "𠮷田𠀀", "买买提·吐尔逊", "O'Brien", "Anne-Marie Müller", "Иван",
        "محمد علي", "นภา", "李〇", "A. B. Smith", "王" * 50,
    ],
)  # fmt: skip
def test_names_of_any_script_are_kept_as_typed(name: str) -> None:
    assert parse.person_name(name) == name


@pytest.mark.parametrize("text", ["姓名：王芳", "我叫王芳", "  王芳 ", "\u202e王芳"])
def test_what_only_surrounds_a_name_is_left_out(text: str) -> None:
    assert parse.person_name(text) == "王芳"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "name_letters"),
        ("😀😀", "name_letters"),
        ("王芳2", "name_letters"),
        ("...", "name_letters"),
        ("王芳😀", "name_letters"),
        ("王" * 51, "name_long"),
        ("王" * 5000, "name_long"),
    ],
)
def test_what_is_no_name_is_refused(text: str, code: str) -> None:
    assert code_of(lambda: parse.person_name(text)) == code


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("王芳 110101199003070011", "王芳", "110101199003070011"),
        ("王芳，110101199003070011", "王芳", "110101199003070011"),
        ("王芳110101199003070011", "王芳", "110101199003070011"),
        ("王芳\n身份证：110101199003070011", "王芳", "身份证:110101199003070011"),
        ("王芳 护照 E12345678", "王芳", "护照 E12345678"),
        ("王芳E12345678", "王芳", "E12345678"),
        ("John Smith AB123456", "John Smith", "AB123456"),
        ("John Smith, passport AB123456", "John Smith", "passport AB123456"),
        ("王芳", "王芳", ""),
    ],
)
def test_a_name_is_split_from_what_follows(text: str, name: str, rest: str) -> None:
    assert parse.name_and_rest(text) == (name, rest)


@pytest.mark.parametrize("text", ["", "110101199003070011", "护照 E12345678", "Smith, John"])
def test_a_rest_without_a_name_is_refused(text: str) -> None:
    assert code_of(lambda: parse.name_and_rest(text)) == "name_letters"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "13812345678"),
        ("电话：138-1234-5678", "13812345678"),
        ("+86 138 1234 5678 妈妈", "13812345678"),
        ("(010) 62345678", "01062345678"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_a_phone_is_found_among_words(text: str, number: str) -> None:
    assert parse.phone(text) == number


@pytest.mark.parametrize("text", ["", "妈妈", "1381234567", "13812345678 13912345678", "1" * 5000])
def test_what_is_no_phone_is_refused(text: str) -> None:
    assert code_of(lambda: parse.phone(text)) == "phone"


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("110101199003070011", IdKind.RESIDENT, "110101199003070011"),
        ("110101 19900307 0011", IdKind.RESIDENT, "110101199003070011"),
        ("110101-19900307-0011", IdKind.RESIDENT, "110101199003070011"),
        ("１１０１０１１９９００３０７００１１", IdKind.RESIDENT, "110101199003070011"),
        ("身份证：110101199003070011", IdKind.RESIDENT, "110101199003070011"),
        ("110101199003070011 13812345678", IdKind.RESIDENT, "110101199003070011"),
        ("11010519491231002x", IdKind.RESIDENT, "11010519491231002X"),
        ("110105491231002", IdKind.RESIDENT, "11010519491231002X"),
        ("护照 E12345678", IdKind.PASSPORT, "E12345678"),
        ("護照：e1234567", IdKind.PASSPORT, "E1234567"),
        ("passport AB123456", IdKind.PASSPORT, "AB123456"),
        ("护照 123456789", IdKind.PASSPORT, "123456789"),
        ("Passport No. 123456789", IdKind.PASSPORT, "123456789"),
        ("EA1234567", IdKind.PASSPORT, "EA1234567"),
        ("NO1234567", IdKind.PASSPORT, "NO1234567"),
        ("H12345678", IdKind.PERMIT, "H12345678"),
        ("通行证 M1234567890", IdKind.PERMIT, "M1234567890"),
        ("台胞证 12345678", IdKind.PERMIT, "12345678"),
        ("居住证 830000199201300022", IdKind.PERMIT, "830000199201300022"),
    ],
)
def test_papers_are_told_apart(text: str, kind: IdKind, number: str) -> None:
    document = parse.id_document(text, TODAY)
    assert (document.kind, document.number) == (kind, number)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "id_format"),
        ("身份证", "id_format"),
        ("护照", "id_format"),
        ("没有", "id_format"),
        ("AB12", "id_format"),
        ("12345678", "id_length"),
        ("1101011990", "id_length"),
        ("1101011990030700X", "id_length"),
        ("1" * 5000, "id_length"),
        ("1101O1199003070011", "id_digits"),
        ("110101199003070012", "id_checksum"),
        ("110101199013070011", "id_birth"),
        ("110101205003070011", "id_future"),
        ("170101199003070011", "id_province"),
    ],
)
def test_impossible_papers_say_what_is_wrong(text: str, code: str) -> None:
    assert code_of(lambda: parse.id_document(text, TODAY)) == code


def test_a_half_number_says_how_many_digits_there_were() -> None:
    with pytest.raises(Unreadable) as caught:
        parse.id_document("身份证 11010119", TODAY)
    assert caught.value.params == {"got": 8}


# -- days and times -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天", "03-05"), ("今日", "03-05"), ("明天", "03-06"), ("后天", "03-07"),
        ("後天", "03-07"), ("大后天", "03-08"), ("昨天", "03-04"), ("前天", "03-03"),
        ("大前天", "03-02"), ("刚才", "03-05"), ("today", "03-05"), ("tomorrow", "03-06"),
        ("the day after tomorrow", "03-07"), ("Yesterday", "03-04"), ("3月5号", "03-05"),
        ("三月六日", "03-06"), ("3/6", "03-06"), ("3-6", "03-06"), ("3.6", "03-06"),
        ("2022-03-05", "03-05"), ("2022/3/6", "03-06"), ("2022.3.6", "03-06"),
        ("2022年3月6日", "03-06"), ("二〇二二年三月六日", "03-06"), ("22年3月6日", "03-06"),
        ("20220306", "03-06"), ("5号", "03-05"), ("三號", "03-03"), ("下个月5号", "04-05"),
        ("上月5日", "02-05"), ("周五", "03-04"), ("週五", "03-04"), ("星期天", "03-06"),
        ("礼拜一", "03-07"), ("上周五", "02-25"), ("下周一", "03-07"), ("下下周三", "03-16"),
        ("本周三", "03-02"), ("next friday", "03-11"), ("friday", "03-04"), ("三天前", "03-02"),
        ("3天后", "03-08"), ("两周前", "02-19"), ("1个月后", "04-05"), ("半个月后", "03-20"),
        ("2 days ago", "03-03"), ("in a week", "03-12"), ("Mar 6", "03-06"),
        ("6th of March", "03-06"), ("March 6, 2022", "03-06"), ("昨天下午3点", "03-04"),
        ("大概明天到吧", "03-06"), ("31号", "03-31"), ("明年1月2日", None),
    ],
)  # fmt: skip
def test_a_day_is_read_in_words_and_digits(text: str, expected: str | None) -> None:
    found = parse.day(text, TODAY)
    assert found == (
        date(2023, 1, 2) if expected is None else date.fromisoformat(f"2022-{expected}")
    )


@pytest.mark.parametrize(
    ("text", "prefer", "expected"),
    [
        ("12月31日", "nearest", date(2021, 12, 31)),
        ("12月31日", "past", date(2021, 12, 31)),
        ("12月31日", "future", date(2022, 12, 31)),
        ("3月5日", "past", TODAY),
        ("3月5日", "future", TODAY),
        ("3月6日", "past", date(2021, 3, 6)),
        ("6号", "past", date(2022, 2, 6)),
        ("4号", "future", date(2022, 4, 4)),
        ("周五", "future", date(2022, 3, 11)),
        ("周日", "past", date(2022, 2, 27)),
        ("周六", "future", TODAY),
        ("31号", "past", date(2022, 1, 31)),
    ],
)
def test_an_incomplete_day_is_taken_on_the_preferred_side(
    text: str, prefer: Prefer, expected: date
) -> None:
    assert parse.day(text, TODAY, prefer) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date_format"),
        ("很久以前", "date_format"),
        ("12", "date_format"),
        ("15:30", "date_format"),
        ("3月5日到3月7日", "date_format"),
        ("99999天后", "date_format"),
        ("2月30日", "date_invalid"),
        ("2月29日", "date_invalid"),
        ("13月1日", "date_invalid"),
        ("32号", "date_invalid"),
        ("2022-02-30", "date_invalid"),
        ("1022-02-03", "date_invalid"),
        ("9999年后", "date_invalid"),
        ("明天25点", "time_invalid"),
    ],
)
def test_what_is_no_day_is_refused(text: str, code: str) -> None:
    assert code_of(lambda: parse.day(text, TODAY)) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15:30", time(15, 30)),
        ("15：30", time(15, 30)),
        ("15:30:20", time(15, 30)),
        ("15点", time(15)),
        ("15點鐘", time(15)),
        ("15时30分", time(15, 30)),
        ("8.30", time(8, 30)),
        ("1530", time(15, 30)),
        ("9", time(9)),
        ("下午三点半", time(15, 30)),
        ("下午3点一刻", time(15, 15)),
        ("晚上八点", time(20)),
        ("晚上12点", time(0)),
        ("凌晨12点", time(0)),
        ("凌晨两点", time(2)),
        ("中午12点半", time(12, 30)),
        ("中午1点", time(13)),
        ("上午十点", time(10)),
        ("下午15点", time(15)),
        ("24:00", time(0)),
        ("3pm", time(15)),
        ("3:30 p.m.", time(15, 30)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("10 in the morning", time(10)),
        ("早上", time(8)),
        ("noon", time(12)),
    ],
)
def test_a_time_is_read_in_words_and_digits(text: str, expected: time) -> None:
    assert parse.clock_time(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "time_format"),
        ("pm", "time_format"),
        ("早上pm", "time_format"),
        ("今天", "time_format"),
        ("25点", "time_invalid"),
        ("3点70", "time_invalid"),
        ("2530", "time_invalid"),
        ("9" * 5000, "time_format"),
    ],
)
def test_what_is_no_time_is_refused(text: str, code: str) -> None:
    assert code_of(lambda: parse.clock_time(text)) == code


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("昨天下午3点", "03-04 15:00"), ("昨天下午三點半", "03-04 15:30"),
        ("下午三点半", "03-05 15:30"), ("15:30", "03-05 15:30"), ("15点", "03-05 15:00"),
        ("3月5日下午3点", "03-05 15:00"), ("3.5下午3点", "03-05 15:00"), ("8.30", "03-05 08:30"),
        ("三月五号三点一刻", "03-05 03:15"), ("3 月 6 日 8 点", "03-06 08:00"),
        ("2022-03-06T15:30", "03-06 15:30"), ("3/6 14:00", "03-06 14:00"),
        ("周五十点", "03-04 10:00"), ("今晚", "03-05 20:00"), ("明早", "03-06 08:00"),
        ("明早9点", "03-06 09:00"), ("昨晚10点", "03-04 22:00"), ("今晚1点", "03-06 01:00"),
        ("明天晚上12点", "03-07 00:00"), ("明天24点", "03-07 00:00"), ("昨天", "03-04 12:00"),
        ("3天后", "03-08 12:00"), ("3天后下午3点", "03-08 15:00"), ("2小时后", "03-05 12:00"),
        ("两小时后", "03-05 12:00"), ("半小时前", "03-05 09:30"), ("一个半小时后", "03-05 11:30"),
        ("10分钟前", "03-05 09:50"), ("现在", "03-05 10:00"), ("剛才", "03-05 10:00"),
        ("now", "03-05 10:00"), ("in 2 hours", "03-05 12:00"), ("half an hour ago", "03-05 09:30"),
        ("tomorrow 3pm", "03-06 15:00"), ("3pm tomorrow", "03-06 15:00"),
        ("tonight", "03-05 20:00"), ("tonight at 9", "03-05 21:00"), ("tomorrow", "03-06 12:00"),
        ("已经到了", "03-05 10:00"), ("已经到了（刚到）", "03-05 10:00"), ("到了", "03-05 10:00"),
        ("已經到了", "03-05 10:00"), ("我刚刚到家了", "03-05 10:00"), ("回来了", "03-05 10:00"),
        ("just arrived", "03-05 10:00"), ("昨天到了", "03-04 12:00"),
        ("Mar 6 3pm", "03-06 15:00"), ("大概明天下午3点左右到", "03-06 15:00"),
    ],
)  # fmt: skip
def test_a_moment_is_read_where_the_person_is(text: str, local: str) -> None:
    expected = datetime.fromisoformat(f"2022-{local}").replace(tzinfo=ZONE)
    read = parse.moment(text, NOW, ZONE)
    assert read == expected
    assert read.tzinfo is UTC


def test_today_is_the_day_of_the_zone() -> None:
    late = datetime(2022, 3, 4, 17, 0, tzinfo=UTC)  # 01:00 on the 5th in Shanghai
    assert parse.moment("今天8点", late, ZONE) == datetime(2022, 3, 5, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date_format"),
        ("12", "date_format"),
        ("不知道", "date_format"),
        ("到", "date_format"),
        ("还没到", "date_format"),
        ("没有回来", "date_format"),
        ("明天不知道几点", "date_format"),
        ("2月30日下午3点", "date_invalid"),
        ("明天25点", "time_invalid"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, code: str) -> None:
    assert code_of(lambda: parse.moment(text, NOW, ZONE)) == code


# -- transport ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高铁G1234", ("train", "G1234")),
        ("高鐵 g1234 5车12A", ("train", "G1234")),
        ("G1234次", ("train", "G1234")),
        ("火车K117", ("train", "K117")),
        ("动车D635", ("train", "D635")),
        ("火车 6063次", ("train", "6063")),
        ("飞机 CA1405", ("plane", "CA1405")),
        ("CA 1405", ("plane", "CA1405")),
        ("3U8633", ("plane", "3U8633")),
        ("飛機", ("plane", "")),
        ("大巴", ("coach", "")),
        ("长途汽车 川A12345", ("coach", "川A12345")),
        ("川A12345", ("car", "川A12345")),
        ("川A·D12345", ("car", "川AD12345")),
        ("自驾川a12345", ("car", "川A12345")),
        ("開車", ("car", "")),
        ("打车", ("taxi", "")),
        ("网约车", ("taxi", "")),
        ("顺风车", ("taxi", "")),
        ("坐船", ("ship", "")),
        ("走路", ("other", "")),
        ("骑电动车", ("other", "")),
        ("by train G7", ("train", "G7")),
    ],
)
def test_transport_has_a_mode_and_a_number(text: str, expected: tuple[str, str]) -> None:
    assert parse.transport(text) == expected


@pytest.mark.parametrize("text", ["", "不知道", "12345", "care", "G12345X", "9" * 5000])
def test_what_is_no_transport_is_refused(text: str) -> None:
    assert code_of(lambda: parse.transport(text)) == "transport"


# -- any text -------------------------------------------------------------------------------------

READERS: dict[str, Callable[[str], object]] = {
    "number": lambda text: parse.number(text, ("度",)),
    "temperature": parse.temperature,
    "temperature_and_rest": parse.temperature_and_rest,
    "yes_no": parse.yes_no,
    "person_name": parse.person_name,
    "name_and_rest": parse.name_and_rest,
    "phone": parse.phone,
    "id_document": lambda text: parse.id_document(text, TODAY),
    "day": lambda text: parse.day(text, TODAY),
    "clock_time": parse.clock_time,
    "moment": lambda text: parse.moment(text, NOW, ZONE),
    "transport": parse.transport,
}
HEAPED = """
9 9. 九 十 万 上 下 周 体温 今天 早上 3月 - A1 😀 点 半 ( +
护照 1: 1,234, G 川A \ud800 \x00 \u202e36.5
"""
HEAPS = [*HEAPED.split(), "36.5 ", "ID ", "Mar 5 ", " "]
PIECES = """
36.5 37 度 点 半 三十六 九千 万 亿 〇 两 廿 体温 咳嗽 F ℃ 今 明 后 大后天 昨天 前 上 下 周 星期
天 年 月 日 号 时 小时 分钟 早 晚 12 31 24 2022 9999 - / : . , ， 王芳 护照 passport E12345678
110101199003070011 X +86 138 12345678 G1234 CA1405 川A12345 pm am tomorrow ago in 2 days Mar
是 没有 \u202e \x00 \ud800 𠮷 😀 ٣ ²
"""
WORDS = PIECES.split()

any_text = st.text() | st.lists(st.sampled_from(WORDS), max_size=8).map("".join)
any_text |= st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


def refusal(name: str, text: str) -> Unreadable | None:
    """Runs a reader; any exception but Unreadable comes through."""
    try:
        READERS[name](text)
    except Unreadable as error:
        return error
    return None


def is_documented(error: Unreadable | None) -> bool:
    return error is None or set(error.params) == set(ERRORS[error.code])


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None)
@given(text=any_text)
def test_any_text_gives_a_value_or_unreadable(name: str, text: str) -> None:
    assert is_documented(refusal(name, text))


@pytest.mark.parametrize("name", READERS)
def test_five_thousand_characters_are_read_or_refused(name: str) -> None:
    for heap in HEAPS:
        assert is_documented(refusal(name, (heap * 5000)[:5000]))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=5).map("".join),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["past", "future", "nearest"]),
)
def test_any_now_gives_an_aware_moment_or_unreadable(
    text: str, now: datetime, prefer: Prefer
) -> None:
    try:
        read = parse.moment(text, now, ZONE, prefer)
    except Unreadable:
        return
    assert read.utcoffset() == timedelta()


@given(st.decimals(Decimal(34), Decimal(43), places=1))
def test_every_temperature_is_read_back(value: Decimal) -> None:
    whole, tenth = str(value).split(".")
    for text in (
        f"{value}",
        f"{whole}度{tenth}",
        f"{whole},{tenth}",
        f"{whole}{tenth}",
        f"体温{value}℃",
    ):
        assert parse.temperature(text) == value


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_every_full_date_is_read_back(on: date) -> None:
    for text in (on.isoformat(), f"{on.year}年{on.month}月{on.day}日", f"{on:%Y/%m/%d}"):
        assert parse.day(text, TODAY) == on
