"""What storefronts tell us: verified over the raw bytes, kept, and only then answered."""

import logging
import secrets

from structlog.contextvars import bind_contextvars

from api.auth import PUBLIC
from api.bodies import WEBHOOK_LIMIT
from api.context import Services
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.routes.webhooks import WebhookAccepted
from ports.inbound_webhooks import InvalidPayload, InvalidSignature

log = logging.getLogger(__name__)

_DUMMY_SECRET = secrets.token_urlsafe(32)


@endpoint(
    "POST", "/v1/webhooks/storefronts/{source}/{merchant}", roles=PUBLIC, status=202, tags=("webhooks",),
    problems=("signature_invalid", "rate_limited"), limit=WEBHOOK_LIMIT,
)  # fmt: skip
async def receive_storefront_webhook(call: Call[Services], body: bytes) -> WebhookAccepted:
    """Take a storefront's signed message. 202 means that it is durable, not yet that it is applied.

    Unknown merchants, unknown sources, missing secrets and wrong signatures all look the same: 401. A delivery, or an
    event, that we had before is answered `duplicate` and not applied again. Set up: docs/storefronts.md.

    Source `shopify`: Shopify's own bodies, taken as they are. Header `X-Shopify-Hmac-Sha256`: the body's HMAC-SHA256 in
    base64, by one of the merchant's secrets. `X-Shopify-Shop-Domain` has to be the merchant's shop, where one was said.
    `X-Shopify-Topic` says what it is about; shop, topic and `X-Shopify-Webhook-Id` name the delivery, shop, topic and
    `X-Shopify-Event-Id` the event.

    Topics orders/create, orders/updated and orders/paid start a journey once the order is paid; orders/cancelled calls off
    what has not left; fulfillments/create and fulfillments/update register parcels; refunds/create says what was paid back
    without us. They may come in any order: what comes before its order waits for it 72 hours. Other topics are kept and
    ignored. A followed topic whose body is not of Shopify's form is refused; an order that does not add up is kept, starts
    nothing and is listed by `GET /v1/inbox?status=dead` with the reason.
    """
    merchant, source = call.path["merchant"], call.services.storefronts.get(call.path["source"])
    if source is None:
        raise Problem("signature_invalid")
    known = await call.services.merchants.signing_config(merchant, source.name)
    try:
        # Where there is no secret one of nobody's is tried, so that how long it takes tells no merchants' names.
        delivery = source.verify(call.request.headers, body, known.secrets or [_DUMMY_SECRET], known.account)
    except InvalidSignature:
        raise Problem("signature_invalid") from None
    if not known.secrets:
        raise Problem("signature_invalid")
    bind_contextvars(merchant=merchant)
    call.services.rate_limiter.consume(call.request, "webhooks", merchant)
    try:
        source.read(delivery.topic, body, known.now)
    except InvalidPayload as error:
        log.info("unreadable message from %s: %s", source.name, error)
        raise Problem("invalid_body", f"Not of the form {source.name} documents: {error}.") from None
    taken = await call.services.inbox.accept(
        merchant, source.name, delivery.delivery_id, body, known.now, delivery.topic, delivery.event_id
    )
    call.services.inbox_changed.set()
    return WebhookAccepted(delivery=delivery.delivery_id, duplicate=taken == "duplicate")
