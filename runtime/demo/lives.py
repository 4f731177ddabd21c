"""Lives of parcels: recorded shapes moved to the order's dates, or cut, stretched and stopped (then `generated`)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from runtime.demo.actions import Json, Step, Tell
from runtime.demo.calendar import on_grid, text
from runtime.demo.samples import Shape

Estimates = Callable[[int], date | None]
_TROUBLES = (
    ("failure", "delivery_exception", "Delivery exception"),
    ("failure", "damaged", "Package damaged, awaiting inspection"),
    ("in_transit", "transit_exception", "Transit exception"),
    ("in_transit", "held", "Held at facility"),
)
_ENDING = (  # of a recorded life that was still on its way
    (timedelta(hours=14), "out_for_delivery", "out_for_delivery", "On vehicle for delivery"),
    (timedelta(hours=20), "delivered", "arrived_at_destination", "Delivered"),
)
_NOWHERE: dict[str, str | None] = {"city": None, "state": None, "country": None, "zip": None}
_PLAIN = {  # EasyPost's word for the sender that speaks the canonical ones
    "pre_transit": "pre_transit",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "delivered": "delivered",
}


@dataclass(frozen=True)
class Scanned:
    """One scan at its own time."""

    at: datetime
    status: str
    status_detail: str
    message: str
    place: dict[str, str | None]

    @property
    def moving(self) -> bool:
        return self.status == "in_transit"


@dataclass(frozen=True)
class Life:
    """One parcel's scans in the order they happened."""

    carrier: str
    number: str
    scans: tuple[Scanned, ...]
    timeline: Literal["recorded", "generated"]

    @property
    def ended_at(self) -> datetime:
        return self.scans[-1].at

    @property
    def shipped_at(self) -> datetime:
        return on_grid(self.scans[0].at)


def of_shape(shape: Shape, number: str, start: datetime) -> Life:
    """That shape from `start` on; one that was recorded before its end gets two generated scans."""
    scans = [
        Scanned(start + scan.after, scan.status, scan.status_detail, scan.message, scan.place)
        for scan in shape.scans
    ]
    if shape.delivered:
        return Life(shape.carrier, number, tuple(scans), "recorded")
    last = scans[-1]
    scans += [
        Scanned(last.at + after, status, detail, message, last.place)
        for after, status, detail, message in _ENDING
    ]
    return Life(shape.carrier, number, tuple(scans), "generated")


def cut_at(rnd: Random, life: Life) -> int:
    """The index of some scan on the way, after which things may go wrong."""
    return rnd.choice([index for index, scan in enumerate(life.scans) if scan.moving])


def resumed(life: Life, cut: int, again_at: datetime) -> Life:
    """Nothing happens between scan `cut` and `again_at`; from there on the recorded gaps again."""
    pause = max(again_at - life.scans[cut + 1].at, timedelta(0))
    later = tuple(replace(scan, at=scan.at + pause) for scan in life.scans[cut + 1 :])
    return replace(life, scans=life.scans[: cut + 1] + later, timeline="generated")


def ending(life: Life, cut: int, end_at: datetime) -> Life:
    """The scans after `cut` are put off so that the last one happens at `end_at`."""
    return resumed(life, cut, end_at - (life.ended_at - life.scans[cut + 1].at))


def stopped(life: Life, cut: int) -> Life:
    """Nobody ever sees it again after scan `cut`."""
    return replace(life, scans=life.scans[: cut + 1], timeline="generated")


def troubled(rnd: Random, life: Life, cut: int, at: datetime) -> Life:
    """An exception after scan `cut`."""
    status, detail, message = rnd.choice(_TROUBLES)
    scan = Scanned(at, status, detail, message, life.scans[cut].place)
    scans = (*life.scans[: cut + 1], scan, *life.scans[cut + 1 :])
    return replace(life, scans=scans, timeline="generated")


def no_estimate(_: int) -> date | None:
    return None


def told(
    life: Life, estimates: Estimates = no_estimate, first: int = 0, delay: timedelta = timedelta(0)
) -> list[Step]:
    """EasyPost's calls for scans `first` and later: one per instant of the grid, each with the whole life so far."""
    arrivals: dict[datetime, int] = {}
    for index, scan in enumerate(life.scans):
        if index >= first:
            arrivals[on_grid(scan.at + delay)] = index
    return [Step(at, easypost(life, upto, at, estimates(upto))) for at, upto in arrivals.items()]


def easypost(life: Life, upto: int, told_at: datetime, estimate: date | None, copies: int = 1) -> Tell:
    """A `tracker.updated` event that knows the scans up to `upto`."""
    known = life.scans[: upto + 1]
    delivery = f"evt_{life.number}_{upto}_{told_at:%m%d%H}"
    tracker = {
        "id": f"trk_{life.number}",
        "object": "Tracker",
        "mode": "test",
        "tracking_code": life.number,
        "status": known[-1].status,
        "status_detail": known[-1].status_detail,
        "created_at": text(known[0].at),
        "updated_at": text(told_at),
        "signed_by": None,
        "est_delivery_date": f"{estimate.isoformat()}T00:00:00Z" if estimate else None,
        "carrier": life.carrier,
        "tracking_details": [_detail(life, scan) for scan in known],
    }
    body: Json = {
        "id": delivery,
        "object": "Event",
        "mode": "test",
        "description": "tracker.updated",
        "created_at": text(told_at),
        "result": tracker,
    }
    return Tell("easypost", delivery, body, copies)


def _detail(life: Life, scan: Scanned) -> Json:
    return {
        "object": "TrackingDetail",
        "message": scan.message,
        "status": scan.status,
        "status_detail": scan.status_detail,
        "datetime": text(scan.at),
        "source": life.carrier,
        "tracking_location": {"object": "TrackingLocation", **_NOWHERE, **scan.place},
    }


def generic(life: Life, index: int, told_at: datetime, copies: int = 1) -> Tell:
    """One scan alone, as a sender without history would report it."""
    scan = life.scans[index]
    place = ", ".join(part for part in (scan.place.get("city"), scan.place.get("state")) if part)
    reported = {
        "at": text(scan.at),
        "status": _PLAIN[scan.status],
        "code": scan.status_detail,
        "place": place,
    }
    parcel = {"carrier": life.carrier, "tracking_number": life.number, "scans": [reported]}
    body: Json = {"type": "tracking.updated", "timestamp": text(told_at), "data": {"parcels": [parcel]}}
    return Tell("generic", f"msg_{life.number}_{index}", body, copies)
