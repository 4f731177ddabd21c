"""What the webhook routes of carriers and storefronts share: verify, limit the rate, answer 202."""

from collections.abc import Callable
from typing import TypeVar

from structlog.contextvars import bind_contextvars

from api.context import Services
from api.http.endpoint import Call
from api.http.problems import Problem
from domain.base import Frozen
from ports.inbound_webhooks import InvalidSignature
from services.inbound import signature
from services.merchants.accounts import SigningConfig

T = TypeVar("T")


class WebhookAccepted(Frozen):
    """The message is kept and will be applied."""

    delivery: str
    """Its delivery id: the source's own, or a hash of a body that states none."""
    duplicate: bool
    """Whether this delivery was already here; it is not applied again."""


async def verified(
    call: Call[Services], source: str, verify: Callable[[SigningConfig], T]
) -> tuple[T, SigningConfig]:
    """The result of `verify`, and how the merchant in the path signs. All failures are the same problem `signature_invalid`.

    A webhook above the rate limit is not acknowledged, so that its sender repeats it.
    """
    merchant = call.path["merchant"]
    try:
        result, config = await signature.verified(call.services.merchants.accounts, merchant, source, verify)
    except InvalidSignature:
        raise Problem("signature_invalid") from None
    bind_contextvars(merchant=merchant)
    call.services.operations.rate_limiter.consume(call.request, "webhooks", merchant)
    return result, config
