"""Times in reports: ISO 8601 or seconds since 1970."""

from datetime import UTC, datetime

_MAX_SECONDS = 32_503_680_000  # the year 3000


def stated_time(stated: object) -> datetime | None:
    """The instant; None for what is none, or has no offset."""
    if isinstance(stated, int | float) and not isinstance(stated, bool) and 0 < stated < _MAX_SECONDS:
        return datetime.fromtimestamp(stated, UTC)
    if not isinstance(stated, str):
        return None
    try:
        at = datetime.fromisoformat(stated)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None
