"""Routes: deliveries of carriers, storefronts and channels that could not be applied, with the reason; and another try."""

from typing import Annotated, Literal

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from api.schemas.replays import ManyReplayed, ReplayQueued, ReplayReason, ReplaySelection, number_in_path
from domain.actors import STAFF, Role
from domain.base import Frozen
from services.replays.deliveries import InboxDelivery, InboxFilter, Status
from services.replays.replayer import Replayer

_READERS = {Role.STOREFRONT} | STAFF
Source = Annotated[str | None, Field(max_length=64)]


class InboxQuery(PageQuery):
    """Only deliveries of that source: `shopify`, `easypost`, `aftership`, `generic`, `channel/sms`, …"""

    status: Status = "dead"
    """Only deliveries of that status."""
    source: Source = None
    """Only deliveries of that source: `shopify`, `easypost`, `aftership`, `generic`, `channel/sms`, …"""


class InboxDeliveryList(Frozen):
    """A page of deliveries, newest first."""

    items: tuple[InboxDelivery, ...]
    """The deliveries of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class InboxReplayRequest(ReplaySelection):
    """Which deliveries to apply again, and why."""

    status: Literal["dead", "partly", "ignored"] = "dead"
    """Only deliveries of that status."""
    source: Source = None
    """Only deliveries of that source."""


@endpoint("GET", "/v1/inbox", roles=_READERS, tags=("webhooks",))
async def list_inbox_deliveries(call: Call[Services], query: InboxQuery) -> InboxDeliveryList:
    """Deliveries of that status, oldest first, each with its reason; by default those that are dead.

    `partly`: what could be read of it was applied. `ignored`: it changes nothing; the body of a topic that is not followed is
    not kept.
    """
    wanted = InboxFilter(status=query.status, source=query.source)
    page = await call.services.inbound.replays.page(call.merchant, wanted, query.page())
    return InboxDeliveryList(items=tuple(page.items), next=page.next)


@endpoint("POST", "/v1/inbox/{delivery}/replay", roles=_READERS, status=202, tags=("webhooks",))
async def replay_inbox_delivery(call: Call[Services], body: ReplayReason) -> ReplayQueued:
    """Apply a delivery again that is dead, partly applied or ignored, for example when what it waited for exists now.

    Applying it twice has the effect of once. Its body is kept as long as `GET /v1/retention` says: 90 days unless the
    merchant's policy says otherwise, an ignored one 60. The key and the reason are in the audit.
    """
    merchant, delivery = call.merchant, number_in_path(call, "delivery")
    by = Replayer(call.caller.actor, body.reason)
    if not await call.services.inbound.replays.replay_one(merchant, delivery, by):
        raise Problem("not_found")
    return ReplayQueued(id=delivery)


@endpoint("POST", "/v1/inbox/replay", roles=_READERS, status=202, tags=("webhooks",))
async def replay_inbox(call: Call[Services], body: InboxReplayRequest) -> ManyReplayed:
    """Apply many deliveries again, at most 1,000 in one request, the oldest first. With `dry_run` they are only counted."""
    wanted = InboxFilter(body.status, body.source, body.problem, body.since, body.until)
    replays = call.services.inbound.replays
    if body.dry_run:
        return ManyReplayed(queued=0, more=await replays.count(call.merchant, wanted))
    result = await replays.replay(call.merchant, wanted, Replayer(call.caller.actor, body.reason))
    return ManyReplayed(queued=result.queued, more=result.more)
