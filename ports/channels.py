"""Channels by which customers are reached."""

from collections.abc import Mapping
from typing import Protocol

from domain.base import Frozen
from domain.model.notice_policy import ChannelName


class Message(Frozen):
    """One message, opened for sending. It exists only between the vault and the channel and is never logged or stored.

    message_id: the same over all attempts, so that a provider or mailbox can drop a second copy.
    to: what the channel reaches people by: an e-mail address, a phone number (E.164), or our id of the customer.
    html: the text for mail programs that show HTML; e-mail only.
    headers, brand: further headers, and the name that the mail comes from; e-mail only.
    kind, order, topic: of its first notice (`order`: our id), for channels that lead to programs.
    """

    message_id: str
    merchant: str
    to: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = {}
    brand: str = ""
    kind: str = ""
    order: str = ""
    topic: str = ""


class Bounced(Exception):
    """The channel will never deliver this message."""


class ChannelUnavailable(Exception):
    """The channel did not take the message and did not deliver it; the same message id may be tried again."""


class DeliveryUnknown(ChannelUnavailable):
    """The message was handed over and its fate is unknown, as after a crash at that moment."""


class Channel(Protocol):
    """One way to customers. `deduplicates`: a second send of the same message id reaches no customer again."""

    @property
    def deduplicates(self) -> bool: ...

    async def send(self, message: Message) -> None:
        """Hand the message over once. Raises Bounced, ChannelUnavailable or DeliveryUnknown."""


class Mailbox(Protocol):
    """Keeps messages instead of sending them: for sandbox merchants, tests and the demo."""

    async def put(self, message: Message) -> None:
        """Keep the message once: a second put of the same message_id changes nothing."""


class ChannelDirectory(Protocol):
    """The channels of each merchant: e-mail for all, others where the merchant or the operator set them up."""

    async def for_merchant(self, merchant: str) -> Mapping[ChannelName, Channel]:
        """Every channel by which that merchant's customers can be reached."""

    async def rejection_reason(self, name: ChannelName, url: str) -> str | None:
        """Why that URL cannot be the channel's, in one word; None when it can. Nothing is sent."""
