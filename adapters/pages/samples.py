"""Sample pages: every question in every way in which it stands, and every state of a code; and the check of the languages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

from adapters.pages.renderer import TemplatePages
from domain.journey.customer_questions import (
    ANSWERS,
    Answer,
    Decider,
    End,
    QuestionKind,
    QuestionStatus,
)
from ports.pages import AnswerPage, CodePage, PageReader

_AT, _DUE = datetime(2026, 3, 5, 9, tzinfo=UTC), datetime(2026, 3, 12, tzinfo=UTC)
_DEFAULTS = {
    "consent": ("wait", "cancel"),
    "lost_parcel": ("refund",),
    "not_received": (None,),
    "refund_returned": (None,),
    "refund_declined": (None,),
    "claw_back": ("collect",),
}
_AMOUNT = {"minor": 2400, "currency": "GBP"}
_PAYMENTS = {
    "refund": ("due", "paid", "return", "none"),
    "store_credit": ("due", "paid"),
    "other_way": ("due", "paid"),
}
_SAMPLE_QR = '<svg viewBox="0 0 2 2"><path d="M0 0h1v1h-1z"/></svg>'


def sample_reader(locale: str = "en") -> PageReader:
    return PageReader(locale=locale.replace("_", "-"), zone="Europe/London", brand="Acme", order_id="1001")


def sample_answer_pages(locale: str = "en") -> Iterator[tuple[str, AnswerPage]]:
    """Name and page: open with each default and each answer chosen, answered by each decider, ended in each way."""
    reader = sample_reader(locale)
    for kind, answers in ANSWERS.items():
        for default in _DEFAULTS[kind]:
            status = QuestionStatus.model_validate(
                {
                    "answers": answers,
                    "deadline": default and _DUE,
                    "default": default,
                    "due": _DUE,
                    "amount": _AMOUNT,
                }
            )
            names: tuple[tuple[Answer, str], ...] = tuple((answer, f"token-{answer}") for answer in answers)
            page = AnswerPage(reader=reader, question=kind, status=status, chosen=answers[0], answers=names)
            yield f"{kind}-open-{default or 'none'}", page
        if kind == "lost_parcel":
            back = page.model_copy(update={"status": status.model_copy(update={"returning": True})})
            yield "lost_parcel-open-returning", back
        for answer in answers:
            yield from _answered(reader, kind, answer)
    for end in get_args(End):
        if end != "answered":
            status = QuestionStatus(end=end, at=_AT)
            page = AnswerPage(reader=reader, question="lost_parcel", status=status, chosen="refund")
            yield f"ended-{end}", page


def _answered(reader: PageReader, kind: QuestionKind, answer: Answer) -> Iterator[tuple[str, AnswerPage]]:
    deciders: tuple[Decider | None, ...] = (*get_args(Decider), None)
    for decider in deciders:
        for payment in _PAYMENTS.get(answer, (None,)):
            status = QuestionStatus.model_validate(
                {
                    "end": "answered", "answer": answer, "decider": decider, "at": _AT, "due": _DUE,
                    "deadline": _DUE, "payment": payment,
                }
            )  # fmt: skip
            page = AnswerPage(reader=reader, question=kind, status=status, chosen=answer)
            yield f"{kind}-{answer}-{decider or 'unknown'}-{payment or 'none'}", page


def sample_code_pages(
    locale: str = "en", code: str = "4F7K2MX9QR", qr: str = _SAMPLE_QR
) -> Iterator[CodePage]:
    """A code that can be used, and each reason why there is none."""
    reader = sample_reader(locale)
    yield CodePage(reader=reader, number="R-7KQ2M4XR", state="valid", code=code, qr=qr, expires_at=_DUE)
    for state in ("valid", "used", "expired", "revoked"):
        yield CodePage.model_validate({"reader": reader, "number": "R-7KQ2M4XR", "state": state})


def preflight_pages(pages: TemplatePages) -> int:
    """Render all sample pages in every language; how many. Raises RenderError for the first that fails."""
    count = 0
    for name in pages.locales:
        for _, page in sample_answer_pages(name):
            pages.render_in(name, "answer.html", page.reader, {"page": page, "status": page.status})
            count += 1
        for code in sample_code_pages(name):
            pages.render_in(name, "code.html", code.reader, {"page": code})
            count += 1
        for template in ("unknown_link.html", "unavailable.html"):
            pages.render_in(name, template, PageReader(locale=name.replace("_", "-")), {})
            count += 1
    return count
