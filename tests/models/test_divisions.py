"""People look for real places in many spellings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import divisions
from models.divisions import Division, find, search


def labels(query: str, limit: int = 8) -> list[str]:
    return [division.label for division in search(query, limit)]


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("武侯", "四川省成都市武侯区"),
        ("武侯区", "四川省成都市武侯区"),
        ("成都武侯", "四川省成都市武侯区"),
        ("四川武侯", "四川省成都市武侯区"),
        ("四川省，成都市，武侯区", "四川省成都市武侯区"),
        (" 四川　武侯区 ", "四川省成都市武侯区"),
        ("北京朝阳", "北京市朝阳区"),
        ("朝陽區", "北京市朝阳区"),
        ("武漢洪山", "湖北省武汉市洪山区"),
        ("臺州", "浙江省台州市"),
        ("臺灣", "台湾省"),
        ("香港", "香港特别行政区"),
        ("澳門", "澳门特别行政区"),
        ("神农架", "湖北省神农架林区"),
    ],
)
def test_a_name_in_any_spelling_comes_first_and_is_exact(query: str, label: str) -> None:
    first = search(query)[0]
    assert (first.label, first.exact) == (label, True)


@pytest.mark.parametrize(
    ("query", "label"), [("四川武", "四川省成都市武侯区"), ("凉山", "四川省凉山彝族自治州")]
)
def test_a_beginning_finds_but_is_not_exact(query: str, label: str) -> None:
    first = search(query)[0]
    assert (first.label, first.exact) == (label, False)


def test_a_city_comes_before_its_counties() -> None:
    found = labels("四川 成都", limit=30)
    assert found[0] == "四川省成都市"
    assert len(found) > 15
    assert all(label.startswith("四川省成都市") for label in found)


def test_a_province_comes_before_its_cities() -> None:
    assert labels("四川", limit=3) == ["四川省", "四川省成都市", "四川省自贡市"]


def test_every_county_of_an_ambiguous_name_is_offered() -> None:
    exact = {division.label for division in search("朝阳") if division.exact}
    assert exact == {
        "北京市朝阳区",
        "吉林省长春市朝阳区",
        "辽宁省朝阳市",
        "辽宁省朝阳市朝阳县",
    }


def test_characters_in_order_find_what_was_abbreviated() -> None:
    assert "内蒙古自治区呼和浩特市" in labels("内蒙呼市")


@pytest.mark.parametrize(
    "query", ["", "  ", "123", "😀", "区", "市", "自治县", "東京", "x" * 5000, "市" * 5000]
)
def test_what_names_no_place_finds_nothing(query: str) -> None:
    assert search(query) == []


def test_limit_is_kept() -> None:
    assert len(search("四川", limit=8)) == 8


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("510107", "四川省成都市武侯区"),
        ("510100", "四川省成都市"),
        ("5101", "四川省成都市"),
        ("51", "四川省"),
        ("710000", "台湾省"),
    ],
)
def test_codes_find_their_division(code: str, label: str) -> None:
    found = find(code)
    assert found is not None
    assert found.label == label
    assert find(found.code) == found


@pytest.mark.parametrize("code", ["", "999999", "5101071", "四川", "\ud800"])
def test_unknown_codes_find_none(code: str) -> None:
    assert find(code) is None


def test_every_division_has_a_six_digit_code_and_is_found_by_its_label() -> None:
    entries = divisions._gazetteer().entries
    assert len(entries) > 3000
    for entry in entries:
        assert len(entry.code) == 6
        assert entry.code.isdigit()
    for entry in entries[::50]:
        assert search(entry.label)[0] == Division(entry.code, entry.label)


def test_variants_lead_to_characters_that_names_contain() -> None:
    places = divisions._gazetteer()
    assert len(places.variants) > 300
    assert {chr(char) for char in places.variants}.isdisjoint(places.by_character)
    assert set(places.variants.values()) <= set(places.by_character)


@settings(max_examples=50, deadline=None)
@given(st.text() | st.text(alphabet="四川省成都市武侯区县州 臺"))
def test_any_text_gives_known_divisions(query: str) -> None:
    for division in search(query):
        assert find(division.code) == division
