"""Every sentence of every screen is translated, and no catalogue has one that no page shows."""

import re

import pytest
from babel import Locale
from jinja2 import Environment

from adapters.messages.catalogues import read_catalogues
from adapters.messages.formatting import MessageFormatter
from pages.web.catalogues import FOLDER, catalogue_of, read_screens
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


def test_a_screen_shows_sentences_of_its_own_and_of_the_design_alone() -> None:
    """A template of another screen has sentences that this one's catalogue lacks, and the whole page would be English."""
    foreign = [
        (str(file.relative_to(screen.parent)), other)
        for screen in screens()
        for file in screen.rglob("*.html")
        for other in re.findall(r'(?:include|import|from|extends) "(\w+)/', file.read_text())
        if other not in (screen.name, "design")
    ]
    assert foreign == []


def test_a_sum_within_a_sentence_is_markup_once_and_what_people_wrote_is_never_markup() -> None:
    formatter = MessageFormatter(catalogue_of(read_screens(), "en", "design"), Locale("en", "GB"), "UTC")
    say = Environment(autoescape=True).from_string(
        '{% macro sum() %}<bdi>{{ "£1" }}</bdi>{% endmacro %}{{ _("%(what)s & %(name)s", what=sum(), name=name) }}'
    )
    written = {"_": formatter.text, "name": "<b>Ada</b>"}
    assert say.render(written) == "<bdi>£1</bdi> &amp; &lt;b&gt;Ada&lt;/b&gt;"
