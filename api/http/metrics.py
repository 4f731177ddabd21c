"""What this process counts about HTTP: requests and refusals by a limit. No merchant and no order is a label."""

from functools import cache
from typing import Final

from prometheus_client import Counter, Histogram

from services.metrics import BUCKETS, REGISTRY

METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
REQUESTS: Final = Counter(
    "smot_http_requests", "Answered requests.", ("route", "method", "status"), registry=REGISTRY
)
REQUEST_SECONDS: Final = Histogram(
    "smot_http_request_seconds",
    "How long requests took to answer.",
    ("route", "method"),
    registry=REGISTRY,
    buckets=BUCKETS,
)
RATE_LIMITED: Final = Counter(
    "smot_rate_limited", "Requests refused because a limit was used up.", ("limit",), registry=REGISTRY
)


def record_request(route: str | None, method: str, status: int, seconds: float) -> None:
    """Count one request. An unknown address counts as route `unknown`, an unknown method as `other`."""
    requests, request_seconds = _of(route, method if method in METHODS else "other", status)
    requests.inc()
    request_seconds.observe(seconds)


@cache
def _of(route: str | None, verb: str, status: int) -> tuple[Counter, Histogram]:
    """What counts such requests: few routes, verbs and statuses exist, and to find their counters costs more than to count."""
    path = (route or "").partition(" ")[2] or "unknown"
    return REQUESTS.labels(path, verb, str(status)), REQUEST_SECONDS.labels(path, verb)
