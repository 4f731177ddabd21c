"""The one entry to the promise calendar: what a merchant's published policy promises for an order that is being placed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendars import OffDays, RouteOffDays
from domain.model.order import Destination
from domain.model.promise import Promise, default_promise
from domain.orders.promise_calendar import NoPromiseReason, off_days, promise_for
from ports.calendars import Calendars
from store.merchants.merchants import Merchants
from store.orders.orders import PromiseBasis

_ZONE_MARGIN = timedelta(days=2)  # zones
_HORIZON = timedelta(days=400)  # the longest service there can be


@dataclass(frozen=True)
class CalculatedPromise:
    """The promise, and what it rests on: to be stored with the order by `Orders.place`."""

    promise: Promise
    basis: PromiseBasis


class PromiseCalculator:
    """Policies and calendars together. Whoever places orders asks `of` once, and what it says is kept with the order."""

    def __init__(self, merchants: Merchants, calendars: Calendars) -> None:
        self._merchants, self._calendars = merchants, calendars

    async def calculate(
        self,
        merchant: str,
        service: str | None,
        placed_at: datetime,
        destination: Destination,
        given: Promise | None = None,
    ) -> CalculatedPromise | NoPromiseReason:
        """The promise for that service, or for the merchant's default one; `given`: the shop's own, which holds instead.

        Raises LookupError for an unknown merchant.
        """
        known = await self._merchants.policy(merchant)
        if known is None:
            raise LookupError(f"no merchant {merchant}")
        version, policy = known
        there = await self._closed(destination.country, destination.region, placed_at)
        off = off_days(policy, service, placed_at, destination, there)
        if given is not None:
            return CalculatedPromise(given, PromiseBasis(version, off))
        here = OffDays()
        if policy.delivery is not None:
            warehouse = policy.delivery.warehouse
            here = await self._closed(warehouse.country, warehouse.region, placed_at)
        both = RouteOffDays(origin=here, destination=there)
        promise = promise_for(policy, service, placed_at, destination, both)
        return (
            CalculatedPromise(promise, PromiseBasis(version, off))
            if isinstance(promise, Promise)
            else promise
        )

    async def calculate_for_storefront(
        self, merchant: str, placed_at: datetime, destination: Destination
    ) -> CalculatedPromise:
        """Where a storefront gives no promise and the policy has no calendar: the policy's `delivery_days` after placing."""
        known = await self._merchants.policy(merchant)
        if known is None:
            raise LookupError(f"no merchant {merchant}")
        version, policy = known
        there = await self._closed(destination.country, destination.region, placed_at)
        off = off_days(policy, None, placed_at, destination, there)
        promise = default_promise(placed_at, destination.zone, policy.delivery_days)
        return CalculatedPromise(promise, PromiseBasis(version, off))

    async def _closed(self, country: str, region: str, placed_at: datetime) -> OffDays:
        first, last = placed_at.date() - _ZONE_MARGIN, placed_at.date() + _HORIZON
        return await self._calendars.closed(country, region, first, min(last, date(2100, 12, 31)))
