"""Fulfilments: what a storefront reports as shipped. It reports a fulfilment again whenever it changes, in any order.

A storefront is never refused, because the goods are on their way already. Every report is merged as far as possible, and
the newest report of a fulfilment decides which of its labels are valid.
"""

from collections.abc import Iterator
from datetime import datetime

from domain import keys
from domain.actors import Actor, Role
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus, Scan
from domain.model.shipment import FulfilmentUpdate, Shipment
from domain.model.state import JourneyState
from domain.model.tracking_number import is_among
from domain.model.tracking_update import TrackingUpdate
from domain.tracking.contents import share_out
from domain.tracking.handed_over_fulfilments import hand_over_fulfilment
from domain.tracking.registration import MAX_PARCELS, add_parcel, settle_after_packing
from domain.tracking.scans import merge_update
from domain.units import UnitsByLine

MAX_SHIPMENTS = 200  # of one order


def apply_fulfilment_update(state: JourneyState, event: FulfilmentUpdate, now: datetime) -> bool:
    """Merge the storefront's report; False when nothing in it is new."""
    changed = register_labels(state, event, now)
    for parcel, scan in list(label_scans(state, event)):
        changed |= merge_update(state, parcel, TrackingUpdate(scans=(scan,)), now)
    latest = _latest(state, event.shipment.fulfilment)
    if latest is not None:
        pack(state, latest)
        changed |= hand_over_fulfilment(state, latest, now)
    return changed


def register_labels(state: JourneyState, event: FulfilmentUpdate, now: datetime) -> bool:
    """Register the labels that are unknown and keep the newest report; False when nothing in it is new."""
    shipment, latest = event.shipment, _latest(state, event.shipment.fulfilment)
    newer = latest is None or _age(shipment) > _age(latest)
    if latest is None and len(state.shipments) >= MAX_SHIPMENTS:
        return False
    if newer:
        state.shipments = [other for other in state.shipments if other is not latest] + [shipment]
    actor = Actor(role=Role.STOREFRONT, name=event.storefront)
    added = False
    for number in _numbers(state, shipment):
        if _is_registered(state, shipment, number) or len(state.parcels) >= MAX_PARCELS:
            continue
        due = max(map(state.due_of, _goods_for_parcels(state, shipment)), default=state.due)
        parcel = add_parcel(state, (shipment.carrier, number, None), {}, actor, now)
        parcel.fulfilment, parcel.contents_shared, parcel.due = shipment.fulfilment, True, due
        added = True
    return newer or added


def label_scans(state: JourneyState, event: FulfilmentUpdate) -> Iterator[tuple[Parcel, Scan]]:
    """The report as scans of the fulfilment's labels: the status of a single label, and labels that will never travel.

    A status belongs to the only label; with several labels the report does not say which one it means. The same status
    reported again is the same scan with its first time, so an edit in the storefront moves no parcel.
    """
    shipment, latest = event.shipment, _latest(state, event.shipment.fulfilment)
    if latest is None:
        return
    numbers, valid = _numbers(state, shipment), _numbers(state, latest)
    for parcel in _labels(state, shipment.fulfilment):
        if shipment.status is not None and len(numbers) == 1 and _is_among(parcel, numbers):
            yield parcel, _scan(event.storefront, shipment, parcel, shipment.status, shipment.code)
        is_void = latest.cancelled or not _is_among(parcel, valid)
        open_ = parcel.under_way or not parcel.tracked
        if is_void and open_ and parcel.tracking.moved_at is None:
            yield parcel, _scan(event.storefront, latest, parcel, ParcelStatus.CANCELLED, "label_void")


def pack(state: JourneyState, latest: Shipment) -> None:
    """Put the units of the fulfilment that are in no parcel yet into its labels, as far as it is known into which."""
    labels = [parcel for parcel in _labels(state, latest.fulfilment) if parcel.contents_shared]
    before = state.unpacked(), state.uncollected()
    if labels and not latest.cancelled:
        held = _held(state, latest.fulfilment)
        free = {**state.unpacked(), **state.uncollected()}
        for line, count in _goods_for_parcels(state, latest).items():
            wanted = max(0, count - len(held.get(line, [])))
            if units := free.get(line, [])[:wanted]:
                state.shared_units.setdefault(latest.fulfilment, {}).setdefault(line, []).extend(units)
    share_out(state, latest.fulfilment)
    for parcel in labels:
        if not parcel.void and (state.unpacked(), state.uncollected()) != before:
            settle_after_packing(state, parcel)


def _held(state: JourneyState, fulfilment: str) -> UnitsByLine:
    """The units of the fulfilment that its labels hold: also those that were lost and paid back."""
    labels = [parcel for parcel in _labels(state, fulfilment) if not (parcel.void or parcel.resent)]
    held: dict[str, list[int]] = {}
    for units in (*(parcel.units for parcel in labels), state.shared_units.get(fulfilment, {})):
        for line, indexes in units.items():
            held.setdefault(line, []).extend(indexes)
    return held


def _numbers(state: JourneyState, shipment: Shipment) -> tuple[str, ...]:
    """The labels of the report. Goods that were sent without a number are in one parcel that is not tracked."""
    untracked = ("",) if _goods_for_parcels(state, shipment) else ()
    return shipment.tracking_numbers or untracked


def _goods_for_parcels(state: JourneyState, shipment: Shipment) -> dict[str, int]:
    """Quantities of the lines that a parcel brings. Goods to be collected are sent after all where there is a number."""
    fulfilments = {line.line_id: line.fulfilment for line in state.order.lines}
    without_parcel = {"digital"} if shipment.tracking_numbers else {"digital", "pickup"}
    return {
        line: count
        for line, count in shipment.quantities.items()
        if line in fulfilments and fulfilments[line] not in without_parcel
    }


def _latest(state: JourneyState, fulfilment: str) -> Shipment | None:
    return next((shipment for shipment in state.shipments if shipment.fulfilment == fulfilment), None)


def _age(shipment: Shipment) -> tuple[datetime, str]:
    """The order of two reports: by time; in the same second by content, so that the order of arrival never matters."""
    return shipment.updated_at, shipment.model_dump_json()


def _labels(state: JourneyState, fulfilment: str) -> list[Parcel]:
    return [parcel for parcel in state.parcels if parcel.fulfilment == fulfilment]


def _is_among(parcel: Parcel, numbers: tuple[str, ...]) -> bool:
    """Whether the parcel has one of these numbers, or none where the goods were sent without one."""
    return is_among(parcel.tracking_number, numbers) if parcel.tracked else "" in numbers


def _is_registered(state: JourneyState, shipment: Shipment, number: str) -> bool:
    """Whether the label is registered. A parcel that was registered by a command becomes part of this fulfilment.

    The number decides, in any spelling: the shop and the caller of our API may name the carrier differently.
    """
    for parcel in state.parcels:
        ours = ("", shipment.fulfilment) if number else (shipment.fulfilment,)
        if parcel.fulfilment in ours and _is_among(parcel, (number,)):
            parcel.fulfilment = shipment.fulfilment
            return True
    return False


def _scan(storefront: str, shipment: Shipment, parcel: Parcel, status: ParcelStatus, code: str) -> Scan:
    key = keys.fulfilment_scan(storefront, shipment.fulfilment, parcel.tracking_number, status)
    at = shipment.updated_at
    return Scan(key=key, at=at, status=status, code=code, reported_by="storefront")
