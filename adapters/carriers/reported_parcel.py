"""One parcel of a webhook or of a poll's answer, built scan by scan."""

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters import stated_times, untrusted_json
from adapters.carriers.tally import Tally
from adapters.carriers.vocabulary import MAX_CODE, StatusMapping
from domain import keys
from domain.keys import ParcelName
from domain.model import tracking_number
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus, Scan, StatedTime
from domain.model.tracking_update import TrackingUpdate
from ports.carriers import ReportedParcel

_S = ParcelStatus
_ONE_VISIT = timedelta(
    hours=2
)  # a delivery and an attempt that senders state within that are one visit at the door
_SAME_MOMENT = timedelta(minutes=1)
_ZONES = timedelta(hours=14)  # how far a wall time may be from the instant that it is
_NO_SCAN_YET = datetime(2000, 1, 1, tzinfo=UTC)
# How far a parcel is. A trouble is in no order with these.
_JOURNEY = (
    _S.PRE_TRANSIT, _S.PICKED_UP, _S.IN_TRANSIT, _S.OUT_FOR_DELIVERY, _S.ATTEMPT_FAILED, _S.AVAILABLE_FOR_PICKUP,
    _S.DELIVERED, _S.RETURN_TO_SENDER,
)  # fmt: skip


def joined(city: str, state: str, country: str) -> str:
    """A place by those of its parts that are stated."""
    return ", ".join([part for part in (city, state, country) if part])


class ReportedParcelBuilder:
    """Collects the scans of one parcel. `tally`: what is odd in the whole message."""

    def __init__(self, tally: Tally, parcel: ParcelName, now: datetime) -> None:
        self._tally, self._parcel, self._now = tally, parcel, now
        self._latest = stated_times.latest_plausible(now)
        self._number = tracking_number.normalize(parcel[1])
        self._scans: list[dict[str, Any]] = []  # with every field of a Scan, within its bounds
        self._unlisted, self._skipped, self._ahead = 0, 0, 0

    def add(self, mapping: StatusMapping, time: str, place: str, country: str, code: str = "") -> None:
        """Add a scan. One without a plausible time is skipped, because it cannot be put in order with the others.

        time: in any of the forms that `stated_times.parse_scan_time` reads.
        country: where it happened, for a time without a zone.
        code: what identifies the kind of event in the scan's key; by default the code of its mapping.
        """
        stated = stated_times.parse_scan_time(time, country)
        if stated is None or stated.at > self._latest:
            self._skipped += 1
            self._ahead += stated is not None
            return
        if not mapping.listed:
            self._unlisted += 1
            self._tally.unlisted(mapping.code)
        key = self._key(stated, untrusted_json.sanitize(code, MAX_CODE) if code else mapping.code)
        self._append(mapping, stated, place, key)

    def add_own_status(self, mapping: StatusMapping, time: str, country: str = "") -> None:
        """Add the tracking's own status as a scan, where it is further than the scans and none of them is newer.

        Its key has the time of the newest scan instead of its own: the same status reported again beside the same scans is no
        further event.
        """
        stated = self._stated(time, country)
        if stated is None or not self._adds_status(mapping.status):
            return
        newest = max((scan["at"] for scan in self._scans), default=_NO_SCAN_YET)
        zoneless = any(scan["local"] is not None for scan in self._scans)
        if stated.at < newest - (_ZONES if zoneless else timedelta(0)):
            return
        code = untrusted_json.sanitize(f"own status {mapping.code}", MAX_CODE)
        self._append(mapping, stated, "", self._key(StatedTime(newest), code))

    def add_attempt(self, mapping: StatusMapping, time: str, country: str = "") -> None:
        """Add a failed attempt that is stated beside the scans; none where the carrier delivered then, or has a scan of it.

        An exception at the same moment is that attempt.
        """
        stated = self._stated(time, country) if time else None
        if stated is None or self._covers_attempt(stated.at):
            return
        for scan in self._scans:
            if scan["status"] is _S.EXCEPTION and abs(scan["at"] - stated.at) <= _SAME_MOMENT:
                scan["status"] = _S.ATTEMPT_FAILED
                return
        self._append(mapping, stated, "", self._key(stated, mapping.code))

    @property
    def delivered(self) -> bool:
        """Whether a scan has that status."""
        return any(scan["status"] is _S.DELIVERED for scan in self._scans)

    def skipped(self, where: str) -> list[str]:
        """What was skipped, for people, as part of the field `where`."""
        total = len(self._scans) + self._skipped
        ahead = f", {self._ahead} of these more than a day ahead" if self._ahead else ""
        return (
            [f"{where}: {self._skipped} of {total} without a plausible time{ahead}"] if self._skipped else []
        )

    def build(self, estimate: Estimate | None) -> ReportedParcel:
        carrier, number, shipped_on = self._parcel
        return ReportedParcel(
            carrier=carrier,
            tracking_number=number,
            shipped_on=shipped_on,
            update=TrackingUpdate(scans=Scan.of_checked(self._scans), estimate=estimate),
            unlisted=self._unlisted,
        )

    def _stated(self, time: str, country: str) -> StatedTime | None:
        stated = stated_times.parse_scan_time(time, country)
        return stated if stated and stated.at <= self._latest else None

    def _key(self, stated: StatedTime, code: str) -> str:
        return keys.scan(self._number, self._parcel[2], stated.at, code.casefold(), stated.local)

    def _adds_status(self, status: ParcelStatus) -> bool:
        reported = {scan["status"] for scan in self._scans}
        if status is _S.UNKNOWN or status in reported:
            return False
        if status in _JOURNEY:
            return all(_JOURNEY.index(one) < _JOURNEY.index(status) for one in reported if one in _JOURNEY)
        if status is _S.EXCEPTION:
            return _S.ATTEMPT_FAILED not in reported  # the exception is that attempt
        # A voided label never travelled.
        return status is not _S.CANCELLED or reported <= {_S.PRE_TRANSIT, _S.UNKNOWN}

    def _covers_attempt(self, at: datetime) -> bool:
        """Whether a scan reports the outcome of an attempt at that time: it failed, or the parcel was delivered by then."""
        return any(
            (scan["status"] is _S.ATTEMPT_FAILED and abs(scan["at"] - at) <= _ONE_VISIT)
            or (scan["status"] is _S.DELIVERED and scan["at"] <= at + _ONE_VISIT)
            for scan in self._scans
        )

    def _append(self, mapping: StatusMapping, stated: StatedTime, place: str, key: str) -> None:
        at, precision, local = stated
        self._scans.append(
            {
                "key": key,
                "at": at,
                "status": mapping.status,
                "code": mapping.code,
                "precision": precision,
                "local": local,
                "location": untrusted_json.sanitize(place[: 4 * 120], 120),
                "reason": mapping.reason,
                "action_required": mapping.action_required,
                "reported_by": "carrier",
            }
        )
