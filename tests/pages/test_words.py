"""Every sentence of every screen is translated, alike wherever it stands, and no catalogue has one that no page shows."""

import pytest

from adapters.messages.catalogues import read_catalogues
from pages.web.catalogues import FOLDER
from tests.page_catalogues import LANGUAGES, screens, sentences


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_has_exactly_its_sentences_in_every_language(language: str) -> None:
    for screen in screens():
        wanted = {text if isinstance(text, str) else text[0] for _, text in sentences(screen)}
        found = read_catalogues([screen / FOLDER]).get(language)
        known = {*found.singles, *found.plurals} if found else set()
        assert known == wanted, (
            f"run `python -m tests.page_catalogues` and translate pages/{screen.name}/words"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_has_one_translation_on_all_screens(language: str) -> None:
    seen: dict[str, str] = {}
    for screen in screens():
        found = read_catalogues([screen / FOLDER]).get(language)
        for english, translated in (found.singles if found else {}).items():
            assert seen.setdefault(english, translated) == translated, (screen.name, english)
