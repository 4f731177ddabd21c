"""Which units of an order are refunded, owed a refund, or free to be returned."""

from domain.model.journey_data import JourneyData
from domain.model.parcel import Parcel
from domain.model.payment import MOVED_OUTSIDE
from domain.model.return_case import ReturnCase
from domain.model.scan import ParcelStatus
from domain.units import Units, UnitsByLine, units_in, without


class UnitAccounts(JourneyData):
    """Derived from returns and settlements each time, so that no count can contradict them."""

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
        """Units that were refunded in the storefront or by a bank, whatever becomes of a return they may be on."""
        return units_in(s.units for s in self.settlements if s.purpose in MOVED_OUTSIDE)

    def unread_refunds(self) -> list[str]:
        """Refunds made in the storefront of an unknown amount that name no units: any unit may be paid by them."""
        return [one.refund for one in self.external_refunds if one.amount_unknown and not one.units]

    def unrefunded_units(self, parcel: Parcel) -> UnitsByLine:
        """Units of a lost parcel that have no refund and will get none: in no settlement and on no live return."""
        if parcel.lost_at is None or parcel.resent:
            return {}
        return without(parcel.units, self.unavailable_units() | units_in(s.units for s in self.settlements))

    def payable_units(self, case: ReturnCase) -> UnitsByLine:
        """Units of the return that have earned their money and are in no settlement yet; none while it is held.

        Units that arrived in another condition than good earn nothing by themselves.
        """
        if case.decision != "authorized" or case.held_until is not None:
            return {}
        settled = (s.units for s in self.settlements_of(case.return_id))
        return without(case.earned, units_in([case.disputed, *settled]))

    def undeliverable(self, parcel: Parcel) -> bool:
        """Whether the parcel goes back to the sender, is not refunded yet, and a person may still say what to do."""
        ended = parcel.lost_at is not None or parcel.unfollowed_at is not None
        return parcel.tracking.status is ParcelStatus.RETURN_TO_SENDER and not ended
