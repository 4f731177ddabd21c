"""One parcel of a webhook or of a poll's answer, built scan by scan."""

import hashlib
import logging
from datetime import date, datetime
from typing import NamedTuple

from adapters import untrusted_json
from adapters.carriers.vocabulary import StatusMapping
from domain.model.estimate import Estimate
from domain.model.scan import Scan, StatedTime
from domain.model.tracking_update import TrackingUpdate
from ports.carriers import ReportedParcel

log = logging.getLogger(__name__)

ParcelKey = tuple[
    str, str, date | None
]  # carrier, tracking number, and the ship date where the sender states it


class RawScan(NamedTuple):
    """A scan as the source wrote it.

    time: in any of the forms that `untrusted_json.parse_scan_time` reads.
    country: where it happened, for a time without a zone.
    code: what identifies the kind of event in the scan's key; by default the code of its mapping.
    """

    time: str
    place: str = ""
    country: str = ""
    code: str = ""


class ReportedParcelBuilder:
    """Collects the scans of one parcel. `source` is for the log."""

    def __init__(self, source: str, parcel: ParcelKey, now: datetime) -> None:
        self._source, self._parcel, self._now = source, parcel, now
        self._scans: list[Scan] = []
        self._unlisted = 0

    def add(self, scan: RawScan, mapping: StatusMapping) -> None:
        """Add a scan. One without a plausible time is skipped, because it cannot be put in order with the others."""
        code = untrusted_json.sanitize(scan.code or mapping.code, 120)
        stated = untrusted_json.parse_scan_time(scan.time, scan.country)
        if stated is None or not untrusted_json.is_plausible(stated.at, self._now):
            log.info("%s: scan skipped, its time is not plausible: code=%s", self._source, code)
            return
        if not mapping.listed:
            self._unlisted += 1
            log.info("%s: not in the vocabulary: code=%s", self._source, code)
        place = untrusted_json.sanitize(scan.place, 120)
        self._scans.append(
            Scan(
                key=scan_key(self._parcel, stated, code, place),
                at=stated.at,
                precision=stated.precision,
                local=stated.local,
                status=mapping.status,
                code=untrusted_json.sanitize(mapping.code, 120),
                location=place,
                reason=mapping.reason,
                action_required=mapping.action_required,
            )
        )

    def build(self, estimate: Estimate | None) -> ReportedParcel:
        carrier, number, shipped_on = self._parcel
        return ReportedParcel(
            carrier=carrier,
            tracking_number=number,
            shipped_on=shipped_on,
            update=TrackingUpdate(scans=tuple(self._scans), estimate=estimate),
            unlisted=self._unlisted,
        )


def scan_key(parcel: ParcelKey, stated: StatedTime, code: str, place: str) -> str:
    """32 hex characters, equal for the same event in two messages (TRK-2), whatever offset its time is written in.

    The ship date is part of the key where it is stated, because carriers reuse tracking numbers.
    """
    carrier, number, shipped_on = parcel
    at = stated.at.replace(
        tzinfo=None
    ).isoformat()  # in UTC; formatting the offset as well takes three times as long
    event = f"{carrier}\x1f{number}\x1f{at}+00:00\x1f{code}\x1f{place}"
    if shipped_on is not None:
        event += f"\x1f{shipped_on.isoformat()}"
    if stated.local is not None:
        event += f"\x1f{stated.local}"
    return hashlib.sha256(event.encode()).hexdigest()[:32]
