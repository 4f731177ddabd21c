"""Port: the pages that customers open from their letters, in their language."""

from typing import Literal, Protocol

from domain.base import Frozen
from domain.clock import Instant
from domain.journey.customer_questions import Answer, QuestionKind, QuestionStatus

PageName = str
"""The last segment of a page's address."""


class PageReader(Frozen):
    """Whose page it is. Nothing of the person but the language.

    zone: of the destination; days and hours on the page are those of its clocks.
    brand, order_id: from outside, so they may contain any text.
    accent: the merchant's colour, as `#0b5a47`, or empty.
    """

    locale: str = "en"
    zone: str = "UTC"
    brand: str = ""
    accent: str = ""
    order_id: str = ""


class AnswerPage(Frozen):
    """A question with one button per answer, or what became of it.

    chosen: the answer of the link that was opened; it comes first.
    answers: every answer that can be given, with the name of the page that gives it.
    """

    reader: PageReader
    question: QuestionKind
    status: QuestionStatus
    chosen: Answer
    answers: tuple[tuple[Answer, PageName], ...] = ()


class CodePage(Frozen):
    """The drop-off code of a return, large; or why there is none any more.

    number: the return's short name for people.
    state: whether the code can be used, or why not.
    code: the text; empty where it cannot be used.
    qr: the symbol as an SVG element.
    """

    reader: PageReader
    number: str
    state: Literal["valid", "used", "expired", "revoked"]
    code: str = ""
    qr: str = ""
    expires_at: Instant | None = None


class PageRenderer(Protocol):
    """Renders pages by templates and catalogues: HTML without script, inline style or anything from elsewhere."""

    @property
    def stylesheet(self) -> bytes:
        """The one style sheet of all pages."""

    def answer_page(self, page: AnswerPage) -> bytes:
        """The question, or what became of it."""

    def code_page(self, page: CodePage) -> bytes:
        """The code of a return."""

    def unknown_link(self, locale: str) -> bytes:
        """For a link that is not ours, or whose order's links were ended."""

    def unavailable(self, locale: str) -> bytes:
        """For an answer that could not be taken now: nothing has happened, and the same button works again soon."""
