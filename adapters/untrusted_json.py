"""Reading JSON from outside senders: strict parsing, bounded text, plausible times, delivery ids."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, ValidationError
from pydantic_core import from_json

from adapters.wall_clock import instant_of
from domain import keys
from domain.model.estimate import Estimate
from domain.model.scan import StatedTime
from ports.inbound_webhooks import InvalidPayload

MAX_SCANS = 500
_EARLIEST_YEAR = 2000  # no carrier's event is older; 1970 and 0001 are unset clocks
_LATEST_YEAR = 9990  # keeps offset and end-of-day arithmetic inside what a datetime can hold
_CLOCK_SKEW = timedelta(days=1)
_MAX_ESTIMATE_AHEAD = timedelta(days=730)


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("not printable")
    return name


# A carrier's name or a tracking number: 1-64 printable characters, edges stripped.
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(_printable),
]


def parse(body: bytes) -> object:
    """The JSON value in the body. Raises InvalidPayload for all but strict UTF-8 JSON (no NaN, BOM or deep nesting)."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        raise InvalidPayload("not JSON in UTF-8") from None


@contextmanager
def field_errors(where: str) -> Iterator[None]:
    """Turns a ValidationError inside into InvalidPayload with the path of the first wrong field.

    where: the path of the value that is validated.
    The field's value is left out, because it may be a person's name and the text is logged.
    """
    try:
        yield
    except ValidationError as problem:
        raise invalid_payload(problem, where) from None


def invalid_payload(problem: ValidationError, where: str) -> InvalidPayload:
    """The same for an error in hand."""
    first = problem.errors()[0]
    path = where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    return InvalidPayload(f"{sanitize(path, 200)}: {first['type']}")


def sanitize(text: str, limit: int) -> str:
    """Printable text on one line, at most `limit` characters: control characters break logs and databases."""
    if not text.isprintable() or "  " in text:
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text.strip()[:limit].rstrip()


def is_valid_id(value: object) -> bool:
    """Whether this can stand as a delivery id in our tables: 1-128 printable characters."""
    return isinstance(value, str) and 0 < len(value) <= 128 and value.isprintable()


def parse_time(text: str) -> datetime | None:
    """An ISO 8601 time as told, naive if the text has no zone; None if it is no time or not in 2000-9989."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told if _EARLIEST_YEAR <= told.year < _LATEST_YEAR else None


def parse_scan_time(text: str, country: str = "") -> StatedTime | None:
    """The time of a scan in a vendor's spelling, in `country` if it has no zone; None if it is no time or not plausible.

    A wall time is resolved only where the country's clocks leave one answer. Midnight without a zone is a bare date that a
    system has padded.
    """
    plain = parse_time(text)
    told = plain or _parse_vendor_time(text)
    if told is None:
        return None
    if told.tzinfo is not None:
        return StatedTime(told.astimezone(UTC), "instant", None)
    if plain and plain.time() == time(0):
        return StatedTime(told.replace(tzinfo=UTC), "day", told.date().isoformat())
    at = instant_of(told, country) if country else None
    if at is not None:
        return StatedTime(at, "instant", None)
    return StatedTime(told.replace(tzinfo=UTC), "local", told.replace(microsecond=0).isoformat())


_VENDOR_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?"
    r"(?: ?([AaPp])\.?[Mm]\.?)?(?: ?(Z|[+-]\d\d:?\d\d))?",
    re.ASCII,
)


def _parse_vendor_time(text: str) -> datetime | None:
    """What ISO 8601 as Python reads it leaves out: 24:00, a leap second, and 12:35 AM (S-20)."""
    found = _VENDOR_TIME.fullmatch(text.strip()) if len(text) <= 40 else None
    if found is None:
        return None
    day, hours, minutes, seconds, half, zone = found.groups()
    hour, second = int(hours), int(seconds or 0)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "Pp" else 0)
    end_of_day = hour == 24 and int(minutes) == second == 0
    if (hour > 23 and not end_of_day) or second > 60:
        return None
    leap = second == 60
    start = parse_time(f"{day}T{hour % 24:02}:{minutes}:{59 if leap else second:02}{zone or ''}")
    return start + timedelta(days=end_of_day, seconds=leap) if start else None


def parse_estimate(text: str | None, told_at: datetime, now: datetime) -> Estimate | None:
    """A day or an instant. `T00:00:00Z` is a bare date: as an instant it is the day before in the Americas."""
    expected = parse_time(text or "")
    if expected is None or expected.replace(tzinfo=UTC) > now + _MAX_ESTIMATE_AHEAD:
        return None
    midnight_utc = expected.time() == time(0) and not expected.utcoffset()
    if expected.tzinfo is None or midnight_utc:
        return Estimate(reported_at=told_at, day=expected.date())
    return Estimate(reported_at=told_at, at=expected.astimezone(UTC))


def is_plausible(at: datetime, now: datetime) -> bool:
    """Whether a scan of that time is believable: a carrier's clock may be a day ahead, not more."""
    return at <= now + _CLOCK_SKEW


def delivery_id(stated: object, body: bytes) -> str:
    """The id that a body states for its message, else the body's hash."""
    return stated if isinstance(stated, str) and is_valid_id(stated) else keys.content(body)
