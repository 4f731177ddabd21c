"""One parcel of a webhook or of a poll's answer, built scan by scan."""

import logging
from datetime import datetime
from typing import NamedTuple

from adapters import stated_times, untrusted_json
from adapters.carriers.vocabulary import StatusMapping
from domain import keys
from domain.keys import ParcelName
from domain.model.estimate import Estimate
from domain.model.scan import Scan
from domain.model.tracking_update import TrackingUpdate
from ports.carriers import ReportedParcel

log = logging.getLogger(__name__)


class RawScan(NamedTuple):
    """A scan as the source wrote it.

    time: in any of the forms that `stated_times.parse_scan_time` reads.
    country: where it happened, for a time without a zone.
    code: what identifies the kind of event in the scan's key; by default the code of its mapping.
    """

    time: str
    place: str = ""
    country: str = ""
    code: str = ""


class ReportedParcelBuilder:
    """Collects the scans of one parcel. `source` is for the log."""

    def __init__(self, source: str, parcel: ParcelName, now: datetime) -> None:
        self._source, self._parcel, self._now = source, parcel, now
        self._scans: list[Scan] = []
        self._unlisted = 0

    def add(self, scan: RawScan, mapping: StatusMapping) -> None:
        """Add a scan. One without a plausible time is skipped, because it cannot be put in order with the others."""
        code = untrusted_json.sanitize(scan.code or mapping.code, 120)
        stated = stated_times.parse_scan_time(scan.time, scan.country)
        if stated is None or not stated_times.is_plausible(stated.at, self._now):
            log.info("%s: scan skipped, its time is not plausible: code=%s", self._source, code)
            return
        if not mapping.listed:
            self._unlisted += 1
            log.info("%s: not in the vocabulary: code=%s", self._source, code)
        place = untrusted_json.sanitize(scan.place, 120)
        self._scans.append(
            Scan(
                key=keys.scan(self._parcel, stated.at, code, place, stated.local),
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
