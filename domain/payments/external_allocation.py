"""The tenders and units that a refund made in the storefront has paid, of those that are not paid yet."""

from collections import Counter
from collections.abc import Iterator

from domain.model.quote import TenderShare
from domain.model.settlement import take_up_to
from domain.model.shipment import ExternalRefund, RefundedLine
from domain.model.state import JourneyState
from domain.payments.refundable import unrefunded_per_tender
from domain.units import Units, UnitsByLine, units_in


def allocate_tenders(state: JourneyState, refund: ExternalRefund) -> list[TenderShare]:
    """The refund's money per tender of the order: tenders of the same kind first, never more than is unrefunded."""
    left, moved = unrefunded_per_tender(state), Counter[str]()
    for part in refund.parts:
        same_kind_first = sorted(left, key=lambda share: share.kind != part.kind)
        for share in take_up_to(same_kind_first, part.amount):
            moved[share.tender_id] += share.amount.minor
        left = less(unrefunded_per_tender(state), list(_as_shares(state, moved)))
    return list(_as_shares(state, moved))


def less(shares: list[TenderShare], taken: list[TenderShare]) -> list[TenderShare]:
    """The shares less what is taken. Shares with nothing left are omitted."""
    gone = Counter({share.tender_id: share.amount.minor for share in taken})
    rest = [share.of(share.amount.minor - gone[share.tender_id]) for share in shares]
    return [share for share in rest if share.amount]


def _as_shares(state: JourneyState, minors: Counter[str]) -> Iterator[TenderShare]:
    for share in unrefunded_per_tender(state):
        if minors[share.tender_id]:
            yield share.of(minors[share.tender_id])


def allocate_units(state: JourneyState, refund: ExternalRefund) -> UnitsByLine:
    """The units that the refund paid, of those that are not paid yet. The refund names lines and quantities only.

    Units that the refund removed from the order: first those that have not shipped.
    Other units: first those on a return, then those that shipped.
    """
    paid = _paid_units(state)
    returning = units_in(case.units for case in state.returns if case.live)
    packed = units_in(parcel.units for parcel in state.parcels if not parcel.void)
    allocated: UnitsByLine = {}
    for line in refund.lines:

        def rank(unit: int, line: RefundedLine = line) -> tuple[bool, bool]:
            unpacked = (line.line_id, unit) not in packed
            return (
                (not unpacked, False) if line.removed else ((line.line_id, unit) not in returning, unpacked)
            )

        unpaid = _units_outside(state, line.line_id, paid | units_in([allocated]))
        if chosen := sorted(unpaid, key=rank)[: line.quantity]:
            allocated.setdefault(line.line_id, []).extend(chosen)
    return allocated


def _paid_units(state: JourneyState) -> Units:
    """Units in a settlement. A return whose credit is taken back does not count."""
    reversed_ = {s.return_id for s in state.settlements if s.purpose == "reversal"}
    return units_in(s.units for s in state.settlements if s.return_id is None or s.return_id not in reversed_)


def _units_outside(state: JourneyState, line_id: str, taken: Units) -> list[int]:
    """The line's units that are not taken; none for a line that the order does not have."""
    line = state.order.line(line_id)
    return [unit for unit in range(line.quantity if line else 0) if (line_id, unit) not in taken]
