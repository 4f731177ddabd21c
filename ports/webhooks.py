"""Port: outgoing webhooks to merchants' systems, one signed message to one address."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True)
class WebhookMessage:
    """A message to send.

    id: the same in all attempts.
    body: JSON.
    secrets: each of them signs.
    """

    url: str
    id: str
    body: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True)
class WebhookResponse:
    """The outcome of one attempt.

    status: the HTTP status of the response; None without a response.
    error: why there was no response, in one word.
    retry_after: the wait that the receiver requests.
    not_sent: no connection was made, so the message did not arrive.
    """

    status: int | None
    error: str = ""
    retry_after: timedelta | None = None
    not_sent: bool = False

    @property
    def accepted(self) -> bool:
        """Only 2xx. A redirect is not followed and counts as a failure."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The endpoint is permanently removed."""
        return self.status == 410

    @property
    def reason(self) -> str:
        """Why the attempt failed, in one word; empty when it succeeded."""
        return self.error or ("" if self.accepted else f"status_{self.status}")


@dataclass(frozen=True)
class WebhookAnswer:
    """What a receiver answered to a message that asks for something. error: why there is no answer, in one word."""

    status: int | None
    body: bytes = field(default=b"", repr=False)
    error: str = ""


class WebhookTransport(Protocol):
    """Sends webhooks and checks where they may go."""

    async def send(self, message: WebhookMessage) -> WebhookResponse:
        """Send the message once, to where the address leads at this moment. Every failure is a response, not an exception."""

    async def rejection_reason(self, url: str) -> str | None:
        """Why that address is not allowed, in one word; None when it is. No connection is made."""

    async def close(self) -> None:
        """Close its connections; it may be used again."""
