"""Routes: browsers that take push messages for a customer, as the page `/o/…/device` registers and removes them."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.request_context import order_of
from domain.actors import Role
from domain.base import Frozen
from services.notifications.push_devices import DeviceRejected, PushOffer
from services.order_reader import FoundOrder

_ROLES = {Role.CUSTOMER, Role.STOREFRONT}
_TAGS = ("customers",)
_PATH = "/v1/orders/{order}/devices"


class NewDevice(Frozen):
    """A browser, as its `PushSubscription` describes it."""

    endpoint: Annotated[str, Field(max_length=1000)]
    """Where its push service takes messages."""
    p256dh: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{87}=?$")]
    """Its public key, in base64url."""
    auth: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}(==)?$")]
    """Its secret, in base64url."""


@endpoint("GET", _PATH, roles=_ROLES, tags=_TAGS)
async def get_push_offer(call: Call[Services]) -> PushOffer:
    """The key with which a browser registers for push messages, and how many are registered for the order's customer.

    Not found where the shop sends none before e-mail, or the customer is erased.
    """
    return await _offer(call, await order_of(call))


@endpoint("POST", _PATH, roles=_ROLES, tags=_TAGS, problems=("url_refused",), limit=4096)
async def register_device(call: Call[Services], body: NewDevice) -> PushOffer:
    """Send to that browser from now on: its customer agrees to it. The same one again changes nothing.

    A customer has ten at most: a further one takes the place of the oldest.
    """
    order = await order_of(call)
    await _offer(call, order)
    try:
        await call.services.customers.push.register(order, body.model_dump(), call.caller.actor)
    except DeviceRejected as rejected:
        raise Problem("url_refused", reason=rejected.reason) from None
    return await _offer(call, order)


@endpoint("DELETE", _PATH, roles=_ROLES, tags=_TAGS)
async def end_devices(call: Call[Services]) -> PushOffer:
    """Send to no browser of the customer any more: their consent ends. Again changes nothing."""
    order = await order_of(call)
    await call.services.customers.push.end(order, call.caller.actor)
    return await _offer(call, order)


async def _offer(call: Call[Services], order: FoundOrder) -> PushOffer:
    offer = await call.services.customers.push.offer(order)
    if offer is None:
        raise Problem("not_found")
    return offer
