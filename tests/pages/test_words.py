"""Every sentence of every screen is translated, and no catalogue has one that no page shows."""

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
