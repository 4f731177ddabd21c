"""What was delivered to the merchant and could not be taken in: listed with its reason, and tried again."""

from typing import Literal

from api.asking import page_of
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.services import Services
from api.shapes.orders import Page
from domain.actors import STAFF, Role
from domain.base import Fact
from domain.clock import Instant
from store.inbox import Status

_READERS = {Role.STOREFRONT} | STAFF


class DeliveryPage(Page):
    status: Status = "dead"


class Delivered(Fact):
    """One delivery of a carrier or storefront, without its body. All times are real."""

    id: int
    source: str
    topic: str
    delivery: str
    status: Status
    reason: str
    received_at: Instant


class DeliveryList(Fact):
    items: tuple[Delivered, ...]
    next: str | None


class TriedAgain(Fact):
    id: int
    status: Literal["received"] = "received"


@endpoint("GET", "/v1/inbox", roles=_READERS, tags=("webhooks",))
async def list_deliveries(call: Call[Services], query: DeliveryPage) -> DeliveryList:
    """Deliveries of that status, oldest first: those that are dead, if nothing is said, each with why."""
    page = await page_of(
        call.services.inbox.page(call.merchant, query.status, limit=query.limit, cursor=query.cursor)
    )
    items = [
        Delivered.model_validate(
            {
                "id": row.id,
                "source": row.source,
                "topic": row.topic,
                "delivery": row.delivery_id,
                "status": row.status,
                "reason": row.reason,
                "received_at": row.received_at,
            }
        )
        for row in page.items
    ]
    return DeliveryList(items=tuple(items), next=page.next)


@endpoint("POST", "/v1/inbox/{delivery}/replay", roles=_READERS, status=202, tags=("webhooks",))
async def replay_delivery(call: Call[Services]) -> TriedAgain:
    """Try a dead delivery once more, as when what it waited for is there by now."""
    named = call.path["delivery"]
    if not named.isascii() or not named.isdecimal() or len(named) > 18:
        raise Problem("not_found")
    if not await call.services.inbox.replay(call.merchant, int(named)):
        raise Problem("not_found")
    call.services.arrived.set()
    return TriedAgain(id=int(named))
