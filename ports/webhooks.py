"""Telling a merchant's own systems: one signed message to one address, and which addresses we go to at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True)
class WebhookMessage:
    """What is sent. `id` is the same over all tries; every secret signs. `body`: JSON."""

    url: str
    id: str
    body: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True)
class WebhookResponse:
    """What came of one try. `status`: what the receiver answered, None when it did not. `problem`: one word, why not.

    `retry_after`: how long the receiver asks us to wait. `never_left`: no connection was made, so nobody got it.
    """

    status: int | None
    error: str = ""
    retry_after: timedelta | None = None
    not_sent: bool = False

    @property
    def accepted(self) -> bool:
        """Only 2xx is a yes; a redirection is not followed and counts as a no."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """There never will be a receiver again."""
        return self.status == 410

    @property
    def reason(self) -> str:
        return self.error or ("" if self.accepted else f"status_{self.status}")


class WebhookTransport(Protocol):
    async def send(self, message: WebhookMessage) -> WebhookResponse:
        """Send it once, wherever the address leads at this moment. What goes wrong is an answer, not an error."""

    async def rejection_reason(self, url: str) -> str | None:
        """Why we would not send to that address, in one word; None when we would. Nothing is sent, nobody is connected to."""

    async def close(self) -> None:
        """Let go of what it holds; it may be used again."""
