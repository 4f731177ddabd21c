"""One parcel of a webhook or of a poll's answer, built scan by scan."""

import logging
from datetime import datetime

from adapters import stated_times, untrusted_json
from adapters.carriers.vocabulary import StatusMapping
from domain import keys
from domain.keys import ParcelName
from domain.model import tracking_number
from domain.model.estimate import Estimate
from domain.model.scan import StatedTime
from domain.model.tracking_update import TrackingUpdate
from ports.carriers import ReportedParcel

log = logging.getLogger(__name__)


class ReportedParcelBuilder:
    """Collects the scans of one parcel. `source` is for the log."""

    def __init__(self, source: str, parcel: ParcelName, now: datetime) -> None:
        self._source, self._parcel, self._now = source, parcel, now
        self._number = tracking_number.normalize(parcel[1])
        self._scans: list[dict[str, object]] = []  # validated together, which takes half the time
        self._unlisted = 0

    def add(self, mapping: StatusMapping, time: str, place: str, country: str, code: str = "") -> None:
        """Add a scan. One without a plausible time is skipped, because it cannot be put in order with the others.

        time: in any of the forms that `stated_times.parse_scan_time` reads.
        country: where it happened, for a time without a zone.
        code: what identifies the kind of event in the scan's key; by default the code of its mapping.
        """
        key_code = untrusted_json.sanitize(code or mapping.code, 120)
        stated = stated_times.parse_scan_time(time, country)
        if stated is None or not stated_times.is_plausible(stated.at, self._now):
            log.info("%s: scan skipped, its time is not plausible: code=%s", self._source, key_code)
            return
        if not mapping.listed:
            self._unlisted += 1
            log.info("%s: not in the vocabulary: code=%s", self._source, key_code)
        place = untrusted_json.sanitize(place, 120)
        self._scans.append(
            {
                "key": self._key(stated, key_code),
                "at": stated.at,
                "status": mapping.status,
                "code": untrusted_json.sanitize(mapping.code, 120) if code else key_code,
                "precision": stated.precision,
                "local": stated.local,
                "location": place,
                "reason": mapping.reason,
                "action_required": mapping.action_required,
            }
        )

    def _key(self, stated: StatedTime, code: str) -> str:
        return keys.scan(self._number, self._parcel[2], stated.at, code.casefold(), stated.local)

    def build(self, estimate: Estimate | None) -> ReportedParcel:
        carrier, number, shipped_on = self._parcel
        return ReportedParcel(
            carrier=carrier,
            tracking_number=number,
            shipped_on=shipped_on,
            update=TrackingUpdate.model_validate({"scans": self._scans, "estimate": estimate}),
            unlisted=self._unlisted,
        )
