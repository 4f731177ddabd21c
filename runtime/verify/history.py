"""I10: history follows the events' own time, final states stay, and what is listed is what the facts fold to."""

from collections.abc import Iterator

from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.payments import refund_plan
from domain.returns import views
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant

_FINAL = {  # a final status, and what may still correct it
    ParcelStatus.DELIVERED: {ParcelStatus.DELIVERED, ParcelStatus.RETURN_TO_SENDER},
    ParcelStatus.RETURN_TO_SENDER: {ParcelStatus.RETURN_TO_SENDER},
    ParcelStatus.CANCELLED: {ParcelStatus.CANCELLED},
}


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    if records.state is None:
        return
    state = records.state
    for parcel in state.parcels:
        yield from _parcel(records, parcel)
    if (records.row.stage, records.row.delivered) != (state.stage, state.delivered):
        listed = f"{records.row.stage} (parcels delivered: {records.row.delivered})"
        folded = f"{state.stage} (parcels delivered: {state.delivered})"
        yield _broken(records.id, f"order {records.id} is listed as {listed}, its history says {folded}")
    for row in records.returns:
        case = state.case(row.id)
        if case is None:
            yield _broken(row.id, f"return {row.id} is listed but not in the history of order {records.id}")
        else:
            listed = f"{row.status}, {row.goods}, {row.money}"
            folded = f"{views.status_of(state, case)}, {case.goods}, {refund_plan.money_status(state, case)}"
            if listed != folded:
                yield _broken(row.id, f"return {row.id} is listed as {listed}, its history says {folded}")


def _parcel(records: OrderRecords, parcel: Parcel) -> Iterator[BrokenInvariant]:
    """Each event once; and an independent look: the first final event in event time decides, corrections apart."""
    name = f"parcel {parcel.parcel_id} of order {records.id}"
    events = {scan.key for scan in parcel.scans}
    if len(events) < len(parcel.scans):
        yield _broken(parcel.parcel_id, f"{name} holds the same event twice")
    final = sorted((scan for scan in parcel.scans if scan.status in _FINAL), key=lambda scan: scan.at)
    if final and parcel.declared_at is None:
        first = min(scan.status for scan in final if scan.at == final[0].at)
        allowed = {status for scan in final if scan.at == final[0].at for status in _FINAL[scan.status]}
        if parcel.tracking.status not in allowed:
            yield _broken(parcel.parcel_id, f"{name} was {first} and is {parcel.tracking.status}")


def _broken(subject: str, says: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I10", subject=subject, message=says)
