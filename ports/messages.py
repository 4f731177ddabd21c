"""Rendering: the text and the HTML of a notice, in the customer's language."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import StringConstraints

from domain.base import Frozen
from domain.model.notice import Notice

Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']+$", max_length=2000)]


class MessageRecipient(Frozen):
    """The reader, and the order that the message is about; opened only for sending.

    Name, order id and brand come from outside, so they may hold any text.

    zone: of the destination; days and hours are its local ones.
    locale: BCP 47, as the storefront gave it.
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
    """A notice as it is read. `short_text`: at most 160 characters, for SMS and push. `locale`: the catalogue that was used."""

    subject: str
    text: str
    html: str
    short_text: str
    locale: str = "en"


class RenderError(Exception):
    """A template, its details or a catalogue is broken; the text says which, and holds no personal data."""


class MessageRenderer(Protocol):
    def render(self, notice: Notice, recipient: MessageRecipient) -> RenderedMessage:
        """The notice in the recipient's language, or in English where that fails. Raises RenderError."""

    def render_digest(self, notices: Sequence[tuple[Notice, MessageRecipient]]) -> RenderedMessage:
        """Several notices to one person as one message, in the language of the first. Raises RenderError."""
