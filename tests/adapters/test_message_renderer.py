"""Rendered messages: complete, in the customer's language, right about days and money, and safe for any content."""

import re
from collections.abc import Iterator
from datetime import UTC, date
from pathlib import Path

import iso4217
import pytest

from adapters.messages.locales import choose_catalogue
from adapters.messages.preflight import preflight
from adapters.messages.renderer import TemplateRenderer
from adapters.messages.sample_notices import SAMPLES, sample_recipient, samples
from domain.clock import end_of_day
from domain.model.notice import Notice, NoticeKind
from ports.messages import MessageRecipient, RenderedMessage, RenderError
from tests.adapters.message_pages import LOCALES, RENDERER, ParsedPage, language, late, notice, rendered_for


def all_messages() -> Iterator[tuple[str, Notice, RenderedMessage]]:
    for locale in LOCALES:
        for sample in samples():
            yield locale, sample, RENDERER.render(sample, sample_recipient(locale))


def test_every_kind_and_reason_can_be_rendered_in_every_language() -> None:
    assert preflight(RENDERER) == len(LOCALES) * (sum(map(len, SAMPLES.values())) + 1)
    for locale, one, message in all_messages():
        assert message.locale == locale.replace("-", "_"), (one.key, message.locale)
        for text in (message.subject, message.text, message.html, message.short_text):
            assert text.strip(), one.key
            assert not re.search(r"%\(|\{\{|\}\}|\{%|Undefined|None", text), (locale, one.key)


def test_every_message_states_what_happened_what_we_do_what_the_customer_can_do_and_when_we_write_again() -> (
    None
):
    labels = ("What happened", "What we do", "What you can do")
    for sample in samples():
        page = " ".join(ParsedPage(RENDERER.render(sample, sample_recipient()).html).shown)
        own_words = sample.kind in ("digest", "reply")
        assert own_words or all(label in page for label in labels), sample.key
        assert ("When you hear from us" in page) == ("next_update" in sample.details), sample.key


def test_the_text_has_all_that_the_html_has_and_no_markup() -> None:
    for locale, one, message in all_messages():
        lines = [line for line in message.text.splitlines() if line.strip() not in ("", "--")]
        page = " ".join(" ".join(ParsedPage(message.html).shown).split())
        for line in lines:
            sentence = re.sub(r": https?://\S+$", "", " ".join(line.split()))
            assert sentence in page, (locale, one.key, sentence)
        assert not re.search(r"<[a-z/!]|&(amp|lt|gt|#)", message.text), (locale, one.key)


def test_the_html_is_complete_declares_its_language_and_loads_nothing() -> None:
    for locale, one, message in all_messages():
        page = ParsedPage(message.html)
        root = dict(page.tags)["html"]
        assert (root["lang"], root["dir"]) == (locale, "ltr"), one.key
        assert not {tag for tag, _ in page.tags} & {
            "script",
            "img",
            "iframe",
            "link",
            "object",
            "form",
            "svg",
        }
        assert not re.search(r"@import|url\(", message.html)
        loaded = {value for tag, got in page.tags for name, value in got.items() if name in ("src", "srcset")}
        assert loaded == set()
        to = sample_recipient()
        links = {got["href"] for tag, got in page.tags if tag == "a"}
        assert links == {to.page_url, to.order_url, to.preferences_url, to.unsubscribe_url}, one.key


def test_the_short_form_fits_one_message_of_a_phone_and_is_plain() -> None:
    for locale, one, message in all_messages():
        assert 20 <= len(message.short_text) <= 160, (locale, one.key, message.short_text)
        assert "\n" not in message.short_text
        assert not set(message.short_text) & set("\u00a0\u202f\u2068\u2069"), (locale, one.key)
    long = sample_recipient("de").model_copy(
        update={"order_id": "9" * 64, "brand": "Kaufhaus " * 9, "page_url": None}
    )
    assert len(rendered_for(long).short_text) <= 160
    choice = RENDERER.render(
        notice("delay_option", **SAMPLES["delay_option"][1]),
        MessageRecipient(name="", order_id="1", zone="UTC"),
    )
    assert "8 March 2026" in choice.short_text, "until when to answer must not be missing"


# Which language


@pytest.mark.parametrize(
    ("wanted", "gets"),
    [
        ("de-AT", "de"), ("de", "de"), ("DE-de", "de"), ("de-Latn-CH-u-co-phonebk", "de"), ("en-US", "en"),
        ("zh", "zh_Hans"), ("zh-CN", "zh_Hans"), ("zh-SG", "zh_Hans"), ("zh-Hans-HK", "zh_Hans"),
        ("zh-TW", "en"), ("zh-HK", "en"), ("zh-Hant-CN", "en"),
        ("fr", "en"), ("xx-YY", "en"), ("i", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_a_language_falls_back_to_the_nearest_available_and_then_to_english(wanted: str, gets: str) -> None:
    assert choose_catalogue(wanted, RENDERER.locales) == gets


def test_traditional_chinese_is_one_file_away() -> None:
    assert choose_catalogue("zh-TW", ("en", "zh_Hans", "zh_Hant")) == "zh_Hant"


def test_a_fourth_language_is_one_file(tmp_path: Path) -> None:
    renderer = TemplateRenderer(language(tmp_path, "pl", "ą"))
    assert preflight(renderer) == 4 * (sum(map(len, SAMPLES.values())) + 1)
    message = renderer.render(late(attempts=5), sample_recipient("pl-PL"))
    assert message.text.startswith("ąHello Ada Lovelace,")
    assert "6 marca 2026" in message.text, "its dates come with it"
    assert renderer.render(late(), sample_recipient("de")).text.startswith("Guten Tag")


def test_a_right_to_left_language_is_marked_as_such_and_isolates_names(tmp_path: Path) -> None:
    message = TemplateRenderer(language(tmp_path, "he", "שלום ")).render(late(), sample_recipient("he-IL"))
    root = dict(ParsedPage(message.html).tags)["html"]
    assert (root["lang"], root["dir"]) == ("he-IL", "rtl")
    assert "direction:ltr" not in message.html
    assert not re.search(r"font-family[^>]*text-align:left", message.html)
    assert "\u2068Ada Lovelace\u2069" in message.text


# Errors


@pytest.mark.parametrize("missing", ["Nobody has scanned the parcel for a while.", "Hello %(name)s,"])
def test_an_untranslated_message_is_sent_in_english_as_a_whole(tmp_path: Path, missing: str) -> None:
    renderer = TemplateRenderer(language(tmp_path, "pl", "ą", leave_out=missing))
    message = renderer.render(late(), sample_recipient("pl"))
    assert (message.locale, "ą" in message.text) == ("en", False)
    assert "6 March 2026" in message.text
    with pytest.raises(RenderError, match=f'"delayed" in pl: no entry for .*{re.escape(missing)}'):
        preflight(renderer)


def test_a_missing_fact_is_an_error_and_no_gap_in_a_sentence() -> None:
    with pytest.raises(RenderError, match=r'"delayed" in en: .*due'):
        RENDERER.render(notice("delayed", reason="exception", revision=1), sample_recipient())


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("trace_closed", {"outcome": "stolen"}),
        ("delay_option", {**SAMPLES["delay_option"][1], "default_answer": "burn"}),
        ("goodwill_issued", {**SAMPLES["goodwill_issued"][1], "as": "a_voucher"}),
    ],
)
def test_a_value_that_no_template_knows_is_an_error_and_not_some_other_outcome(
    kind: NoticeKind, facts: dict[str, str | int]
) -> None:
    with pytest.raises(RenderError, match=kind):
        RENDERER.render(notice(kind, **facts), sample_recipient())


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("kinds/delayed.j2", "{% set subject = _('x'", "delayed"),
        ("kinds/delayed.j2", "{% set subject = 'x' %}", "happened"),
        ("message.mjml", "<mjml><mj-body><mj-txt></mj-body>", "frame"),
        ("message.txt", "{{ greeting", "frame"),
        ("message.txt", "{{ greting }}", "greting"),
    ],
)
def test_a_broken_template_is_named_in_the_preflight(
    tmp_path: Path, file: str, text: str, names: str
) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / file).write_text(text)
    with pytest.raises(RenderError, match=names):
        preflight(TemplateRenderer(tmp_path))


# Days, hours, money


@pytest.mark.parametrize(
    ("day", "zone"),
    [
        (date(2026, 3, 6), "Europe/London"),
        (date(2026, 3, 28), "Europe/Berlin"),  # clocks change the next night
        (date(2026, 9, 5), "America/Santiago"),  # whose next day begins at one o'clock
        (date(2026, 10, 24), "Atlantic/Azores"),  # whose midnight comes twice
        (date(2011, 12, 29), "Pacific/Apia"),  # which had no next day
        (date(2026, 12, 31), "Asia/Kathmandu"),
    ],
)
def test_a_promise_of_a_day_is_shown_as_that_day(day: date, zone: str) -> None:
    due = end_of_day(day, zone).astimezone(UTC).isoformat()
    to = MessageRecipient(name="Ada", order_id="1", zone=zone)
    assert f"by {day.day} {day:%B} {day.year}." in rendered_for(to, late(due=due)).text


def test_a_promise_of_an_hour_is_shown_with_its_hour_where_it_is_to_arrive() -> None:
    due = late(due="2026-03-06T22:30:00+00:00")
    there = {
        "en-GB": "6 March 2026 at 23:30.",
        "de": "6. März 2026 um 23:30 Uhr zugesagt",
        "zh": "2026年3月6日 23:30",
    }
    for locale, shown in there.items():
        assert (
            shown
            in rendered_for(
                MessageRecipient(name="", order_id="1", zone="Europe/Berlin", locale=locale), due
            ).text
        )
    at_home = MessageRecipient(name="", order_id="1", zone="Asia/Tokyo", locale="en-US")
    assert "March 7, 2026 at 7:30" in rendered_for(at_home, due).text


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "shown"),
    [
        (123456, "EUR", "de", "1.234,56 €"),
        (123456, "EUR", "de-AT", "€ 1.234,56"),
        (123456, "GBP", "en", "£1,234.56"),
        (500, "USD", "en-US", "$5.00"),
        (123456, "JPY", "en", "JP¥123,456"),
        (123456, "KWD", "en", "KWD 123.456"),
        (5, "KWD", "de", "0,005 KWD"),
        (123456, "IQD", "en", "IQD 123.456"),  # CLDR shows no fils; what is paid has them
        (1200, "CNY", "zh-CN", "¥12.00"),
    ],
)
def test_money_has_the_digits_of_its_currency_and_the_signs_of_the_reader(
    minor: int, currency: str, locale: str, shown: str
) -> None:
    back = notice("refunded", amount=minor, credit=0, bonus=0, currency=currency)
    text = rendered_for(MessageRecipient(name="", order_id="1", zone="UTC", locale=locale), back).text
    assert shown in text.replace("\u00a0", " ").replace("\u202f", " ")


def test_babel_alone_would_show_other_digits_so_we_set_the_numbering_system() -> None:
    from babel.numbers import get_currency_precision

    assert get_currency_precision("IQD") != iso4217.Currency("IQD").exponent


def test_the_plural_form_follows_the_number() -> None:
    def sentence(days: int) -> str:
        facts: dict[str, str | int] = {"amount": 1, "currency": "EUR", "as": "refund", "lateness_days": days}
        return rendered_for(sample_recipient("de"), notice("goodwill_issued", **facts)).text

    assert "1 Tag zu spät" in sentence(1)
    assert "1.000 Tage zu spät" in sentence(1000)
    assert "Tag" not in sentence(0).split("\n\n")[1]


# Digests


def test_a_digest_is_one_message_about_all_of_them_in_one_language() -> None:
    to = sample_recipient("de")
    other = to.model_copy(update={"order_id": "1002", "zone": "Asia/Tokyo", "locale": "en"})
    message = RENDERER.render_digest([(late(), to), (notice("parcel_lost", payment="due"), other)])
    assert message.subject == "2 Neuigkeiten zu Ihren Einkäufen"
    assert "Ihr Paket verspätet sich vielleicht (Bestellung 1001)\n" in message.text
    assert "Ihr Paket kommt nicht mehr an (Bestellung 1002)\n" in message.text
    assert message.html.count("<h2") == 2
    assert RENDERER.render_digest([(late(), to)]).subject == "Neues zu Ihrem Einkauf"
    with pytest.raises(ValueError):
        RENDERER.render_digest([])


def test_a_retry_is_the_same_message() -> None:
    assert TemplateRenderer().render(late(), sample_recipient()) == rendered_for(sample_recipient())
