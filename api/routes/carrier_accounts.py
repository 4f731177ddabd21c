"""Accounts by which carriers are asked for a merchant: set by the platform's admin, their keys never shown again."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.context import Services
from api.endpoint import Call, endpoint
from api.problems import Problem
from domain.actors import Role
from domain.base import Frozen
from domain.tracking.polling import TrackerSource
from ports.trackers import CarrierAccount
from services.merchants.carrier_accounts import CarrierAccountView

_PATH = "/v1/merchants/{merchant}/carrier-account"


class CarrierAccountRequest(Frozen):
    """By what we are to ask. `key`: the source's API key. `base`: an address other than the source's own, without a path.

    `per_minute`: calls that all workers together make in a minute of the merchant's time.
    """

    source: TrackerSource
    key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", max_length=500)]
    base: Annotated[str, StringConstraints(pattern=r"^(https?://[^/\s?#]+)?$", max_length=500)] = ""
    per_minute: Annotated[int, Field(ge=1, le=100_000)] = 300


class CarrierAccountDeleted(Frozen):
    """Whether there was an account."""

    removed: bool


@endpoint("PUT", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def put_carrier_account(call: Call[Services], body: CarrierAccountRequest) -> CarrierAccountView:
    """Have parcels under way looked up at their carriers, besides what webhooks tell; an account before is replaced.

    Orders that come from now on are watched. For those that are open already, `smot reconcile` looks.
    """
    account = CarrierAccount(source=body.source, base=body.base, key=body.key)
    view = await call.services.merchants.carrier_accounts.put(call.path["merchant"], account, body.per_minute)
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("GET", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def get_carrier_account(call: Call[Services]) -> CarrierAccountView:
    """By what we ask for the merchant, and whether its key is refused."""
    view = await call.services.merchants.carrier_accounts.find(call.path["merchant"])
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("DELETE", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def delete_carrier_account(call: Call[Services]) -> CarrierAccountDeleted:
    """Ask no more for that merchant; its journeys notice at their next look."""
    removed = await call.services.merchants.carrier_accounts.remove(call.path["merchant"])
    return CarrierAccountDeleted(removed=removed)
