"""What use cases raise, as problems: the one table for all routes and pages."""

from collections.abc import Callable
from typing import Final

from api.http.problems import Problem
from services.journeys import JourneyUnavailable
from services.paging import BadCursor
from services.per_order_limiter import OrderBusy
from services.policies.backtesting import BacktestRunning

RETRY_AFTER: Final = 2.0  # seconds

_PROBLEMS: Final[dict[type[Exception], Callable[[], Problem]]] = {
    JourneyUnavailable: lambda: Problem(
        "unavailable", "No answer in time; repeat the same request.", retry_after=RETRY_AFTER
    ),
    OrderBusy: lambda: Problem(
        "too_many_requests",
        "Too many requests are working on this order; repeat the same request shortly.",
        retry_after=1,
    ),
    BacktestRunning: lambda: Problem(
        "too_many_requests",
        "A draft of this merchant is being tried out; repeat the same request when that has ended.",
        retry_after=RETRY_AFTER,
    ),
    BadCursor: lambda: Problem("invalid_query", "The cursor is not one that we gave."),
}
SERVICE_FAILURES: Final = tuple(_PROBLEMS)


def problem_of(failure: Exception) -> Problem:
    """The problem of one of SERVICE_FAILURES."""
    return next(make for kind, make in _PROBLEMS.items() if isinstance(failure, kind))()
