"""Messages in a real browser: nothing is loaded, nothing overflows the page, no character is missing."""

import pytest

from adapters.messages.renderer import TemplateRenderer
from ports.messages import RenderedMessage
from tests.browser.chromium import BROWSER, a_page, program
from tests.browser.messages import rendered_messages

pytestmark = pytest.mark.skipif(program() is None, reason=f"no Chromium here; {BROWSER} may name one")
WIDE, NARROW = 640, 360
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def some_messages() -> list[tuple[str, RenderedMessage]]:
    """In each language a delay, a choice, money, a place, and a digest."""
    wanted = ("delayed-attempt_failed", "delay_option-0", "refunded-0", "pickup_reminder-1", "digest-of-four")
    return [
        (name, one)
        for name, one in rendered_messages(TemplateRenderer())
        if name.split("-", 1)[1].startswith(wanted)
    ]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_message_fits_its_page_shows_its_text_and_loads_nothing(
    some_messages: list[tuple[str, RenderedMessage]], width: int
) -> None:
    assert len(some_messages) > 12
    with a_page(width) as (page, requested):
        for name, message in some_messages:
            page.set_content(message.html)
            assert page.evaluate(_OVERFLOW) == 0, name
            shown = page.inner_text("body")
            for paragraph in message.text.split("\n\n-- ")[0].split("\n\n"):
                for line in paragraph.splitlines():
                    sentence = line.split(": https://")[0]
                    assert " ".join(sentence.split()) in " ".join(shown.split()), (name, sentence)
            assert len(page.screenshot(full_page=True)) > 10_000, name
        assert requested == []
