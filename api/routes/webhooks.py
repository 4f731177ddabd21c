"""Route: webhooks of carriers, verified over the raw body, kept in the inbox, and only then answered."""

from api.context import Services
from api.http.auth import PUBLIC
from api.http.bodies import WEBHOOK_LIMIT
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.inbound_webhooks import WebhookAccepted, verified
from services.clock import real_now
from services.inbox import InboundDelivery


@endpoint(
    "POST", "/v1/webhooks/carriers/{source}/{merchant}", roles=PUBLIC, status=202, tags=("webhooks",),
    problems=("signature_invalid",), limit=WEBHOOK_LIMIT, public_quota="senders",
)  # fmt: skip
async def receive_carrier_webhook(call: Call[Services], body: bytes) -> WebhookAccepted:
    """Accept a carrier's signed message. 202 means that it is stored durably, not yet that it is applied.

    Unknown merchants, unknown sources, missing secrets and wrong signatures all get the same response: 401. A delivery that was
    accepted before gets `duplicate` and is not applied again. The secrets are those of the merchant's `webhook_secrets`.

    Source `easypost`: EasyPost's own event body, unchanged; `tracker.*` events are read, others ignored. Header
    `X-Hmac-Signature`: `hmac-sha256-hex=` and the body's HMAC-SHA256 in hex. The event's `id` is the delivery id.

    Source `aftership`: AfterShip Tracking's own body; `tracking_update`, `edd_revise` and `tracking_pending_time` are read,
    others ignored. Header `aftership-hmac-sha256`: the body's HMAC-SHA256 in base64. `event_id` is the delivery id.

    A parcel is found by its number, in any spelling. The carrier's name decides only between several with one number; names of
    shops, EasyPost and AfterShip are known as names of one carrier.

    Source `generic`: signed by Standard Webhooks 1.0.0. Headers: `webhook-id` is the delivery id (at most 128 characters, no
    dot; the same for a repetition), `webhook-timestamp` in seconds since 1970 (at most 300 from now), `webhook-signature` `v1,`
    and the HMAC-SHA256 in base64 of `webhook-id.webhook-timestamp.body`; the key is the secret's base64 after `whsec_`. Several
    signatures are separated by spaces. The body is JSON in UTF-8, its times are ISO 8601 with offset:

        {"type": "tracking.updated", "timestamp": "2026-11-21T10:00:00Z", "data": {"parcels": [
          {"carrier": "acme", "tracking_number": "AC123", "shipped_on": "2026-11-19", "estimate": {"day": "2026-11-23"},
           "scans": [{"at": "2026-11-20T08:15:00+01:00", "status": "in_transit", "code": "HUB-7", "location": "Leipzig, DE",
                      "reason": {"code": "missorted", "fault": "carrier"}, "action_required": false}]}]}}

    `vocabulary` beside `scans` states whose codes `status` and an optional `detail` of a scan are: shippo, karrio, trackingmore,
    easyship, easypost or aftership, so that middleware need not translate them.

    Only `type`, `data.parcels`, `tracking_number` (1-64 characters) and a scan's `at` and `status` are required. What may be
    left out may be null, and a text may be a number.
    `timestamp`: when the sender knew this. `estimate`: `day` or `at`, of a window its end, with `earliest_day` or
    `earliest_at`; `confidence` (0 to 1) and `reason` (a code) where known. `status`: pre_transit, picked_up, in_transit,
    out_for_delivery, attempt_failed, available_for_pickup, delivered, return_to_sender, exception, cancelled, expired;
    any other is unknown. `fault`: carrier, merchant, customer, customs, force_majeure; any other is unknown. At most 500
    parcels; of each the last 500 scans are read. Other fields and other types are ignored.

    What is signed is kept, also a body that cannot be read: `GET /v1/inbox?status=dead` lists it with the wrong field. Where
    only some parcels, scans or estimates cannot be read, the others are applied and the message is listed as `partly`.
    """
    source = call.services.inbound.carriers.get(call.path["source"])
    if source is None:
        raise Problem("signature_invalid")
    headers = call.request.headers
    delivery, config = await verified(
        call, source.name, lambda config: source.verify(headers, body, config.secrets, real_now())
    )
    kept = await call.services.inbound.inbox.accept(
        InboundDelivery(call.path["merchant"], source.name, delivery, body, config.now)
    )
    return WebhookAccepted(delivery=delivery, duplicate=kept == "duplicate")
