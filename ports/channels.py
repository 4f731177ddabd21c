"""Port: the channels by which a message reaches a customer."""

from collections.abc import Mapping
from typing import Protocol

from domain.base import Frozen
from domain.model.notice_policy import ChannelName
from ports.messages import InlinePicture


class Message(Frozen):
    """One message in clear text. It exists only between the vault and the channel, and is never logged or stored.

    message_id: the same in all attempts, so that a provider or mail program can drop a second copy.
    to: an e-mail address or a phone number (E.164), as the channel needs it.
    html: the text for programs that display HTML; only for e-mail.
    pictures: those that the HTML shows; only for e-mail.
    headers: more headers; only for e-mail.
    brand: the sender's name; only for e-mail.
    kind, order, topic: of its first notice, for channels to programs. `order` is our id.
    """

    message_id: str
    merchant: str
    to: str
    subject: str
    text: str
    html: str = ""
    pictures: tuple[InlinePicture, ...] = ()
    headers: dict[str, str] = {}
    brand: str = ""
    kind: str = ""
    order: str = ""
    topic: str = ""


class Bounced(Exception):
    """The channel will never deliver this message."""


class ChannelUnavailable(Exception):
    """The channel did not accept the message now, and it did not arrive. The same message id may be sent again."""


class DeliveryUnknown(ChannelUnavailable):
    """The message was handed over and its outcome is unknown, as after a crash of the sender at that moment."""


class Channel(Protocol):
    """One way to customers."""

    @property
    def deduplicates(self) -> bool:
        """Whether a second message with the same id does not reach the customer again."""

    async def send(self, message: Message) -> None:
        """Hand the message over once. Raises Bounced, ChannelUnavailable or DeliveryUnknown."""


class Mailbox(Protocol):
    """Keeps messages instead of sending them (sandbox merchants, tests, the demo)."""

    async def put(self, message: Message) -> None:
        """Keep the message; a second one with the same message_id changes nothing."""


class ChannelDirectory(Protocol):
    """The channels of each merchant: e-mail for all, others where the merchant or the operator configured them."""

    async def for_merchant(self, merchant: str) -> Mapping[ChannelName, Channel]:
        """All channels to that merchant's customers."""

    async def rejection_reason(self, name: ChannelName, url: str) -> str | None:
        """Why that URL cannot be the channel's, in one word; None when it can. No message is sent."""
