"""Messages with hostile values: shown as text, cut, and never part of the template's own sentences."""

import unicodedata

import pytest

from adapters.messages.sample_notices import sample_recipient
from adapters.messages.sanitize import bidi_isolated, sanitize
from ports.messages import MessageRecipient
from tests.adapters.message_pages import LOCALES, ParsedPage, late, notice, rendered_for
from tests.people import NAMES

HOSTILE = {
    "markup": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)',
    "template": "{{7*7}}{% raw %}",
    "format": "%(x)s %s %d",
    "entity": "&lt;b&gt;",
    "mjml": "</mj-text><mj-raw>",
    "override": "\u202egnp.exe\u2066",
    "lines": "Ada\r\nBcc: x\u2028y",
    "surrogate": "\ud800Ada",
    "null": "A\x00B",
    "long": "A" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_name_is_shown_as_text_and_cut(name: str, locale: str) -> None:
    to = MessageRecipient(name="x", order_id="x", zone="UTC", locale=locale).model_copy(
        update={"name": name, "order_id": name, "brand": name}
    )
    for about in (
        late(),
        notice(
            "pickup_reminder", collect_by="2026-03-10T00:00:00+00:00", location=name.replace("\ud800", "")
        ),
    ):
        message = rendered_for(to, about)
        clean = ParsedPage(
            rendered_for(to.model_copy(update={"name": "x", "order_id": "x", "brand": "x"})).html
        )
        page = ParsedPage(message.html)
        assert {tag for tag, _ in page.tags} == {tag for tag, _ in clean.tags}
        assert not any(key.startswith("on") for _, got in page.tags for key in got)
        assert len(message.text) < 1000
        assert len(message.short_text) <= 160
        assert message.subject.isprintable()
        marks = [
            one for one in message.text + message.html if unicodedata.category(one) in ("Cf", "Cs", "Zl")
        ]
        assert marks == []
        assert "49" not in message.text
        if name.isprintable() and len(name) < 32:
            assert name in message.text, "as it was written"
            assert name in " ".join(page.shown)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_name_is_greeted_as_it_is_written(name: str, locale: str) -> None:
    message = rendered_for(sample_recipient().model_copy(update={"name": name, "locale": locale}))
    for shown in (message.text, " ".join(ParsedPage(message.html).shown)):
        assert bidi_isolated(name, rtl=False) in shown
    isolates = [one for one in message.text if one in "\u2068\u2069"]
    assert isolates in ([], ["\u2068", "\u2069"])


@pytest.mark.parametrize("name", ["\u200b\u200d", "\u00ad", "\u3000\u3000", "\u200f", "\u2068\u2069"])
def test_a_name_of_which_nothing_is_seen_is_not_greeted(name: str) -> None:
    assert rendered_for(sample_recipient().model_copy(update={"name": name})).text.startswith("Hello,\n")


def test_a_name_that_is_an_address_is_not_used_in_the_greeting() -> None:
    for name in ("Win now: https://evil.test", "www.evil.test", "evil.test/x", "a@evil.test"):
        assert rendered_for(sample_recipient().model_copy(update={"name": name})).text.startswith("Hello,\n")


def test_a_right_to_left_name_does_not_change_the_text_around_it() -> None:
    assert (
        "Hello \u2068עדה\u2069," in rendered_for(sample_recipient().model_copy(update={"name": "עדה"})).text
    )


def test_text_is_cut_by_characters_and_marked_as_cut() -> None:
    assert sanitize("京" * 100, 10) == "京" * 9 + "…"
    assert sanitize("Ada👨\u200d👩\u200d👧" * 3, 7) == "Ada…"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ftp://x.test", 'https://x.test/"onclick=', "https://x.test/<b>", "//x"]
)
def test_a_link_is_an_address_of_the_web_or_refused(link: str) -> None:
    with pytest.raises(ValueError):
        MessageRecipient(name="", order_id="1", zone="UTC", page_url=link)
