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
from domain.model.tracking_number import is_among, normalize, same
from domain.model.tracking_update import TrackingUpdate
from domain.tracking.registration import MAX_PARCELS, add_parcel
from domain.tracking.scans import merge_update
from domain.units import UnitsByLine, units_in, without


def apply_fulfilment_update(state: JourneyState, event: FulfilmentUpdate, now: datetime) -> bool:
    """Merge the storefront's report; False when nothing in it is new."""
    changed = register_labels(state, event, now)
    for parcel, scan in list(label_scans(state, event)):
        changed |= merge_update(state, parcel, TrackingUpdate(scans=(scan,)), now)
    return repack(state, event) or changed


def register_labels(state: JourneyState, event: FulfilmentUpdate, now: datetime) -> bool:
    """Register the labels that are unknown and keep the newest report; False when nothing in it is new.

    The units go to the first label, because no storefront reports which of several numbers carries which goods.
    """
    shipment, latest = event.shipment, _latest(state, event.shipment.fulfilment)
    newer = latest is None or _age(shipment) > _age(latest)
    if newer:
        state.shipments = [other for other in state.shipments if other is not latest] + [shipment]
    actor = Actor(role=Role.STOREFRONT, name=event.storefront)
    added = False
    for number in shipment.tracking_numbers:
        if _is_registered(state, shipment, number) or len(state.parcels) >= MAX_PARCELS:
            continue
        first = not _labels(state, shipment.fulfilment)
        units = _units_of(state, shipment) if first else {}
        parcel = add_parcel(state, (shipment.carrier, number, None), units, actor, now)
        parcel.fulfilment = shipment.fulfilment
        added = True
    return newer or added


def label_scans(state: JourneyState, event: FulfilmentUpdate) -> Iterator[tuple[Parcel, Scan]]:
    """The report as scans of the fulfilment's labels: the status of a single label, and labels that will never travel.

    A status belongs to the only label; with several labels the report does not say which one it means. The same status
    reported again is the same scan with its first time, so an edit in the storefront moves no parcel.
    """
    shipment, latest = event.shipment, _latest(state, event.shipment.fulfilment)
    assert latest is not None, "it was registered just before"
    for parcel in _labels(state, shipment.fulfilment):
        if shipment.status is not None and _is_only_label(shipment, parcel):
            yield parcel, _scan(event.storefront, shipment, parcel, shipment.status, shipment.code)
        is_void = latest.cancelled or not is_among(parcel.tracking_number, latest.tracking_numbers)
        if is_void and parcel.under_way and parcel.tracking.moved_at is None:
            yield parcel, _scan(event.storefront, latest, parcel, ParcelStatus.CANCELLED, "label_void")


def repack(state: JourneyState, event: FulfilmentUpdate) -> bool:
    """Move the units of replaced labels to the first valid label; False when no label was replaced."""
    labels, latest = _labels(state, event.shipment.fulfilment), _latest(state, event.shipment.fulfilment)
    assert latest is not None, "it was registered just before"
    active = [
        parcel
        for parcel in labels
        if not parcel.void and is_among(parcel.tracking_number, latest.tracking_numbers)
    ]
    replaced = [
        parcel
        for parcel in labels
        if parcel.void and parcel.units and not is_among(parcel.tracking_number, latest.tracking_numbers)
    ]
    if not active or not replaced:
        return False
    numbers = [normalize(number) for number in latest.tracking_numbers]
    first = min(active, key=lambda parcel: numbers.index(normalize(parcel.tracking_number)))
    for label in replaced:
        elsewhere = units_in(p.units for p in state.parcels if p is not label and not (p.void or p.resent))
        for line, units in without(label.units, elsewhere).items():
            first.units.setdefault(line, []).extend(units)
        label.units = {}
    return True


def _latest(state: JourneyState, fulfilment: str) -> Shipment | None:
    return next((shipment for shipment in state.shipments if shipment.fulfilment == fulfilment), None)


def _age(shipment: Shipment) -> tuple[datetime, str]:
    """The order of two reports: by time; in the same second by content, so that the order of arrival never matters."""
    return shipment.updated_at, shipment.model_dump_json()


def _labels(state: JourneyState, fulfilment: str) -> list[Parcel]:
    return [parcel for parcel in state.parcels if parcel.fulfilment == fulfilment]


def _is_only_label(shipment: Shipment, parcel: Parcel) -> bool:
    return len(shipment.tracking_numbers) == 1 and same(shipment.tracking_numbers[0], parcel.tracking_number)


def _is_registered(state: JourneyState, shipment: Shipment, number: str) -> bool:
    """Whether the label is registered. A parcel that was registered by a command becomes part of this fulfilment.

    The number decides, in any spelling: the shop and the caller of our API may name the carrier differently.
    """
    for parcel in state.parcels:
        if parcel.fulfilment in ("", shipment.fulfilment) and same(parcel.tracking_number, number):
            parcel.fulfilment = shipment.fulfilment
            return True
    return False


def _units_of(state: JourneyState, shipment: Shipment) -> UnitsByLine:
    """The units that the report names, without those in another parcel."""
    left = state.unshipped()
    return {line: left[line][:count] for line, count in shipment.quantities.items() if line in left}


def _scan(storefront: str, shipment: Shipment, parcel: Parcel, status: ParcelStatus, code: str) -> Scan:
    key = keys.fulfilment_scan(storefront, shipment.fulfilment, parcel.tracking_number, status)
    return Scan(key=key, at=shipment.updated_at, status=status, code=code)
