"""A parcel's scans as they are read from a message: in our words, with the key that makes the same event one."""

import logging
from datetime import datetime
from typing import Any

from adapters import untrusted_json
from adapters.carriers.vocabulary import StatusMapping
from domain import keys
from domain.keys import ParcelName
from domain.model.estimate import Estimate
from ports.carriers import TrackingUpdate

log = logging.getLogger(__name__)

ScanFields = dict[
    str, Any
]  # a scan's fields; the report checks them all at once, which takes half of what one by one does


class TrackingUpdateBuilder:
    """Collects one parcel's scans; `source` is for the log."""

    def __init__(self, source: str, parcel: ParcelName, now: datetime) -> None:
        self._source, self._parcel, self._now = source, parcel, now
        self._rows: list[ScanFields] = []
        self._unlisted = 0

    def add(
        self, meaning: StatusMapping, time: str, place: str, country: str, code: str = ""
    ) -> ScanFields | None:
        """The scan's fields; None when its time is not believable, for then it cannot be put in order with the others.

        `country` is where it was, for a time without a zone. `code`: the words as told, where `meaning` has not all of them.
        """
        code, when = (
            untrusted_json.sanitize(code or meaning.code, 120),
            untrusted_json.parse_scan_time(time, country),
        )
        if when is None or not untrusted_json.is_plausible(when.at, self._now):
            log.info("%s: scan skipped, its time is not believable: code=%s", self._source, code)
            return None
        if not meaning.listed:
            self._unlisted += 1
            log.info("%s: not in the vocabulary: code=%s", self._source, code)
        place = untrusted_json.sanitize(place, 120)
        row = {
            "key": keys.scan(self._parcel, when.at, code, place, when.local),
            "at": when.at,
            "status": meaning.status,
            "code": code,
            "precision": when.precision,
            "local": when.local,
            "location": place,
            "reason": meaning.reason,
            "action_required": meaning.action_required,
        }
        self._rows.append(row)
        return row

    def build(self, estimate: Estimate | None) -> TrackingUpdate:
        carrier, number, shipped_on = self._parcel
        told: ScanFields = {
            "carrier": carrier,
            "tracking_number": number,
            "shipped_on": shipped_on,
            "scans": self._rows,
            "estimate": estimate,
            "unlisted": self._unlisted,
        }
        return TrackingUpdate.model_validate(told)
