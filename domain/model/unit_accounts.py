"""Which units of an order are shipped, delivered, refunded or free to be returned."""

from datetime import datetime, timedelta

from domain.clock import end_of_day, local_day
from domain.model.journey_data import JourneyData
from domain.model.parcel import Parcel
from domain.model.return_case import ReturnCase
from domain.model.scan import ParcelStatus
from domain.units import Units, UnitsByLine, units_in, without


class UnitAccounts(JourneyData):
    """Derived from parcels, returns and settlements each time, so that no count can contradict them."""

    def unshipped(self) -> UnitsByLine:
        """Units not in any active parcel, per line.

        Units from voided labels and from lost parcels being resent count as unshipped again. Units that were cancelled,
        or taken out of the order, do not.
        """
        packed = (parcel.units for parcel in self.parcels if not (parcel.void or parcel.resent))
        again = units_in(parcel.units for parcel in self.parcels if parcel.resent)
        gone = units_in([self.removed_units, *packed]) | (
            again & self.unavailable_units() if again else again
        )
        if self.rest_cancelled_at is not None:
            gone |= self.refunded_without_return()
        return without({line.line_id: list(range(line.quantity)) for line in self.order.lines}, gone)

    def cancellable_units(self) -> UnitsByLine:
        """Units that have not shipped and are on no return (a label may be voided after its goods came back)."""
        return without(self.unshipped(), self.unavailable_units())

    def delivered_units(self) -> dict[str, dict[int, datetime]]:
        """When each delivered unit arrived, per line."""
        arrived: dict[str, dict[int, datetime]] = {}
        for parcel in self.parcels:
            if (at := parcel.delivered_at) is not None:
                for line, units in parcel.units.items():
                    arrived.setdefault(line, {}).update(dict.fromkeys(units, at))
        return arrived

    def window_end(self, delivered_at: datetime) -> datetime:
        """The first instant at which a unit delivered then can no longer be returned."""
        days = self.terms.policy.window + self.window_extension
        return end_of_day(local_day(delivered_at, self.zone) + timedelta(days=days), self.zone)

    def unavailable_units(self) -> Units:
        """Units that cannot be returned: on a live return, paid and not taken back, or refunded for another reason."""
        claims = [case.units for case in self.returns if case.live or self._reversal_pending(case)]
        return units_in(claims) | self.refunded_without_return() | self.externally_refunded_units()

    def _reversal_pending(self, case: ReturnCase) -> bool:
        """Whether its store credit is being taken back. Until that has settled, its units are paid."""
        back = [s for s in self.settlements_of(case.return_id) if s.purpose == "reversal"]
        return any(leg.status != "settled" for settlement in back for leg in settlement.legs)

    def refunded_without_return(self) -> Units:
        """Units that were refunded because they were cancelled, or because their parcel was lost."""
        return units_in(s.units for s in self.settlements if s.return_id is None)

    def externally_refunded_units(self) -> Units:
        """Units that were refunded in the storefront, whatever becomes of a return they may be on."""
        return units_in(s.units for s in self.settlements if s.purpose == "external")

    def contents_cancelled(self, parcel: Parcel) -> bool:
        """Whether the parcel should not travel: its units were refunded, and not because the parcel was lost."""
        ours = units_in(s.units for s in self.settlements if s.return_id is None and s.purpose != "external")
        return parcel.lost_at is None and not ours.isdisjoint(units_in([parcel.units]))

    def unrefunded_units(self, parcel: Parcel) -> UnitsByLine:
        """Units of a lost parcel that have no refund and will get none: in no settlement and on no live return."""
        if parcel.lost_at is None or parcel.resent:
            return {}
        return without(parcel.units, self.unavailable_units() | units_in(s.units for s in self.settlements))

    def payable_units(self, case: ReturnCase) -> UnitsByLine:
        """Units of the return that have earned their money and are in no settlement yet; none while it is held.

        Goods that were written off earn it only where they were handed over at a drop-off point: a missing unit of goods
        sent by mail is paid when it arrives (S-63). Units that arrived in another condition than good earn nothing by
        themselves.
        """
        if case.decision != "authorized" or case.held_until is not None:
            return {}
        early = self.terms.policy.pay_on == "drop_off" or case.written_off_at is not None
        earned = case.units if case.dropped_off and early else case.received
        settled = (s.units for s in self.settlements_of(case.return_id))
        return without(earned, units_in([case.disputed, *settled]))

    def undeliverable(self, parcel: Parcel) -> bool:
        """Whether the parcel goes back to the sender and is not refunded yet."""
        return parcel.tracking.status is ParcelStatus.RETURN_TO_SENDER and parcel.lost_at is None
