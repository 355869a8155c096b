"""What people write in their own words: each word of the catalogue leads somewhere, none to a
place that its reader may not enter, and courtesies are answered as such."""

from __future__ import annotations

import pytest

import locales
from handlers.engine.parse_text import clean, fold
from handlers.features import registry
from handlers.meant import feature as meant
from models.messages import Text

SAID = [key for key in locales.catalogue(locales.SOURCE) if key.startswith(meant.SAID)]


def words(lang: str, key: str) -> list[str]:
    return locales.render(lang, Text(key)).split("|")


@pytest.mark.parametrize("key", SAID)
def test_words_are_those_of_a_command_that_somebody_is_offered(key: str) -> None:
    offered = {item.command for item in registry().menu}
    assert key.removeprefix(meant.SAID) in offered


@pytest.mark.parametrize("lang", locales.LANGS)
@pytest.mark.parametrize("key", [*SAID, meant.UNWELL, meant.DANGER])
def test_each_word_is_found_in_a_sentence(key: str, lang: str) -> None:
    for word in words(lang, key):
        assert len(word) > 1, f"{word} stands in half of all sentences"
        heard = fold(clean(f"well, {word}, please" if word.isascii() else f"请问{word}呢"))
        assert meant._patterns()[key].search(heard), word


@pytest.mark.parametrize("key", [*SAID, meant.UNWELL, meant.DANGER])
def test_a_part_of_an_english_word_is_not_it(key: str) -> None:
    assert not meant._patterns()[key].search("latest illustration shopkeeper unlimited sickle")


@pytest.mark.parametrize("lang", locales.LANGS)
def test_courtesies_are_whole_messages(lang: str) -> None:
    for answer, key in meant.COURTESIES.items():
        pattern = meant._courtesies()[answer]
        for word in words(lang, key):
            assert pattern.fullmatch(fold(clean(f"{word}！{word}。")))
            assert not pattern.fullmatch(fold(clean(f"{word} 38.5")))
