"""I10: history follows the events' own time, final statuses stay, and the lists agree with the snapshot."""

from collections.abc import Iterator

from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.payments.money_status import money_status
from domain.returns import views
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from store.tables.all import ReturnRow

_FINAL = {  # a final status, and the statuses that may still correct it
    ParcelStatus.DELIVERED: {ParcelStatus.DELIVERED, ParcelStatus.RETURN_TO_SENDER},
    ParcelStatus.RETURN_TO_SENDER: {ParcelStatus.RETURN_TO_SENDER},
    ParcelStatus.CANCELLED: {ParcelStatus.CANCELLED},
}


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The scans of each parcel, and the lists of orders and returns against the snapshot."""
    if records.state is None:
        return
    state, row = records.state, records.row
    for parcel in state.parcels:
        yield from _parcel(records, parcel)
    if (row.stage, row.delivered) != (state.stage, state.delivered):
        listed, stored = _stage(row.stage, row.delivered), _stage(state.stage, state.delivered)
        yield _broken(records.id, f"order {records.id} is listed as {listed}, but its history has {stored}")
    for listed_return in records.returns:
        yield from _return(records, state, listed_return)


def _stage(stage: str, delivered: str) -> str:
    return f"{stage} (parcels delivered: {delivered})"


def _return(records: OrderRecords, state: JourneyState, row: ReturnRow) -> Iterator[BrokenInvariant]:
    case = state.case(row.id)
    if case is None:
        yield _broken(row.id, f"return {row.id} is listed but not in the history of order {records.id}")
        return
    listed = f"{row.status}, {row.goods}, {row.money}"
    stored = f"{views.status_of(state, case)}, {case.goods}, {money_status(state, case)}"
    if listed != stored:
        yield _broken(row.id, f"return {row.id} is listed as {listed}, but its history has {stored}")


def _parcel(records: OrderRecords, parcel: Parcel) -> Iterator[BrokenInvariant]:
    """Each scan is there once. Without the fold: the first final scan in event time decides, corrections apart."""
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


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I10", subject=subject, message=message)
