"""I12: no unit is paid by default without a scan or a person.

A parcel that never arrived is refunded when its carrier had it, or because a person decided. A label, the shop's word, or silence
about a parcel that cannot be followed move no money.
"""

from collections.abc import Iterator

from domain import payment_keys
from domain.actors import Role
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant

_NO_SIGN_OF_A_PARCEL = {
    ParcelStatus.PRE_TRANSIT,
    ParcelStatus.UNKNOWN,
    ParcelStatus.CANCELLED,
    ParcelStatus.EXPIRED,
}


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """Every settlement for units that never arrived, with the parcel that they were in."""
    if records.state is None:
        return
    for settlement in records.state.settlements:
        parcel = _parcel_of(records.state, settlement)
        if parcel is not None and settlement.legs:
            yield from _decided(parcel, settlement)
            yield from _parcel_lines(records.state, settlement)


def _parcel_of(state: JourneyState, settlement: Settlement) -> Parcel | None:
    for parcel in state.parcels:
        occasion = payment_keys.occasion_of_undelivered(state.order.order, parcel.parcel_id)
        if payment_keys.is_part_of(settlement.occasion, occasion):
            return parcel
    return None


def _decided(parcel: Parcel, settlement: Settlement) -> Iterator[BrokenInvariant]:
    """The carrier's own scans, read here and not by the rule that planned the payment; or the role that decided."""
    scanned = any(
        scan.reported_by == "carrier" and scan.status not in _NO_SIGN_OF_A_PARCEL for scan in parcel.scans
    )
    if not scanned and parcel.lost_by in (None, Role.SYSTEM):
        message = (
            f"settlement {settlement.occasion} pays by default for parcel {parcel.parcel_id}, "
            "which its carrier never scanned"
        )
        yield BrokenInvariant(invariant="I12", subject=settlement.occasion, message=message)


def _parcel_lines(state: JourneyState, settlement: Settlement) -> Iterator[BrokenInvariant]:
    """Digital goods travel in no parcel, so none of them can be lost."""
    digital = {line.line_id for line in state.order.lines if line.fulfilment == "digital"}
    for line in sorted(digital & set(settlement.units)):
        message = f"settlement {settlement.occasion} pays for line {line}, which is digital, as lost"
        yield BrokenInvariant(invariant="I12", subject=settlement.occasion, message=message)
