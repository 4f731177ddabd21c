"""EasyPost: `tracker.*` events, signed with HMAC-SHA256 over the raw body."""

import hashlib
import hmac
import logging
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.carriers import reading
from adapters.carriers.vocabulary import Vocabulary
from domain.parcels import Estimate, ParcelStatus, Scan
from ports.carriers import Forged, Report, Unreadable

log = logging.getLogger(__name__)

_WORDS = Vocabulary.load(Path(__file__).with_suffix(".yaml"))
_FARTHEST_ESTIMATE = timedelta(days=730)


class _Theirs(BaseModel):
    """EasyPost adds fields at will: those we do not read are ignored, those we read must have their type."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Location(_Theirs):
    city: str | None = None
    state: str | None = None
    country: str | None = None


class _Detail(_Theirs):
    """`message` and `description` are left out on purpose: they may name who signed."""

    status: str | None = None
    status_detail: str | None = None
    datetime: str | None = None
    tracking_location: _Location | None = None


class _Tracker(_Theirs):
    tracking_code: reading.Name
    carrier: reading.Name
    status: str | None = None
    status_detail: str | None = None
    updated_at: str | None = None
    est_delivery_date: str | None = None
    tracking_details: Annotated[list[_Detail], Field(max_length=reading.MOST_SCANS)] | None = None


class _Event(_Theirs):
    description: str
    result: object = None


class EasyPost:
    """EasyPost as a source of parcel reports."""

    name = "easypost"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """The event's id, or the body's hash where a signed body has none.

        EasyPost signs no time, so `now` is unused: a captured call can be replayed, and is harmless because
        deliveries are unique and scans fold by their own time.
        """
        given = headers.get("X-Hmac-Signature", "").encode("utf-8", "backslashreplace")
        # All secrets are tried whatever the outcome, so timing does not tell which one signed.
        matches = [
            hmac.compare_digest(_signature(secret, body), given) for secret in secrets if secret.strip()
        ]
        if not any(matches):
            raise Forged("no configured secret signed this body")
        try:
            event = reading.parse(body)
        except Unreadable:
            return reading.content_id(
                body
            )  # signed nonsense is kept under its hash; read() says what is wrong
        event_id = event.get("id") if isinstance(event, dict) else None
        return event_id if isinstance(event_id, str) and reading.is_id(event_id) else reading.content_id(body)

    def read(self, body: bytes, now: datetime) -> list[Report]:
        """One report for a `tracker.*` event, none for other events. Raises Unreadable naming the field."""
        try:
            event = _Event.model_validate(reading.parse(body))
        except ValidationError as problem:
            raise reading.unreadable(problem, "event") from None
        if not event.description.startswith("tracker."):
            return []
        try:
            return [_report(_Tracker.model_validate(event.result), now)]
        except ValidationError as problem:
            raise reading.unreadable(problem, "result") from None


def read_tracker(tracker: object, now: datetime) -> Report:
    """A tracker as EasyPost's REST API shows it, which is what its events carry too. Raises Unreadable."""
    try:
        return _report(_Tracker.model_validate(tracker), now)
    except ValidationError as problem:
        raise reading.unreadable(problem, "tracker") from None


def _signature(secret: str, body: bytes) -> bytes:
    key = unicodedata.normalize("NFKD", secret).encode()
    return b"hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest().encode()


def _report(tracker: _Tracker, now: datetime) -> Report:
    scans = [_scan(tracker, detail, now) for detail in tracker.tracking_details or _summary(tracker)]
    return Report(
        carrier=tracker.carrier,
        tracking_number=tracker.tracking_code,
        scans=tuple(scan for scan in scans if scan),
        estimate=_estimate(tracker, now),
    )


def _summary(tracker: _Tracker) -> list[_Detail]:
    """The tracker's own status as if it were a scan, if it says anything: all there is without details."""
    if _WORDS.meaning(tracker.status, tracker.status_detail).status is ParcelStatus.UNKNOWN:
        return []
    return [_Detail(status=tracker.status, status_detail=tracker.status_detail, datetime=tracker.updated_at)]


def _scan(tracker: _Tracker, detail: _Detail, now: datetime) -> Scan | None:
    """The scan, or None when it has no believable time: without one it cannot be folded with the others."""
    code = reading.tidy("/".join(filter(None, (detail.status, detail.status_detail))), 120)
    told = reading.parse_time(detail.datetime or "")
    at, precision = _placed_in_time(told) if told else (None, "instant")
    if at is None or not reading.has_happened(at, now):
        log.info("easypost: scan skipped, its time is not believable: code=%s", code)
        return None
    meaning = _WORDS.meaning(detail.status, detail.status_detail)
    if not meaning.listed:
        log.info("easypost: not in the vocabulary: code=%s", code)
    place = _place(detail.tracking_location)
    return Scan(
        key=reading.scan_key(tracker.carrier, tracker.tracking_code, at, code, place),
        at=at,
        status=meaning.status,
        code=code,
        precision=precision,
        place=place,
        reason=meaning.reason,
        action_required=meaning.action_required,
    )


def _placed_in_time(told: datetime) -> tuple[datetime, Literal["instant", "day"]]:
    """A time with a zone is an instant; of one without only the date is kept, as a day in UTC.

    It is an hour in a zone nobody told us, up to 14 hours off if read as UTC, and guessing the zone from a
    city's name would be wrong in silence. The date is at most one day off, and "day" says so.
    """
    if told.tzinfo is None:
        return datetime.combine(told.date(), time(0), UTC), "day"
    return told.astimezone(UTC), "instant"


def _place(location: _Location | None) -> str:
    if location is None:
        return ""
    return reading.tidy(", ".join(filter(None, (location.city, location.state, location.country))), 120)


def _estimate(tracker: _Tracker, now: datetime) -> Estimate | None:
    """A date or an instant. `T00:00:00Z` is a bare date: as an instant it is the day before in the Americas."""
    expected = reading.parse_time(tracker.est_delivery_date or "")
    if expected is None or expected.replace(tzinfo=UTC) > now + _FARTHEST_ESTIMATE:
        return None
    told = reading.parse_time(tracker.updated_at or "")
    told_at = told.astimezone(UTC) if told and told.tzinfo and reading.has_happened(told, now) else now
    midnight_utc = expected.time() == time(0) and not expected.utcoffset()
    if expected.tzinfo is None or midnight_utc:
        return Estimate(told_at=told_at, day=expected.date())
    return Estimate(told_at=told_at, at=expected.astimezone(UTC))
