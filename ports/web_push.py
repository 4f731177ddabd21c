"""Port: devices that take push messages (RFC 8030), and the calls to the push services of their browsers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

from pydantic import Field

from domain.base import Frozen
from ports.webhooks import WebhookResponse


class PushDevice(Frozen):
    """A browser that a customer registered. It exists in clear only between the vault and its push service.

    endpoint: where its push service takes messages.
    p256dh: its public key, a point of P-256 in base64url; auth: the secret that it shares with us (RFC 8291).
    """

    endpoint: Annotated[str, Field(max_length=1000)]
    p256dh: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{87}=?$")]
    auth: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}(==)?$")]


class PushDevices(Protocol):
    """The devices of a merchant's customers. `customer`: our `cus_…`."""

    async def of(self, merchant: str, customer: str) -> Sequence[PushDevice]:
        """Those of a customer; none once the person is erased."""

    async def remove(self, merchant: str, device: PushDevice) -> None:
        """Its browser takes no messages any more."""


class PushTransport(Protocol):
    """Posts to push services."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookResponse:
        """One attempt, to where the address leads at this moment. Every failure is a response, not an exception."""

    async def rejection_reason(self, url: str) -> str | None:
        """Why that address is not allowed, in one word; None when it is. No connection is made."""
