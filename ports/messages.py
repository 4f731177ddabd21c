"""Port: the rendering of notices as messages, in the customer's language."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import StringConstraints

from domain.base import Frozen
from domain.model.notice import Notice

Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']+$", max_length=2000)]


class MessageRecipient(Frozen):
    """The reader of a message and their order, unsealed only for sending.

    name, order_id, brand: from outside, so they may contain any text.
    zone: of the destination; days and hours in the message are those of its clocks.
    locale: BCP 47, as the storefront sent it.
    brand: the merchant's name as customers know it.
    """

    name: str
    order_id: str
    zone: str
    locale: str = "en"
    unsubscribe_url: Link | None = None
    page_url: Link | None = None
    brand: str = ""


class RenderedMessage(Frozen):
    """A notice as the customer reads it.

    short_text: at most 160 characters, for SMS and push.
    locale: the catalogue that the text is from.
    """

    subject: str
    text: str
    html: str
    short_text: str
    locale: str = "en"


class RenderError(Exception):
    """A template, its details or a catalogue is wrong. The text says which, and contains no personal data."""


class MessageRenderer(Protocol):
    """Renders notices by templates and catalogues."""

    def render(self, notice: Notice, recipient: MessageRecipient) -> RenderedMessage:
        """The notice in the recipient's language, or in English where that fails. Raises RenderError."""

    def render_digest(self, notices: Sequence[tuple[Notice, MessageRecipient]]) -> RenderedMessage:
        """Several notices to one person as one message, in the language of the first. Raises RenderError."""
