"""Tracking histories: recorded ones moved to the dates of an order, or cut and stretched (then `generated`)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from demo.actions import Json, PostCarrierWebhook, Step
from demo.calendar import iso_utc, on_grid
from demo.samples import Shape

Estimates = Callable[[int], date | None]
_EXCEPTIONS = (
    ("failure", "delivery_exception", "Delivery exception"),
    ("failure", "damaged", "Package damaged, awaiting inspection"),
    ("in_transit", "transit_exception", "Transit exception"),
    ("in_transit", "held", "Held at facility"),
)
_LAST_SCANS = (  # of a recorded history that ended before the delivery
    (timedelta(hours=14), "out_for_delivery", "out_for_delivery", "On vehicle for delivery"),
    (timedelta(hours=20), "delivered", "arrived_at_destination", "Delivered"),
)
_NO_LOCATION: dict[str, str | None] = {"city": None, "state": None, "country": None, "zip": None}
_CANONICAL = {  # EasyPost's status: the status of the generic form
    "pre_transit": "pre_transit",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "delivered": "delivered",
}


@dataclass(frozen=True)
class TimedScan:
    """One scan and its time."""

    at: datetime
    status: str
    status_detail: str
    message: str
    place: dict[str, str | None]

    @property
    def moving(self) -> bool:
        """Whether the parcel is on the way."""
        return self.status == "in_transit"


@dataclass(frozen=True)
class TrackingHistory:
    """The scans of one parcel in the order of time."""

    carrier: str
    number: str
    scans: tuple[TimedScan, ...]
    timeline: Literal["recorded", "generated"]

    @property
    def ended_at(self) -> datetime:
        """The time of the last scan."""
        return self.scans[-1].at

    @property
    def shipped_at(self) -> datetime:
        """When the parcel is registered: the first instant of the grid after the first scan."""
        return on_grid(self.scans[0].at)


def of_shape(shape: Shape, number: str, start: datetime) -> TrackingHistory:
    """The shape from `start` on. If it was recorded before the delivery, two generated scans are added."""
    scans = [
        TimedScan(start + scan.after, scan.status, scan.status_detail, scan.message, scan.place)
        for scan in shape.scans
    ]
    if shape.delivered:
        return TrackingHistory(shape.carrier, number, tuple(scans), "recorded")
    last = scans[-1]
    scans += [
        TimedScan(last.at + after, status, detail, message, last.place)
        for after, status, detail, message in _LAST_SCANS
    ]
    return TrackingHistory(shape.carrier, number, tuple(scans), "generated")


def cut_at(rnd: Random, history: TrackingHistory) -> int:
    """The index of a random scan on the way."""
    return rnd.choice([index for index, scan in enumerate(history.scans) if scan.moving])


def resumed(history: TrackingHistory, cut: int, again_at: datetime) -> TrackingHistory:
    """The history without scans between scan `cut` and `again_at`; after that with the recorded gaps."""
    pause = max(again_at - history.scans[cut + 1].at, timedelta(0))
    later = tuple(replace(scan, at=scan.at + pause) for scan in history.scans[cut + 1 :])
    return replace(history, scans=history.scans[: cut + 1] + later, timeline="generated")


def ending_at(history: TrackingHistory, cut: int, end_at: datetime) -> TrackingHistory:
    """The history with the scans after `cut` moved so that the last one is at `end_at`."""
    return resumed(history, cut, end_at - (history.ended_at - history.scans[cut + 1].at))


def stopped(history: TrackingHistory, cut: int) -> TrackingHistory:
    """The history without the scans after `cut`."""
    return replace(history, scans=history.scans[: cut + 1], timeline="generated")


def with_exception(rnd: Random, history: TrackingHistory, cut: int, at: datetime) -> TrackingHistory:
    """The history with an exception after scan `cut`."""
    status, detail, message = rnd.choice(_EXCEPTIONS)
    scan = TimedScan(at, status, detail, message, history.scans[cut].place)
    scans = (*history.scans[: cut + 1], scan, *history.scans[cut + 1 :])
    return replace(history, scans=scans, timeline="generated")


def no_estimate(_: int) -> date | None:
    """The estimate of a carrier that gives none."""
    return None


def easypost_steps(
    history: TrackingHistory,
    estimates: Estimates = no_estimate,
    first: int = 0,
    delay: timedelta = timedelta(0),
) -> list[Step]:
    """EasyPost's webhooks for scans `first` and later: one per instant of the grid, each with all scans so far."""
    arrivals: dict[datetime, int] = {}
    for index, scan in enumerate(history.scans):
        if index >= first:
            arrivals[on_grid(scan.at + delay)] = index
    return [Step(at, easypost_webhook(history, upto, at, estimates(upto))) for at, upto in arrivals.items()]


def easypost_webhook(
    history: TrackingHistory, upto: int, sent_at: datetime, estimate: date | None, copies: int = 1
) -> PostCarrierWebhook:
    """A `tracker.updated` event with the scans up to `upto`."""
    scans = history.scans[: upto + 1]
    delivery = f"evt_{history.number}_{upto}_{sent_at:%m%d%H}"
    tracker = {
        "id": f"trk_{history.number}",
        "object": "Tracker",
        "mode": "test",
        "tracking_code": history.number,
        "status": scans[-1].status,
        "status_detail": scans[-1].status_detail,
        "created_at": iso_utc(scans[0].at),
        "updated_at": iso_utc(sent_at),
        "signed_by": None,
        "est_delivery_date": f"{estimate.isoformat()}T00:00:00Z" if estimate else None,
        "carrier": history.carrier,
        "tracking_details": [_detail(history, scan) for scan in scans],
    }
    body: Json = {
        "id": delivery,
        "object": "Event",
        "mode": "test",
        "description": "tracker.updated",
        "created_at": iso_utc(sent_at),
        "result": tracker,
    }
    return PostCarrierWebhook("easypost", delivery, body, copies)


def _detail(history: TrackingHistory, scan: TimedScan) -> Json:
    return {
        "object": "TrackingDetail",
        "message": scan.message,
        "status": scan.status,
        "status_detail": scan.status_detail,
        "datetime": iso_utc(scan.at),
        "source": history.carrier,
        "tracking_location": {"object": "TrackingLocation", **_NO_LOCATION, **scan.place},
    }


def generic_webhook(
    history: TrackingHistory, index: int, sent_at: datetime, copies: int = 1
) -> PostCarrierWebhook:
    """A webhook with one scan alone, in the generic form."""
    scan = history.scans[index]
    place = ", ".join(part for part in (scan.place.get("city"), scan.place.get("state")) if part)
    reported = {
        "at": iso_utc(scan.at),
        "status": _CANONICAL[scan.status],
        "code": scan.status_detail,
        "location": place,
    }
    parcel = {"carrier": history.carrier, "tracking_number": history.number, "scans": [reported]}
    body: Json = {"type": "tracking.updated", "timestamp": iso_utc(sent_at), "data": {"parcels": [parcel]}}
    return PostCarrierWebhook("generic", f"msg_{history.number}_{index}", body, copies)
