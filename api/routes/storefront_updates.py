"""Routes: what storefronts were told of orders, or refuse; and another attempt."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from api.schemas.replays import ReplayQueued, ReplayReason, number_in_path
from domain.actors import STAFF
from domain.base import Frozen
from services.replays.replayer import Replayer
from services.replays.storefront_updates import QueuedStorefrontUpdate, Status

_TAGS = ("webhooks",)


class StorefrontUpdateQuery(PageQuery):
    """Only updates of that status."""

    status: Status = "dead"
    """Only updates of that status."""


class StorefrontUpdateList(Frozen):
    """A page of updates, oldest first."""

    items: tuple[QueuedStorefrontUpdate, ...]
    """The updates of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


@endpoint("GET", "/v1/storefront-updates", roles=STAFF, tags=_TAGS)
async def list_storefront_updates(call: Call[Services], query: StorefrontUpdateQuery) -> StorefrontUpdateList:
    """Updates of that status, oldest first, each with its reason; by default those that the storefront refuses."""
    page = await call.services.orders.storefront_updates.page(call.merchant, query.status, query.page())
    return StorefrontUpdateList(items=tuple(page.items), next=page.next)


@endpoint("POST", "/v1/storefront-updates/{update}/replay", roles=STAFF, status=202, tags=_TAGS)
async def replay_storefront_update(call: Call[Services], body: ReplayReason) -> ReplayQueued:
    """Send an update again that the storefront refused, for example once its staff have made room for it there.

    What the storefront shows already is looked up first, so it is made once. Key and reason are in the audit.
    """
    merchant, update = call.merchant, number_in_path(call, "update")
    by = Replayer(call.caller.actor, body.reason)
    if not await call.services.orders.storefront_updates.replay_one(merchant, update, by):
        raise Problem("not_found")
    return ReplayQueued(id=update)
