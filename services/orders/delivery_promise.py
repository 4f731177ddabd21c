"""The delivery promise of an order that is being placed, by the merchant's policy and the calendars of holidays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendars import OffDays, RouteOffDays
from domain.model.order import Destination
from domain.model.promise import Promise, default_promise
from domain.orders.promise_calendar import NoPromiseReason, off_days, promise_for
from ports.calendars import Calendars
from store.merchants.policies import Policies
from store.orders.orders import PromiseBasis

_ZONE_MARGIN = timedelta(days=2)  # before the day of placing, which is another day in other zones
_HORIZON = timedelta(days=400)  # longer than any service takes


@dataclass(frozen=True)
class CalculatedPromise:
    """The promise, and what it was calculated from: both are stored with the order."""

    promise: Promise
    basis: PromiseBasis


class PromiseCalculator:
    """Calculates promises, once per order: the result is stored and stays, whatever becomes of the policy."""

    def __init__(self, policies: Policies, calendars: Calendars) -> None:
        self._policies, self._calendars = policies, calendars

    async def calculate(
        self,
        merchant: str,
        service: str | None,
        placed_at: datetime,
        destination: Destination,
        given: Promise | None = None,
    ) -> CalculatedPromise | NoPromiseReason:
        """The promise for that service, or for the merchant's default one; or why none can be made.

        `given`: the shop's own promise, which holds instead. Raises LookupError for an unknown merchant.
        """
        in_force = await self._policies.in_force(merchant)
        version, policy = in_force.version, in_force.policy
        at_destination = await self._off_days(destination.country, destination.region, placed_at)
        basis = PromiseBasis(version, off_days(policy, service, placed_at, destination, at_destination))
        if given is not None:
            return CalculatedPromise(given, basis)
        at_origin = OffDays()
        if policy.delivery is not None:
            warehouse = policy.delivery.warehouse
            at_origin = await self._off_days(warehouse.country, warehouse.region, placed_at)
        route = RouteOffDays(origin=at_origin, destination=at_destination)
        promise = promise_for(policy, service, placed_at, destination, route)
        return CalculatedPromise(promise, basis) if isinstance(promise, Promise) else promise

    async def calculate_for_storefront(
        self, merchant: str, placed_at: datetime, destination: Destination
    ) -> CalculatedPromise:
        """The promise where the storefront gives none and the policy has no calendar: `delivery_days` after placing.

        Raises LookupError for an unknown merchant.
        """
        in_force = await self._policies.in_force(merchant)
        version, policy = in_force.version, in_force.policy
        at_destination = await self._off_days(destination.country, destination.region, placed_at)
        basis = PromiseBasis(version, off_days(policy, None, placed_at, destination, at_destination))
        promise = default_promise(placed_at, destination.zone, policy.delivery_days)
        return CalculatedPromise(promise, basis)

    async def _off_days(self, country: str, region: str, placed_at: datetime) -> OffDays:
        first, last = placed_at.date() - _ZONE_MARGIN, placed_at.date() + _HORIZON
        return await self._calendars.closed(country, region, first, min(last, date(2100, 12, 31)))
