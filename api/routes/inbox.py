"""What was delivered to the merchant and could not be taken in: listed with its reason, and tried again."""

from typing import Literal

from api.context import Services
from api.endpoint import Call, endpoint
from api.problems import Problem
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
    """Deliveries of that status, oldest first: those that are dead, if nothing is said, each with why."""
    page = await call.services.inbound.inbox.page(call.merchant, query.status, query.page())
    return InboxDeliveryList(items=tuple(page.items), next=page.next)


@endpoint("POST", "/v1/inbox/{delivery}/replay", roles=_READERS, status=202, tags=("webhooks",))
async def replay_inbox_delivery(call: Call[Services]) -> InboxReplayQueued:
    """Try a dead delivery once more, as when what it waited for is there by now."""
    named = call.path["delivery"]
    if not named.isascii() or not named.isdecimal() or len(named) > 18:
        raise Problem("not_found")
    if not await call.services.inbound.inbox.replay(call.merchant, int(named)):
        raise Problem("not_found")
    return InboxReplayQueued(id=int(named))
