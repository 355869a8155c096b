"""Numbers of papers and phones, and their masks."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.identity import (
    IdDocument,
    IdentityError,
    IdKind,
    Sex,
    check_resident,
    eighteen_digits,
    mask_address,
    mask_id,
    mask_name,
    mask_phone,
    normal_phone,
    number_kind,
)

TODAY = date(2022, 3, 5)


def with_check(body: str) -> str:
    """The 18-digit number of a 17-digit body, by the definition in ISO 7064: sum = 1 mod 11."""
    for character in "0123456789X":
        value = 10 if character == "X" else int(character)
        total = sum(int(d) * 2 ** (17 - at) for at, d in enumerate(body)) + value
        if total % 11 == 1:
            return body + character
    raise AssertionError(body)


def test_a_number_tells_birth_sex_and_division() -> None:
    facts = check_resident("110101199003070011", TODAY)
    assert facts.birth_on == date(1990, 3, 7)
    assert facts.sex is Sex.MALE
    assert (facts.division, facts.known_division) == ("110101", True)


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "11010519491231002x", "1101051949-1231 002Ｘ"]
)
def test_x_is_read_in_any_case_and_width(number: str) -> None:
    facts = check_resident(number, TODAY)
    assert facts.number == "11010519491231002X"
    assert facts.sex is Sex.FEMALE


def test_fifteen_digits_become_eighteen() -> None:
    assert eighteen_digits("110105491231002") == "11010519491231002X"
    assert check_resident("110105491231002", TODAY).birth_on == date(1949, 12, 31)


def test_an_abolished_county_is_flagged_and_not_refused() -> None:
    facts = check_resident(with_check("11010319900307001"), TODAY)
    assert facts.known_division is False


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "id_length"),
        ("1101011990", "id_length"),
        ("1101011990030700112", "id_length"),
        ("1101O1199003070011", "id_digits"),
        ("11010119900307001Y", "id_digits"),
        ("X10101199003070011", "id_digits"),
        ("11010119900307001１２", "id_length"),
        ("110101199003070012", "id_checksum"),
        (with_check("11010119900230001"), "id_birth"),
        (with_check("11010118000101001"), "id_birth"),
        (with_check("11010100000101001"), "id_birth"),
        (with_check("11010120220306001"), "id_future"),
        (with_check("17010119900307001"), "id_province"),
        ("\ud800" * 18, "id_digits"),
        ("٣" * 18, "id_digits"),
    ],
)
def test_impossible_numbers_say_what_is_wrong(number: str, code: str) -> None:
    with pytest.raises(IdentityError) as caught:
        check_resident(number, TODAY)
    assert caught.value.code == code


def test_somebody_born_today_is_not_from_the_future() -> None:
    assert check_resident(with_check("11010120220305001"), TODAY).birth_on == TODAY


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000", "911156"])
def test_permits_share_the_scheme_and_are_a_kind_of_their_own(prefix: str) -> None:
    number = with_check(prefix + "19920130002")
    assert check_resident(number, TODAY).birth_on == date(1992, 1, 30)
    assert number_kind(number) is IdKind.PERMIT
    assert number_kind("110101199003070011") is IdKind.RESIDENT


@given(
    st.sampled_from(["11", "37", "44", "65", "71", "81", "91"]),
    st.integers(0, 9999),
    st.dates(TODAY - timedelta(days=365 * 100), TODAY),
    st.integers(0, 999),
)
def test_every_valid_number_is_accepted(prefix: str, county: int, born: date, order: int) -> None:
    number = with_check(f"{prefix}{county:04}{born:%Y%m%d}{order:03}")
    facts = check_resident(number, TODAY)
    assert facts.birth_on == born
    assert (facts.sex is Sex.MALE) == (order % 2 == 1)


@given(st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(at: int, by: int) -> None:
    number = "110101199003070011"
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    with pytest.raises(IdentityError):
        check_resident(wrong, TODAY)


def test_a_document_is_frozen() -> None:
    document = IdDocument(kind=IdKind.PASSPORT, number="E12345678")
    with pytest.raises(ValidationError):
        document.number = "E87654321"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13812345678", "13812345678"),
        ("138 1234-5678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("\u202d13812345678\u202c", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("+8613812345678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("013812345678", "13812345678"),
        ("010-62345678", "01062345678"),
        ("(0755) 12345678", "075512345678"),
        ("+86 10 6234 5678", "01062345678"),
        ("+852 9123 4567", "+85291234567"),
        ("0085291234567", "+85291234567"),
    ],
)
def test_one_phone_has_one_form(text: str, phone: str) -> None:
    assert normal_phone(text) == phone
    assert normal_phone(phone) == phone


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1381234567",
        "138123456789",
        "12812345678",
        "+86 138",
        "+1234567",
        "+1234567890123456",
        "12345678",
        "1381234567a",
        "9" * 5000,
        "\ud800",
        "①③⑧",
    ],
)
def test_what_is_no_phone_is_refused(text: str) -> None:
    with pytest.raises(IdentityError) as caught:
        normal_phone(text)
    assert caught.value.code == "phone"


@pytest.mark.parametrize(
    ("masked", "expected"),
    [
        (mask_id("110101199003070011"), "1101**********0011"),
        (mask_id("E12345678"), "E1*****78"),
        (mask_id("AB1"), "***"),
        (mask_phone("13812345678"), "138****5678"),
        (mask_phone("+85291234567"), "+85*****4567"),
        (mask_phone("12345"), "*****"),
        (mask_name("张三"), "张*"),
        (mask_name("欧阳小明"), "欧**明"),
        (mask_name("李小龙"), "李*龙"),
        (mask_name("李"), "*"),
        (mask_name(""), ""),
        (mask_address("花园小区3栋2单元501"), "花园小区*栋*单元***"),
        (mask_address("花园小区3栋B座十二层"), "花园小区*栋*座**层"),
        (mask_address("幸福村东头"), "幸福村**"),
        (mask_address(""), ""),
    ],
)
def test_masks_hide_what_the_field_hides(masked: str, expected: str) -> None:
    assert masked == expected


@given(st.text())
def test_masks_keep_the_length_of_any_text(text: str) -> None:
    for mask in (mask_id, mask_phone, mask_name, mask_address):
        assert len(mask(text)) == len(text)


@given(st.text() | st.text(alphabet="0123456789Xx+- ", max_size=20))
def test_any_text_is_a_number_or_an_identity_error(text: str) -> None:
    with suppress(IdentityError):
        assert len(check_resident(text, TODAY).number) == 18
    with suppress(IdentityError):
        assert normal_phone(text).lstrip("+").isdigit()
