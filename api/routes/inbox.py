"""Routes: deliveries of carriers and storefronts that could not be applied, with the reason; and another try."""

from typing import Literal

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from domain.actors import STAFF, Role
from domain.base import Frozen
from services.inbox import InboxDelivery, Status

_READERS = {Role.STOREFRONT} | STAFF


class InboxQuery(PageQuery):
    status: Status = "dead"


class InboxDeliveryList(Frozen):
    items: tuple[InboxDelivery, ...]
    next: str | None


class InboxReplayQueued(Frozen):
    id: int
    status: Literal["received"] = "received"


@endpoint("GET", "/v1/inbox", roles=_READERS, tags=("webhooks",))
async def list_inbox_deliveries(call: Call[Services], query: InboxQuery) -> InboxDeliveryList:
    """Deliveries of that status, oldest first, each with its reason; by default those that are dead."""
    page = await call.services.inbound.inbox.page(call.merchant, query.status, query.page())
    return InboxDeliveryList(items=tuple(page.items), next=page.next)


@endpoint("POST", "/v1/inbox/{delivery}/replay", roles=_READERS, status=202, tags=("webhooks",))
async def replay_inbox_delivery(call: Call[Services]) -> InboxReplayQueued:
    """Apply a dead delivery again, for example when what it waited for exists now."""
    delivery = call.path["delivery"]
    if not delivery.isascii() or not delivery.isdecimal() or len(delivery) > 18:
        raise Problem("not_found")
    if not await call.services.inbound.inbox.replay(call.merchant, int(delivery)):
        raise Problem("not_found")
    return InboxReplayQueued(id=int(delivery))
