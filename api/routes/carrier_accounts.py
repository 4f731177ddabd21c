"""Routes: a merchant's account at a tracking service, set by the platform's admin; its key is never shown again."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.merchant_path import merchant_in_path, require_platform
from domain.actors import Role
from domain.base import Frozen
from domain.tracking.polling import TrackerSource
from ports.trackers import CarrierAccount
from services.merchants.carrier_accounts import CarrierAccountView

_PATH = "/v1/merchants/{merchant}/carrier-account"


class CarrierAccountRequest(Frozen):
    """The account to poll a carrier source with."""

    source: TrackerSource
    """The service that is polled."""
    key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", max_length=500)]
    """The source's API key; sealed, and never shown again."""
    base: Annotated[str, StringConstraints(pattern=r"^(https?://[^/\s?#]+)?$", max_length=500)] = ""
    """An address other than the source's own, without a path; empty for the source's own."""
    per_minute: Annotated[int, Field(ge=1, le=100_000)] = 300
    """Calls that all workers together make in a minute of the merchant's time."""


class CarrierAccountDeleted(Frozen):
    """What became of the account."""

    removed: bool
    """Whether there was an account."""


@endpoint("PUT", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def put_carrier_account(call: Call[Services], body: CarrierAccountRequest) -> CarrierAccountView:
    """Have parcels under way polled at their carriers, besides webhooks. An account from before is replaced.

    Parcels of orders placed from now on are polled. For orders that are open already, run `smot reconcile parcels`.
    """
    require_platform(call)  # its `base` may be an address of the platform's own network
    account = CarrierAccount(source=body.source, base=body.base, key=body.key)
    view = await call.services.merchants.carrier_accounts.put(
        merchant_in_path(call), account, body.per_minute
    )
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("GET", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def get_carrier_account(call: Call[Services]) -> CarrierAccountView:
    """The account that the merchant's parcels are polled with, and whether its key is refused."""
    view = await call.services.merchants.carrier_accounts.find(merchant_in_path(call))
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("DELETE", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def delete_carrier_account(call: Call[Services]) -> CarrierAccountDeleted:
    """Stop polling for that merchant. Its journeys notice at their next poll."""
    removed = await call.services.merchants.carrier_accounts.remove(merchant_in_path(call))
    return CarrierAccountDeleted(removed=removed)
