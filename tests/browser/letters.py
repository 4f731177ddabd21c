"""Pictures of the authorization letter, of each letter that asks, and of each page: `python -m tests.browser.letters FOLDER`.

Each at 360 and 800 px, light and dark, in each language.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from adapters.messages.renderer import TemplateRenderer
from adapters.messages.sample_notices import sample_recipient, samples
from adapters.pages.renderer import TemplatePages
from adapters.pages.samples import sample_answer_pages, sample_code_pages
from domain.journey.customer_questions import ANSWERS, Answer
from domain.model.notice import Notice
from ports.messages import AnswerLink, LetterCode, LetterSurvey, MessageRecipient, RenderedMessage
from services.drop_off_codes import grouped, qr_png, qr_svg
from tests.browser.chromium import a_page

CODE = "4F7K2MX9QR"
WIDTHS = (360, 800)
_ANSWERS: dict[str, tuple[Answer, ...]] = {
    "consent_requested": ANSWERS["consent"],
    "delay_option": ANSWERS["consent"],
    "presumed_lost": ANSWERS["lost_parcel"],
    "parcel_returning": ANSWERS["lost_parcel"],
    "delay_corrected": ANSWERS["not_received"],
    "delivered": ANSWERS["not_received"],
}
_SHOWN = ("return_authorized", "shipped", "out_for_delivery", *_ANSWERS)


def recipient_of(notice: Notice, locale: str) -> MessageRecipient:
    """The sample recipient with the links, code or tracking page that this letter has."""
    kind = notice.kind
    own: dict[str, object] = {"page_url": None, "unsubscribe_url": None}
    if "code_expires" in notice.details:
        own["code"] = LetterCode(text=grouped(CODE), png=qr_png(CODE))
        own["page_url"] = "https://shop.example/c/token"
    if "number" in notice.details:
        own["page_url"] = "https://carrier.example/track"
    own["answers"] = tuple(
        AnswerLink(answer=answer, url=f"https://shop.example/a/{answer}") for answer in _ANSWERS.get(kind, ())
    )
    if kind == "delivered":
        page = "https://shop.example/feedback/token"
        own["survey"] = LetterSurvey(survey="nps", url=page, scores=tuple(range(11)))
    return sample_recipient(locale).model_copy(update=own)


def letters(renderer: TemplateRenderer) -> Iterator[tuple[str, RenderedMessage]]:
    """Name and letter: the first two samples of each kind, in each language."""
    for locale in renderer.locales:
        for notice in samples():
            number = int(notice.key.rsplit("/", 1)[1])
            if notice.kind in _SHOWN and number < 2:
                message = renderer.render(notice, recipient_of(notice, locale))
                yield f"letter-{locale}-{notice.kind}-{number}", message


def pages(renderer: TemplatePages) -> Iterator[tuple[str, bytes]]:
    """Name and page, in each language."""
    for locale in renderer.locales:
        for name, page in sample_answer_pages(locale):
            yield f"page-{locale}-{name}", renderer.answer_page(page)
        for number, code in enumerate(sample_code_pages(locale, CODE, qr_svg(CODE))):
            yield f"page-{locale}-code-{number}-{code.state}", renderer.code_page(code)
        yield f"page-{locale}-unknown-link", renderer.unknown_link(locale)
        yield f"page-{locale}-unavailable", renderer.unavailable(locale)


def shown(message: RenderedMessage) -> str:
    """The HTML as a mail program shows it: with the pictures that came along."""
    html = message.html
    for picture in message.pictures:
        html = html.replace(f"cid:{picture.content_id}", picture.data_address)
    return html


def with_style(page: bytes, renderer: TemplatePages) -> str:
    """The page with its style sheet in it, for a browser without a server."""
    link, style = '<link rel="stylesheet" href="../pages/customer.css">', renderer.stylesheet.decode()
    return page.decode().replace(link, f"<style>{style}</style>")


def _take(page: Page, html: str, file: Path) -> None:
    page.set_content(html)
    page.screenshot(path=file, full_page=True)


def _contents(languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    pages_, letters_ = TemplatePages(), TemplateRenderer()
    contents = [(name, shown(message)) for name, message in letters(letters_)]
    contents += [(name, with_style(page, pages_)) for name, page in pages(pages_)]
    yield from (pair for pair in contents if pair[0].split("-")[1] in languages)


if __name__ == "__main__":
    folder, languages = Path(sys.argv[1]), tuple(sys.argv[2:]) or ("en", "de", "zh_Hans")
    folder.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        for dark in (False, True):
            with a_page(width, dark=dark) as (page, requested):
                for name, html in _contents(languages):
                    _take(page, html, folder / f"{name}-{width}{'-dark' if dark else ''}.png")
                assert requested == [], requested
    sys.stdout.write(f"{len([*folder.glob('*.png')])} pictures in {folder}\n")
