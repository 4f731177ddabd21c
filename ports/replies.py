"""Port: customers' replies to text messages, as a channel's provider delivers them."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol


class CustomerReply(NamedTuple):
    """A reply. `phone`: the sender's number, E.164."""

    phone: str
    text: str


class ReplySource(Protocol):
    """The form in which replies are delivered, for all channels alike."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """The delivery's id. Raises InvalidSignature unless one of the secrets signed exactly these bytes."""

    def read(self, body: bytes) -> CustomerReply | None:
        """Parse a verified body; None for what is no reply. Raises InvalidPayload naming the field."""
