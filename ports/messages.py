"""Letters: how a notice reads and looks, in the customer's language."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import StringConstraints

from domain.base import Frozen
from domain.model.notice import Notice

Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']+$", max_length=2000)]


class MessageRecipient(Frozen):
    """Who reads it and which order it is about; opened from its seal only for the sending.

    `zone`: of the destination, days and hours are those of its clocks. `locale`: BCP 47, as the storefront gave it.
    `brand`: the merchant's name as customers know it. Name, order id and brand are from outside: any text may be in them.
    """

    name: str
    order_id: str
    zone: str
    locale: str = "en"
    unsubscribe_url: Link | None = None
    page_url: Link | None = None
    brand: str = ""


class RenderedMessage(Frozen):
    """A notice as it is read. `short`: at most 160 characters for SMS and push. `locale`: the catalogue it is worded from."""

    subject: str
    text: str
    html: str
    short_text: str
    locale: str = "en"


class RenderError(Exception):
    """A template, its facts or a catalogue is broken; the text says which, and holds nothing about a person."""


class MessageRenderer(Protocol):
    def render(self, notice: Notice, recipient: MessageRecipient) -> RenderedMessage:
        """The notice in the addressee's language, or in English where that fails. Raises RenderError."""

    def render_digest(self, notices: Sequence[tuple[Notice, MessageRecipient]]) -> RenderedMessage:
        """Several notices to one person as one letter, in the language of the first. Raises RenderError."""
