"""One parcel of a webhook or of a poll's answer, built scan by scan."""

from datetime import UTC, datetime, timedelta

from adapters import stated_times, untrusted_json
from adapters.carriers.tally import Tally
from adapters.carriers.vocabulary import StatusMapping
from domain import keys
from domain.keys import ParcelName
from domain.model import tracking_number
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus, StatedTime
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


class ReportedParcelBuilder:
    """Collects the scans of one parcel. `tally`: what is odd in the whole message."""

    def __init__(self, tally: Tally, parcel: ParcelName, now: datetime) -> None:
        self._tally, self._parcel, self._now = tally, parcel, now
        self._number = tracking_number.normalize(parcel[1])
        self._scans: list[dict[str, object]] = []  # validated together, which takes half the time
        self._moments: list[tuple[ParcelStatus, datetime]] = []
        self._unlisted, self._zoneless, self._skipped, self._ahead = 0, False, 0, 0

    def add(self, mapping: StatusMapping, time: str, place: str, country: str, code: str = "") -> None:
        """Add a scan. One without a plausible time is skipped, because it cannot be put in order with the others.

        time: in any of the forms that `stated_times.parse_scan_time` reads.
        country: where it happened, for a time without a zone.
        code: what identifies the kind of event in the scan's key; by default the code of its mapping.
        """
        stated = self._stated(time, country)
        if stated is None:
            self._skipped += 1
            self._ahead += stated_times.parse_scan_time(time, country) is not None
            return
        if not mapping.listed:
            self._unlisted += 1
            self._tally.unlisted(mapping.code)
        self._append(mapping, stated, place, self._key(stated, code or mapping.code))

    def add_own_status(self, mapping: StatusMapping, time: str, country: str = "") -> None:
        """Add the tracking's own status as a scan, where it is further than the scans and none of them is newer.

        Its key has the time of the newest scan instead of its own: the same status reported again beside the same scans is no
        further event.
        """
        stated = self._stated(time, country)
        if stated is None or not self._adds_status(mapping.status):
            return
        newest = max((at for _, at in self._moments), default=_NO_SCAN_YET)
        if stated.at < newest - (_ZONES if self._zoneless else timedelta(0)):
            return
        key = self._key(StatedTime(newest), f"own status {mapping.code}")
        self._append(mapping, stated, "", key)

    def add_attempt(self, mapping: StatusMapping, time: str, country: str = "") -> None:
        """Add a failed attempt that is stated beside the scans; none where the carrier delivered then, or has a scan of it.

        An exception at the same moment is that attempt.
        """
        stated = self._stated(time, country)
        if stated is None or self._covers_attempt(stated.at):
            return
        for index, (status, at) in enumerate(self._moments):
            if status is _S.EXCEPTION and abs(at - stated.at) <= _SAME_MOMENT:
                self._moments[index] = (_S.ATTEMPT_FAILED, at)
                self._scans[index]["status"] = _S.ATTEMPT_FAILED
                return
        self._append(mapping, stated, "", self._key(stated, mapping.code))

    @property
    def delivered(self) -> bool:
        """Whether a scan has that status."""
        return any(status is _S.DELIVERED for status, _ in self._moments)

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
            update=TrackingUpdate.model_validate({"scans": self._scans, "estimate": estimate}),
            unlisted=self._unlisted,
        )

    def _stated(self, time: str, country: str) -> StatedTime | None:
        stated = stated_times.parse_scan_time(time, country)
        return stated if stated and stated_times.is_plausible(stated.at, self._now) else None

    def _key(self, stated: StatedTime, code: str) -> str:
        code = untrusted_json.sanitize(code, 120).casefold()
        return keys.scan(self._number, self._parcel[2], stated.at, code, stated.local)

    def _adds_status(self, status: ParcelStatus) -> bool:
        reported = {status for status, _ in self._moments}
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
            (status is _S.ATTEMPT_FAILED and abs(scanned - at) <= _ONE_VISIT)
            or (status is _S.DELIVERED and scanned <= at + _ONE_VISIT)
            for status, scanned in self._moments
        )

    def _append(self, mapping: StatusMapping, stated: StatedTime, place: str, key: str) -> None:
        self._moments.append((mapping.status, stated.at))
        self._zoneless |= stated.local is not None
        self._scans.append(
            {
                "key": key,
                "at": stated.at,
                "status": mapping.status,
                "code": untrusted_json.sanitize(mapping.code, 120),
                "precision": stated.precision,
                "local": stated.local,
                "location": untrusted_json.sanitize(place[: 4 * 120], 120),
                "reason": mapping.reason,
                "action_required": mapping.action_required,
            }
        )
