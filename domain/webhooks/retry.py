"""The retry schedule of outgoing webhooks: when a delivery is tried again or is dead, and when its endpoint is paused."""

from datetime import datetime, timedelta

# Between tries, as Standard Webhooks 1.0.0 recommends: 75 h 35 min in all.
RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
MAX_ATTEMPTS = len(RETRY_DELAYS) + 1
MAX_RETRY_AFTER = timedelta(hours=24)  # a longer Retry-After of a receiver counts as this
JITTER = 0.1  # each wait is longer by up to this part of it, so that receivers are not hit by all at once
PAUSE_AFTER = timedelta(hours=24)
PAUSE_AFTER_FAILURES = 20
SECRET_OVERLAP = timedelta(hours=24)  # a replaced secret still signs for this time
PAUSED_RETENTION = timedelta(days=30)
MAX_ENDPOINTS = 10


def retry_delay(attempts: int, retry_after: timedelta | None, jitter: float) -> timedelta | None:
    """The wait after that many failed attempts; None when the delivery is dead.

    retry_after: the receiver's Retry-After, which may lengthen the wait up to a day.
    jitter: a random number between 0 and 1.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    wait = RETRY_DELAYS[attempts - 1]
    if retry_after is not None:
        wait = max(wait, min(retry_after, MAX_RETRY_AFTER))
    return wait * (1 + JITTER * jitter)


def should_pause(failures: int, failing_since: datetime, now: datetime) -> bool:
    """Whether an endpoint has failed for so long that it is paused."""
    return failures >= PAUSE_AFTER_FAILURES and now - failing_since >= PAUSE_AFTER
