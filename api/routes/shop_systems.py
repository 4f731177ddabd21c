"""Routes: a merchant's own stock and fulfilment systems, which exchanges need."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from domain.actors import Role
from domain.base import Frozen
from services.merchants.shop_systems import ShopSystemService, ShopSystemTest, ShopSystemView

_PATH = "/v1/shop-system"
_ROLES = {Role.STOREFRONT, Role.ADMIN}  # the merchant's own systems
_TAGS = ("exchanges",)


class ShopSystemRequest(Frozen):
    """Where your stock and fulfilment systems are called."""

    url: Annotated[str, Field(min_length=1, max_length=1900)]
    """An `https` address of the public internet; each call is a path below it."""


class ShopSystemSet(ShopSystemView):
    """The system, with the secret in clear: shown now and never again."""

    secret: str
    """The secret that signs each call (`whsec_…`)."""


@endpoint("PUT", _PATH, roles=_ROLES, tags=_TAGS, problems=("url_refused", "not_found"))
async def put_shop_system(call: Call[Services], body: ShopSystemRequest) -> ShopSystemSet:
    """Have your stock and fulfilment systems called at a URL of yours, signed as Standard Webhooks 1.0.0 says.

    From now on exchanges can be offered (`resolutions` of the policy). The secret is new each time and shown once.
    """
    reason = await _systems(call).rejection_reason(body.url)
    if reason is not None:
        raise Problem("url_refused", f"The URL is refused: {reason}.")
    found = await _systems(call).put(call.merchant, body.url, call.caller.actor)
    if found is None:
        raise Problem("not_found")
    view, secret = found
    return ShopSystemSet(secret=secret, **view.model_dump())


@endpoint("GET", _PATH, roles=_ROLES, tags=_TAGS, problems=("not_found",))
async def get_shop_system(call: Call[Services]) -> ShopSystemView:
    """Where your systems are called."""
    view = await _systems(call).find(call.merchant)
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("DELETE", _PATH, roles=_ROLES, status=204, tags=_TAGS, problems=("not_found",))
async def delete_shop_system(call: Call[Services]) -> None:
    """Have no systems called any more: exchanges are not offered, and those that wait for a call fall back."""
    if not await _systems(call).remove(call.merchant, call.caller.actor):
        raise Problem("not_found")


@endpoint("POST", _PATH + "/test", roles=_ROLES, tags=_TAGS, problems=("not_found",))
async def check_shop_system(call: Call[Services]) -> ShopSystemTest:
    """Call your stock system for no article, and see whether it answers as described. Nothing is kept there."""
    tested = await _systems(call).test(call.merchant)
    if tested is None:
        raise Problem("not_found")
    return tested


def _systems(call: Call[Services]) -> ShopSystemService:
    return call.services.merchants.shop_systems
