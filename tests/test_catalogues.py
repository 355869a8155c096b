"""The catalogues are whole: every key that the program can say, in every language, and no other."""

from __future__ import annotations

import string

import pytest
from reach import derived, page_keys, reachable
from said import ROOMS, ROOT, said, sources

import locales
from handlers.engine.words import ENGINE_KEYS, word_keys
from handlers.features import registry
from models.messages import Text

OTHERS = tuple(lang for lang in locales.LANGS if lang != locales.SOURCE)
ENGINE = "handlers/engine"  # its keys are declared in ENGINE_KEYS and by each form


def holes(words: str) -> set[str]:
    """The placeholders of a message."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def source_holes(key: str) -> set[str]:
    return set().union(*map(holes, locales.catalogue(locales.SOURCE)[key]))


# -- the source and the catalogue -----------------------------------------------------------------

FOLDERS = sorted({str(path.parent.relative_to(ROOT)) for path in sources(*ROOMS)})


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_key_in_the_source_has_words(folder: str):
    known = locales.catalogue(locales.SOURCE).keys()
    here = [found for found in said() if found.where.rpartition("/")[0] == folder]
    assert [found for found in here if "{}" not in found.key and found.key not in known] == []


def test_every_pattern_of_keys_is_spelt_out_here():
    """A new f-string is a new set of keys, which somebody has to list above."""
    patterns = {f.key for f in said() if "{}" in f.key and not f.where.startswith(ENGINE)}
    assert patterns == derived().keys()


@pytest.mark.parametrize("pattern", derived())
def test_every_derived_key_has_words(pattern: str):
    assert derived()[pattern]
    assert derived()[pattern] - locales.catalogue(locales.SOURCE).keys() == set()


def test_every_word_of_the_demos_page_exists():
    assert page_keys() - locales.catalogue(locales.SOURCE).keys() == set()


@pytest.mark.parametrize("form", registry().form_classes(), ids=lambda form: form.code)
def test_every_word_of_a_form_exists_and_needs_no_parameter(form: type):
    for key in word_keys(form):
        assert locales.has(key), key
        assert ".error." in key or not source_holes(key), key


def test_every_word_of_the_engine_exists_with_what_the_engine_gives():
    for key, given in ENGINE_KEYS.items():
        assert locales.has(key), key
        assert source_holes(key) <= given, key


def test_no_word_is_out_of_reach():
    assert locales.catalogue(locales.SOURCE).keys() - reachable() == set()


@pytest.mark.parametrize("found", [f for f in said() if f.names is not None and "{}" not in f.key])
def test_what_the_source_hands_over_fills_the_placeholders(found):
    if locales.has(found.key):  # one that is not there fails above
        assert source_holes(found.key) <= found.names, found


# -- every language -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", OTHERS)
def test_a_language_has_the_keys_of_the_source_and_no_other(lang: str):
    assert locales.catalogue(lang).keys() == locales.catalogue(locales.SOURCE).keys()


@pytest.mark.parametrize("lang", locales.LANGS)
def test_every_form_of_a_message_has_the_placeholders_of_the_source(lang: str):
    wrong = {
        key: forms
        for key, forms in locales.catalogue(lang).items()
        if any(holes(words) != source_holes(key) for words in forms)
    }
    assert wrong == {}


@pytest.mark.parametrize("lang", locales.LANGS)
def test_only_what_is_said_of_nothing_is_empty(lang: str):
    found = locales.catalogue(lang).items()
    assert {key for key, forms in found if not all(forms)} == {"line.open", "lead.nothing"}


@pytest.mark.parametrize("lang", locales.LANGS)
def test_a_language_is_spread_over_the_files_of_the_source(lang: str):
    folder = ROOT / "locales"
    names = {path.name for path in (folder / lang).iterdir()}
    assert names == {path.name for path in (folder / locales.SOURCE).glob("*.po")}


def test_english_counts_one_and_many():
    over = Text("episode.passed", {"n": 1}), Text("episode.passed", {"n": 2})
    one, two = (locales.render("en", text) for text in over)
    assert one.startswith("1 item was")
    assert two.startswith("2 items were")


def test_chinese_is_written_in_its_own_characters():
    """Simplified forms in the traditional catalogue, or the other way round, are slips."""
    simplified, traditional = "们这请过时发体为无电话检测", "們這請過時發體為無電話檢測"
    skipped = {"command.lang.about"}  # names each language in its own script
    for lang, strange in (("zh_Hans", traditional), ("zh_Hant", simplified)):
        odd = set(strange) - set(simplified if lang == "zh_Hans" else traditional)
        for key, (words,) in locales.catalogue(lang).items():
            if key not in skipped:
                assert not odd & set(words), key
