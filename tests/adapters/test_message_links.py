"""Messages with links that answer and with a code: in the text, in the HTML, in a text message, and in a digest."""

import base64
import json
import re
from typing import get_args

import pytest

from adapters.messages.parts import QR
from adapters.messages.sample_notices import SAMPLES, sample_recipient
from domain.branding import Branding
from domain.journey.customer_questions import Answer
from domain.model.notice import NoticeKind
from ports.messages import LOGO, AnswerLink, LetterCode, LetterSurvey, MessageRecipient, RenderedMessage
from services.letter_logo import letter_logo
from tests.adapters.message_pages import LOCALES, RENDERER, ParsedPage, notice
from tests.domain.test_branding import picture

KINDS = [kind for kind in get_args(NoticeKind) if kind != "digest"]
PAGE = "https://orders.shop.example/c/acme~ret_abcdefghijklmnopqrstuvwxyz~0~q0mM9u2Vb3Yl5oPqRsTuVw"
CODE = LetterCode(text="4F7K-2MX-9QR", png=b"\x89PNG")


def plain_recipient(locale: str = "en") -> MessageRecipient:
    """Where there is no address for links."""
    nowhere = dict.fromkeys(("page_url", "unsubscribe_url", "order_url", "preferences_url"))
    return sample_recipient(locale).model_copy(update=nowhere)


def asking(locale: str, *answers: Answer) -> MessageRecipient:
    links = tuple(
        AnswerLink(answer=answer, url=f"https://orders.shop.example/a/{answer}") for answer in answers
    )
    return plain_recipient(locale).model_copy(update={"answers": links})


def message(kind: NoticeKind, to: MessageRecipient, sample: int = 0) -> RenderedMessage:
    return RENDERER.render(notice(kind, **SAMPLES[kind][sample]), to)


@pytest.mark.parametrize("locale", LOCALES)
def test_each_answer_is_a_link_with_its_label_in_text_and_html(locale: str) -> None:
    sent = message("consent_requested", asking(locale, "wait", "cancel"))
    for answer in ("wait", "cancel"):
        url = f"https://orders.shop.example/a/{answer}"
        [line] = [line for line in sent.text.splitlines() if line.endswith(url)]
        label = line.removesuffix(f": {url}")
        page = ParsedPage(sent.html)
        assert [attrs["href"] for tag, attrs in page.tags if tag == "a"].count(url) == 1
        assert label in " ".join(page.shown)
    assert sent.short_text.endswith("/a/wait"), "whose page has the other answer too"
    assert len(sent.short_text) <= 160


@pytest.mark.parametrize("kind", ["consent_requested", "presumed_lost", "parcel_returning", "delivered"])
def test_a_letter_without_links_speaks_of_none(kind: NoticeKind) -> None:
    sent = message(kind, plain_recipient())
    assert "http" not in sent.text + sent.short_text
    assert "page that opens" not in sent.text + sent.html
    assert "<a " not in sent.html


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("brand", ["", "Acme", "A shop with a name that is rather long"])
def test_a_text_message_about_a_return_has_code_and_link(locale: str, brand: str) -> None:
    own = {"code": CODE, "page_url": PAGE, "brand": brand, "order_id": "#1001-2026"}
    sent = message("return_authorized", plain_recipient(locale).model_copy(update=own))
    assert CODE.text in sent.short_text
    assert sent.short_text.endswith(PAGE)
    assert len(sent.short_text) <= 160
    assert [(one.content_id, one.content) for one in sent.pictures] == [(QR, CODE.png)]
    [picture] = [attrs for tag, attrs in ParsedPage(sent.html).tags if tag == "img"]
    assert picture["src"] == f"cid:{QR}"
    assert CODE.text in str(picture["alt"])
    assert CODE.text in sent.text


def test_the_shops_logo_goes_with_the_letter_and_has_its_name_for_those_who_see_no_pictures() -> None:
    content = picture("PNG", (400, 80))
    shop = Branding(name="Tallis & Wren", logo=base64.b64encode(content).decode())
    own = {"brand": shop.name, "logo": letter_logo(shop), "code": CODE}
    sent = message("return_authorized", plain_recipient().model_copy(update=own))
    assert [(one.content_id, one.content) for one in sent.pictures] == [(LOGO, content), (QR, CODE.png)]
    logo, _ = (attrs for tag, attrs in ParsedPage(sent.html).tags if tag == "img")
    assert (logo["src"], logo["alt"]) == (f"cid:{LOGO}", "Tallis & Wren")
    assert (logo["width"], logo["height"]) == ("200", "40")
    assert "background:#ffffff" in str(logo["style"]), "it can be seen in the dark too"
    assert "http" not in str(logo["src"])
    for kind in ("WEBP", ""):
        other = shop.model_copy(update={"logo": base64.b64encode(picture(kind)).decode() if kind else ""})
        assert letter_logo(other) is None, kind


def test_a_code_is_sent_also_where_there_is_no_address_for_links() -> None:
    sent = message("return_authorized", plain_recipient().model_copy(update={"code": CODE}))
    assert "Your return is ready (order 1001)" in sent.short_text
    assert CODE.text in sent.short_text
    assert "http" not in sent.text


def test_goods_that_come_by_mail_have_no_code() -> None:
    sent = message("return_authorized", plain_recipient(), sample=1)
    assert sent.pictures == ()
    assert "code" not in sent.text.lower()


def test_a_digest_has_the_links_of_each_of_its_notices() -> None:
    one, other = asking("en", "resend", "refund"), asking("en", "not_received")
    lost, there = notice("presumed_lost", **SAMPLES["presumed_lost"][0]), SAMPLES["delivered"][0]
    sent = RENDERER.render_digest([(lost, one), (notice("delivered", **there), other)])
    for answer in ("resend", "refund", "not_received"):
        assert f"/a/{answer}" in sent.text
        assert f"/a/{answer}" in sent.html
    assert sent.text.index("/a/refund") < sent.text.index("Your parcel was delivered")


ORDER, CHOICES = "https://orders.shop.example/o/cust_x", "https://orders.shop.example/o/cust_x/preferences"
_OPEN = {"order_url": ORDER, "preferences_url": CHOICES}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_leads_to_the_order_and_to_what_is_sent(locale: str, kind: NoticeKind) -> None:
    for own in (_OPEN, {**_OPEN, "page_url": PAGE}):
        sent = message(kind, plain_recipient(locale).model_copy(update=own))
        links = [attrs["href"] for tag, attrs in ParsedPage(sent.html).tags if tag == "a"]
        assert (links.count(ORDER), links.count(CHOICES)) == (1, 1)
        lines = sent.text.splitlines()
        assert [sum(line.endswith(url) for line in lines) for url in (ORDER, CHOICES)] == [1, 1]
        assert ORDER not in sent.short_text


def test_a_digest_leads_to_the_order_of_each_of_its_notices() -> None:
    others = {**_OPEN, "order_url": "https://orders.shop.example/o/cust_y"}
    readers = [plain_recipient().model_copy(update=own) for own in (_OPEN, others)]
    sent = RENDERER.render_digest([(notice("shipped", part=1), one) for one in readers])
    links = [attrs["href"] for tag, attrs in ParsedPage(sent.html).tags if tag == "a"]
    assert links == [ORDER, others["order_url"], CHOICES]


@pytest.mark.parametrize("locale", LOCALES)
def test_a_question_has_its_scores_as_links_and_its_page_in_the_text(locale: str) -> None:
    page = "https://orders.shop.example/feedback/x"
    asked = LetterSurvey(survey="ces", url=page, scores=(1, 2, 3))
    sent = message("delivered", plain_recipient(locale).model_copy(update={"survey": asked}))
    links = [attrs["href"] for tag, attrs in ParsedPage(sent.html).tags if tag == "a"]
    assert links == [f"{page}?score={score}" for score in (1, 2, 3)]
    assert page in sent.text.splitlines()


def test_markup_is_data_that_no_title_can_leave() -> None:
    markup = {"@type": "Order", "name": "</script><script>alert(1)//"}
    sent = message("delivered", plain_recipient().model_copy(update={"markup": markup}))
    [found] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', sent.html, re.DOTALL)
    assert json.loads(found) == markup
    assert "<script" not in message("delivered", plain_recipient()).html
