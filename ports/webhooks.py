"""Outgoing webhooks: one signed message to one URL, and which URLs are allowed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True)
class WebhookMessage:
    """What is sent. `id`: the same over all attempts. `body`: JSON. `secrets`: each of them signs."""

    url: str
    id: str
    body: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True)
class WebhookResponse:
    """The outcome of one attempt.

    status: the receiver's HTTP status; None without an answer.
    error: why there was none, in one word.
    retry_after: how long the receiver wants us to wait.
    not_sent: no connection was made, so the message certainly did not arrive.
    """

    status: int | None
    error: str = ""
    retry_after: timedelta | None = None
    not_sent: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the receiver took it: only with 2xx. A redirection is not followed and counts as a failure."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver is gone for all time (410)."""
        return self.status == 410

    @property
    def reason(self) -> str:
        return self.error or ("" if self.accepted else f"status_{self.status}")


class WebhookTransport(Protocol):
    async def send(self, message: WebhookMessage) -> WebhookResponse:
        """Send it once, to where the URL leads at this moment. A failure is a response, not an exception."""

    async def rejection_reason(self, url: str) -> str | None:
        """Why we would not send to that URL, in one word; None when we would. Nothing is sent and no connection is made."""

    async def close(self) -> None:
        """Release connections; it may be used again."""
