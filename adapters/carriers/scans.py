"""A parcel's scans as they are read from a message: in our words, with the key that makes the same event one."""

import hashlib
import logging
from datetime import date, datetime
from typing import Any

from adapters import untrusted_json
from adapters.carriers.vocabulary import StatusMapping
from domain.model.estimate import Estimate
from ports.carriers import TrackingUpdate

log = logging.getLogger(__name__)

ParcelKey = tuple[str, str, date | None]  # carrier, number, and the day of shipping where the sender tells it
ScanFields = dict[
    str, Any
]  # a scan's fields; the report checks them all at once, which takes half of what one by one does


class TrackingUpdateBuilder:
    """Collects one parcel's scans; `source` is for the log."""

    def __init__(self, source: str, parcel: ParcelKey, now: datetime) -> None:
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
            "key": scan_key(self._parcel, when, code, place),
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


def scan_key(parcel: ParcelKey, scan_time: untrusted_json.ScanTime, code: str, place: str) -> str:
    """32 hex characters, equal for the same event told twice (TRK-2), whatever offset its time is written in.

    The day of shipping is part of it where told, for carriers use numbers again.
    """
    carrier, number, shipped_on = parcel
    at = scan_time.at.replace(
        tzinfo=None
    ).isoformat()  # in UTC, and with the offset it takes three times as long
    event = f"{carrier}\x1f{number}\x1f{at}+00:00\x1f{code}\x1f{place}"
    if shipped_on is not None:
        event += f"\x1f{shipped_on.isoformat()}"
    if scan_time.local is not None:
        event += f"\x1f{scan_time.local}"
    return hashlib.sha256(event.encode()).hexdigest()[:32]
