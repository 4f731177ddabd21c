"""Port: the channels by which a message reaches a customer."""

from collections.abc import Mapping
from typing import Protocol

from domain.base import Frozen
from domain.model.notice_policy import ChannelName
from ports.messages import InlinePicture


class MailSender(Frozen):
    """Whom a merchant's e-mail is from. What is empty is the deployment's.

    name: before the address; empty for the merchant's name.
    reply_to: where customers' answers go; empty for the sender's address.
    return_path: where mail servers report what they cannot deliver; each letter has its own address there.
    """

    name: str = ""
    address: str = ""
    reply_to: str = ""
    return_path: str = ""


class Message(Frozen):
    """One message in clear text. It exists only between the vault and the channel; it is never logged, and kept sealed.

    message_id: the same in all attempts, so that a provider or mail program can drop a second copy.
    to: an e-mail address or a phone number (E.164), as the channel needs it.
    html: the text for programs that display HTML; only for e-mail.
    pictures: those that the HTML shows; only for e-mail.
    headers: more headers; only for e-mail.
    brand: the merchant's name, for e-mail and push.
    page: of the first notice's order, as a path of this server; only for push.
    sender: whom it is from; only for e-mail.
    thread: the conversation that it is part of; empty for a letter of its own; only for e-mail.
    reference: names the letter to mail servers and relays, without personal data; no other party can guess it.
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
    sender: MailSender = MailSender()
    thread: str = ""
    reference: str = ""
    kind: str = ""
    order: str = ""
    topic: str = ""
    page: str = ""


class Bounced(Exception):
    """The channel will never deliver this message.

    answer: what its server said, without personal data.
    bad_address: it said that the address does not exist, so that no other message arrives there either.
    """

    def __init__(self, reason: str, answer: str = "", *, bad_address: bool = False) -> None:
        super().__init__(reason)
        self.answer, self.bad_address = answer or reason, bad_address


class ChannelUnavailable(Exception):
    """The channel did not accept the message now, and it did not arrive. The same message id may be sent again."""


class DeliveryUnknown(ChannelUnavailable):
    """The message was handed over and its outcome is unknown, as after a crash of the sender at that moment."""


class Channel(Protocol):
    """One way to customers."""

    @property
    def deduplicates(self) -> bool:
        """Whether a second message with the same id does not reach the customer again."""

    async def send(self, message: Message) -> str | None:
        """Hand the message over once; what the other side answered, as far as it did, without personal data.

        Raises Bounced, ChannelUnavailable or DeliveryUnknown.
        """


class ChannelDirectory(Protocol):
    """The channels of each merchant: e-mail for all, others where the merchant or the operator configured them."""

    async def for_merchant(self, merchant: str) -> Mapping[ChannelName, Channel]:
        """All channels to that merchant's customers."""

    async def rejection_reason(self, name: ChannelName, url: str) -> str | None:
        """Why that URL cannot be the channel's, in one word; None when it can. No message is sent."""
