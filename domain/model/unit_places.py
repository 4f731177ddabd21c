"""Where the units of an order are: packed in parcels, waiting to be shipped or collected, or with the customer."""

from datetime import datetime, timedelta

from domain.clock import end_of_day, local_day
from domain.model.delay import UNSHIPPED, unshipped_until
from domain.model.order import Fulfilment
from domain.model.parcel import Parcel
from domain.model.payment import MOVED_OUTSIDE
from domain.model.unit_accounts import UnitAccounts
from domain.units import Units, UnitsByLine, units_in, without

Arrivals = dict[str, dict[int, datetime]]
"""When each unit arrived, per line."""


class UnitPlaces(UnitAccounts):
    """Derived from lines, parcels, handovers and refunds each time, so that no count can contradict them."""

    def units_of(self, *fulfilments: Fulfilment) -> UnitsByLine:
        """All units of the lines with these kinds of fulfilment."""
        lines = (line for line in self.order.lines if line.fulfilment in fulfilments)
        return {line.line_id: list(range(line.quantity)) for line in lines}

    def unpacked(self) -> UnitsByLine:
        """Units of shipped goods that are in no active parcel, per line, those that are waited for first.

        Units from voided labels and from lost parcels being resent count as unpacked again. Units that were cancelled here do
        not.
        """
        again = units_in(parcel.units for parcel in self.parcels if parcel.resent)
        gone = self._packed() | self._cancelled() | (again & self.unavailable_units() if again else again)
        left = self._left_the_order()
        return {
            line: sorted(units, key=lambda unit: (line, unit) in left)
            for line, units in without(self.units_of("ship", "later"), gone).items()
        }

    def unshipped(self) -> UnitsByLine:
        """Units that the customer waits for and that are in no active parcel.

        A unit that left the order in the storefront before it shipped is not waited for. It may be packed all the same.
        """
        return without(self.unpacked(), self._left_the_order())

    def unshipped_by_subject(self) -> dict[str, UnitsByLine]:
        """The unshipped units by the subject of their delay: one for the order's promise, one for each later day.

        Units that ship later on a day that is not known yet are left out: no promise about them can break.
        """
        subjects: dict[str, UnitsByLine] = {}
        for line_id, units in self.unshipped().items():
            line = self.order.line(line_id)
            if line is None or line.fulfilment == "ship":
                subjects.setdefault(UNSHIPPED, {})[line_id] = units
            elif line.expected_on is not None:
                subjects.setdefault(unshipped_until(line.expected_on), {})[line_id] = units
        return subjects

    def uncollected(self) -> UnitsByLine:
        """Units to be collected in the shop that are neither collected nor packed nor refunded."""
        if not (pickup := self.units_of("pickup")):
            return {}
        collected = units_in(one.units for one in self.handovers if one.handed_over_at)
        gone = self._packed() | self._cancelled() | self._left_the_order() | collected
        return without(pickup, gone)

    def cancellable_units(self) -> UnitsByLine:
        """Units that have not left the shop and are on no return (a label may be voided after its goods came back)."""
        return without({**self.unshipped(), **self.uncollected()}, self.unavailable_units())

    def _packed(self) -> Units:
        """Units in parcels, and those in several labels of which it is not known which holds which."""
        packed = (parcel.units for parcel in self.parcels if not (parcel.void or parcel.resent))
        return units_in([*packed, *self.shared_units.values()])

    def _cancelled(self) -> Units:
        return self.refunded_without_return() if self.rest_cancelled_at is not None else frozenset()

    def _left_the_order(self) -> Units:
        """Units that the storefront refunded or took out of the order."""
        return units_in([self.removed_units]) | self.externally_refunded_units()

    def arrivals(self) -> Arrivals:
        """When each unit arrived, as far as it is known or assumed.

        Digital goods are there from the start, unless the storefront reports their delivery later.
        """
        arrived: Arrivals = {}
        for line in (line for line in self.order.lines if line.fulfilment == "digital"):
            arrived[line.line_id] = dict.fromkeys(range(line.quantity), self.order.placed_at)
        for handover in self.handovers:
            if handover.handed_over_at is not None:
                _add(arrived, handover.units, handover.handed_over_at)
        for parcel in self.parcels:
            if (at := parcel.delivered_at or parcel.assumed_arrival) is not None:
                _add(arrived, parcel.units, at)
        for fulfilment, units in self.shared_units.items():
            if times := self._shared_arrivals(fulfilment):
                _add(arrived, units, max(times))
        return arrived

    def arrival_times(self) -> set[datetime]:
        """The times in `arrivals`, and those of parcels whose contents are not known."""
        times = [parcel.delivered_at or parcel.assumed_arrival for parcel in self.parcels]
        times += [handover.handed_over_at for handover in self.handovers]
        times += [self.order.placed_at for line in self.order.lines if line.fulfilment == "digital"]
        return {at for at in times if at is not None}

    def _shared_arrivals(self, fulfilment: str) -> list[datetime]:
        """When labels of the fulfilment arrived that share their contents: goods that come back were in one of these."""
        labels = (
            parcel for parcel in self.parcels if parcel.fulfilment == fulfilment and parcel.contents_shared
        )
        return [at for label in labels if (at := label.delivered_at or label.assumed_arrival)]

    def contents_unknown(self, parcel: Parcel) -> bool:
        """Whether the parcel holds some of the units of its fulfilment, and it is not known which."""
        return parcel.contents_shared and bool(self.shared_units.get(parcel.fulfilment))

    def possible_units(self, parcel: Parcel) -> UnitsByLine:
        """The units in the parcel, or where its contents are not known, those that may be in it."""
        return self.shared_units[parcel.fulfilment] if self.contents_unknown(parcel) else parcel.units

    def window_end(self, counted_from: datetime, days: int | None = None) -> datetime:
        """The first instant after so many days, and after those that agents added; without `days`, the policy's window."""
        days = (self.terms.policy.window if days is None else days) + self.window_extension
        return end_of_day(local_day(counted_from, self.zone) + timedelta(days=days), self.zone)

    def handed_over(self) -> bool:
        """Whether the customer has goods that no parcel brought: collected, or digital."""
        return bool(self.units_of("digital")) or any(one.handed_over_at for one in self.handovers)

    def contents_cancelled(self, parcel: Parcel) -> bool:
        """Whether the parcel should not travel: its units were refunded, and not because the parcel was lost."""
        ours = units_in(
            s.units for s in self.settlements if s.return_id is None and s.purpose not in MOVED_OUTSIDE
        )
        return parcel.lost_at is None and not ours.isdisjoint(units_in([self.possible_units(parcel)]))


def _add(arrived: Arrivals, units: UnitsByLine, at: datetime) -> None:
    for line, indexes in units.items():
        arrived.setdefault(line, {}).update(dict.fromkeys(indexes, at))
