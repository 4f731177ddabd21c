"""Route: webhooks of payment providers, verified over the raw body, kept in the inbox, and only then answered."""

from structlog.contextvars import bind_contextvars

from api.context import Services
from api.http.auth import PUBLIC
from api.http.bodies import WEBHOOK_LIMIT
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.inbound_webhooks import WebhookAccepted
from ports.inbound_webhooks import InvalidSignature


@endpoint(
    "POST", "/v1/webhooks/payments/{provider}/{merchant}", roles=PUBLIC, status=202, tags=("webhooks",),
    problems=("signature_invalid",), limit=WEBHOOK_LIMIT, public_quota="senders",
)  # fmt: skip
async def receive_payment_webhook(call: Call[Services], body: bytes) -> WebhookAccepted:
    """Accept a payment provider's signed message. 202 means that it is stored durably, not yet that it is applied.

    The secrets are those of the merchant's account there (`PUT /v1/merchants/{merchant}/payments/{provider}`). Unknown merchants,
    providers without an account and wrong signatures all get the same response: 401. Set up: docs/payments.md.

    What a provider says of a refund of ours goes to its order, in any order and any number of times with the effect of once. A
    refund made at the provider itself is entered in the order as made outside. A message about a payment that no order
    has waits 72 hours for that order, listed by `GET /v1/inbox?status=parked` and then by `GET /v1/inbox?status=dead`. Another
    amount, account or refund than ours books nothing: `GET /v1/payments/differences` lists it.
    """
    merchant, provider, webhooks = (
        call.path["merchant"],
        call.path["provider"],
        call.services.inbound.payments,
    )
    try:
        delivery = await webhooks.verify(merchant, provider, call.request.headers, body)
    except InvalidSignature:
        raise Problem("signature_invalid") from None
    bind_contextvars(merchant=merchant)
    call.services.operations.rate_limiter.consume(call.request, "webhooks", merchant)
    duplicate = await webhooks.keep(merchant, provider, delivery, body)
    return WebhookAccepted(delivery=delivery, duplicate=duplicate)
