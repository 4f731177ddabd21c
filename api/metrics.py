"""What this process counts about itself: requests, commands, refusals. No merchant and no order is a label."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY: Final = CollectorRegistry()
METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
ProcessCollector(registry=REGISTRY)

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
REQUESTS: Final = Counter(
    "smot_http_requests", "Answered requests.", ("route", "method", "status"), registry=REGISTRY
)
REQUEST_SECONDS: Final = Histogram(
    "smot_http_request_seconds",
    "How long requests took to answer.",
    ("route", "method"),
    registry=REGISTRY,
    buckets=_BUCKETS,
)
COMMAND_SECONDS: Final = Histogram(
    "smot_command_seconds",
    "How long journeys took to answer a command, by verdict; timeout: no answer in time.",
    ("command", "outcome"),
    registry=REGISTRY,
    buckets=_BUCKETS,
)
RATE_LIMITED: Final = Counter(
    "smot_rate_limited", "Requests refused because a limit was used up.", ("limit",), registry=REGISTRY
)
UNLISTED_CODES: Final = Counter(
    "smot_carrier_codes_unlisted",
    "Scans with a code that their source's vocabulary does not list; they mean what is listed of them, or nothing.",
    ("source",),
    registry=REGISTRY,
)
LOOP_LAG: Final = Gauge(
    "smot_loop_lag_seconds",
    "The most that a task of this process was late in the last seconds; the dispatcher shares this loop.",
    registry=REGISTRY,
)


def record_request(route: str | None, method: str, status: int, seconds: float) -> None:
    """One request. An address that we do not serve has no route, and a method nobody knows no name."""
    place = (route or "").partition(" ")[2] or "unknown"
    verb = method if method in METHODS else "other"
    REQUESTS.labels(place, verb, str(status)).inc()
    REQUEST_SECONDS.labels(place, verb).observe(seconds)


class CommandTimer:
    """A command on its way; what it comes to is told before the end."""

    def __init__(self) -> None:
        self.outcome = "timeout"


@contextmanager
def time_command(command: str) -> Iterator[CommandTimer]:
    """Time a command from here to the end of the block."""
    asked, began = CommandTimer(), perf_counter()
    try:
        yield asked
    finally:
        COMMAND_SECONDS.labels(command, asked.outcome).observe(perf_counter() - began)
