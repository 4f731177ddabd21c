"""Ways to reach a customer."""

from collections.abc import Mapping
from typing import Protocol

from domain.base import Frozen
from domain.model.notice_policy import ChannelName


class Message(Frozen):
    """One message, opened for sending: lives only between the vault and the channel, never logged or stored.

    `message_id` is stable over all retries of one notice, so a provider or mailbox can drop the second copy. `to`: what
    the channel reaches people by, an e-mail address or a phone number (E.164). `html` (the text once more, for programs
    that show it), `headers` and `brand` (the name it comes from) are for e-mail. `kind`, `order` (our id) and `topic` are
    those of its first notice, for channels that tell programs.
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
    """The channel did not take the message now, and nobody got it; the same message id may be tried again."""


class DeliveryUnknown(ChannelUnavailable):
    """It was handed over, and nobody knows what became of it: as if we had died at that moment."""


class Channel(Protocol):
    """One way to customers. `drops_copies`: a second send of the same message id does not reach anybody again."""

    @property
    def deduplicates(self) -> bool: ...

    async def send(self, message: Message) -> None:
        """Hand the message over once. Raises Bounced, Unreachable or PerhapsTaken."""


class Mailbox(Protocol):
    """A place that keeps messages instead of sending them (sandbox merchants, tests, the demo)."""

    async def put(self, message: Message) -> None:
        """Keep the message once: a second put of the same message_id changes nothing."""


class ChannelDirectory(Protocol):
    """The channels of each merchant: e-mail for all, others where the merchant or the operator set them up."""

    async def for_merchant(self, merchant: str) -> Mapping[ChannelName, Channel]:
        """Every channel by which that merchant's customers can be reached."""

    async def rejection_reason(self, name: ChannelName, url: str) -> str | None:
        """Why that URL cannot be the channel's, in one word; None when it can. Nothing is sent."""
