"""Port: the rendering of notices as messages, in the customer's language."""

import base64
from collections.abc import Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field, JsonValue, StringConstraints

from domain.base import Frozen
from domain.journey.customer_questions import Answer
from domain.model.feedback import Survey
from domain.model.notice import Notice

Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']+$", max_length=2000)]

LetterColour = Annotated[str, StringConstraints(pattern=r"^(#[0-9a-f]{6})?$")]


MailPicture = Literal["image/png", "image/jpeg"]  # what every mail program shows


class AnswerLink(Frozen):
    """A link that answers what a letter asks. The page behind it names the other answers too."""

    answer: Answer
    url: Link


class LetterCode(Frozen):
    """A drop-off code, for one letter: as people read it, and its QR symbol as a PNG picture."""

    text: str
    png: bytes = Field(repr=False)


class LetterSurvey(Frozen):
    """One question about how it went. url: the page with all scores; `?score=` chooses one there."""

    survey: Survey
    url: Link
    scores: tuple[int, ...]


LOGO = "logo@smot"  # the Content-ID of a merchant's logo


class InlinePicture(Frozen):
    """A picture that the HTML of a message shows as `cid:{content_id}`."""

    content_id: str
    content: bytes = Field(repr=False)
    media_type: MailPicture = "image/png"

    @property
    def data_address(self) -> str:
        """As an address that holds the picture itself."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"


class LetterLogo(Frozen):
    """A merchant's logo for the HTML of letters, and how large it is shown, in pixels."""

    content: bytes = Field(repr=False)
    media_type: MailPicture
    width: int
    height: int

    @property
    def inline(self) -> InlinePicture:
        """As it goes with a letter."""
        return InlinePicture(content_id=LOGO, content=self.content, media_type=self.media_type)


class MessageRecipient(Frozen):
    """The reader of a message and their order, unsealed only for sending.

    name, order_id, brand: from outside, so they may contain any text.
    zone: of the destination; days and hours in the message are those of its clocks.
    locale: BCP 47, as the storefront sent it.
    brand: the merchant's name as customers know it.
    accent, accent_text: the merchant's colour for buttons, and what stands on them; empty for ours.
    logo: the merchant's, for the HTML.
    answers: links that answer what the notice asks; none where it asks nothing, or there is no address for links.
    code: of the return that the notice is about.
    order_url: the customer's page of the order; preferences_url: where they choose what they are sent.
    survey: what the letter asks once at its end.
    markup: the order as JSON-LD, for programs that read mails; empty where the letter is about something else.
    """

    name: str
    order_id: str
    zone: str
    locale: str = "en"
    unsubscribe_url: Link | None = None
    page_url: Link | None = None
    brand: str = ""
    accent: LetterColour = ""
    accent_text: LetterColour = ""
    logo: LetterLogo | None = None
    answers: tuple[AnswerLink, ...] = ()
    code: LetterCode | None = None
    order_url: Link | None = None
    preferences_url: Link | None = None
    survey: LetterSurvey | None = None
    markup: dict[str, JsonValue] = {}


class RenderedMessage(Frozen):
    """A notice as the customer reads it.

    short_text: at most 160 characters, for SMS and push.
    locale: the catalogue that the text is from.
    pictures: those that the HTML shows.
    """

    subject: str
    text: str
    html: str
    short_text: str
    locale: str = "en"
    pictures: tuple[InlinePicture, ...] = ()


class RenderError(Exception):
    """A template, its details or a catalogue is wrong. The text says which, and contains no personal data."""


class MessageRenderer(Protocol):
    """Renders notices by templates and catalogues."""

    def render(self, notice: Notice, recipient: MessageRecipient) -> RenderedMessage:
        """The notice in the recipient's language, or in English where that fails. Raises RenderError."""

    def render_digest(self, notices: Sequence[tuple[Notice, MessageRecipient]]) -> RenderedMessage:
        """Several notices to one person as one message, in the language of the first. Raises RenderError."""
