"""What carriers tell us: verified over the raw bytes, kept, and only then answered."""

import logging

from api.auth import PUBLIC
from api.bodies import WEBHOOK_LIMIT
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.services import Services
from domain.base import Fact
from ports.carriers import Forged, Unreadable
from store.columns import real_now

log = logging.getLogger(__name__)


class Taken(Fact):
    """The message is kept and will be applied. `known`: we had this delivery already."""

    delivery: str
    known: bool


@endpoint(
    "POST", "/v1/webhooks/carriers/{source}/{merchant}", roles=PUBLIC, status=202, tags=("webhooks",),
    problems=("signature_invalid",), limit=WEBHOOK_LIMIT,
)  # fmt: skip
async def hear_carrier(call: Call[Services], body: bytes) -> Taken:
    """Take a carrier's signed message. 202 means that it is durable, not yet that it is applied.

    Unknown merchants, unknown sources, missing secrets and wrong signatures all look the same: 401.
    """
    merchant, source = call.path["merchant"], call.services.sources.get(call.path["source"])
    secrets = await call.services.merchants.webhook_secrets(merchant, source.name) if source else []
    if source is None or not secrets:
        raise Problem("signature_invalid")
    try:
        delivery = source.verify(call.request.headers, body, secrets, real_now())
    except Forged:
        raise Problem("signature_invalid") from None
    try:
        source.read(body, await call.services.clocks.business_now(merchant))
    except Unreadable as error:
        log.info("unreadable message from %s: %s", source.name, error)
        raise Problem("invalid_body", f"Not of the form {source.name} documents: {error}.") from None
    taken = await call.services.inbox.accept(merchant, source.name, delivery, body)
    call.services.arrived.set()
    return Taken(delivery=delivery, known=taken == "duplicate")
