"""What every source needs to read strangers' JSON: strict parsing, bounded text, plausible times, stable keys."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, ValidationError
from pydantic_core import from_json

from ports.carriers import Unreadable

MOST_SCANS = 500
_EARLIEST_YEAR = 2000  # no carrier's event is older; 1970 and 0001 are unset clocks
_LATEST_YEAR = 9990  # keeps offset and end-of-day arithmetic inside what a datetime can hold
_CLOCK_SKEW = timedelta(days=1)


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
    """The JSON value in the body. Raises Unreadable for all but strict UTF-8 JSON (no NaN, BOM, deep nesting)."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Unreadable("not JSON in UTF-8") from None


def unreadable(problem: ValidationError, where: str) -> Unreadable:
    """The first wrong field, named by its path only: the value may be a person's name and end in a log."""
    path = where + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in problem.errors()[0]["loc"])
    return Unreadable(f"{tidy(path, 200)}: {problem.errors()[0]['type']}")


def tidy(text: str, limit: int) -> str:
    """Printable text on one line, at most `limit` characters: control characters break logs and databases."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:limit].rstrip()


def content_id(body: bytes) -> str:
    """The delivery id of a message that brings none: the same bytes are the same delivery."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def is_id(value: object) -> bool:
    """Whether this can stand as a delivery id in our tables: 1-128 printable characters."""
    return isinstance(value, str) and 0 < len(value) <= 128 and value.isprintable()


def parse_time(text: str) -> datetime | None:
    """An ISO 8601 time as told, naive if the text has no zone; None if it is no time or not in 2000-9989."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told if _EARLIEST_YEAR <= told.year < _LATEST_YEAR else None


def has_happened(at: datetime, now: datetime) -> bool:
    """Whether a scan of that time is believable: a carrier's clock may be a day ahead, not more."""
    return at <= now + _CLOCK_SKEW


def scan_key(carrier: str, number: str, at: datetime, code: str, place: str) -> str:
    """32 hex characters, equal for the same event told twice (TRK-2), whatever offset its time is written in."""
    parts = (carrier, number, at.astimezone(UTC).isoformat(), code, place)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
