"""What this process counts: commands to journeys, unlisted carrier codes, unknown drop-off codes, lag of the event loop.

No merchant and no order is a label. The counters of HTTP are in `api/http/metrics.py`, in the same registry.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY: Final = CollectorRegistry()
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)  # seconds
ProcessCollector(registry=REGISTRY)

COMMAND_SECONDS: Final = Histogram(
    "smot_command_seconds",
    "How long journeys took to answer a command, by verdict; timeout: no answer in time.",
    ("command", "outcome"),
    registry=REGISTRY,
    buckets=BUCKETS,
)
DELIVERIES: Final = Counter(
    "smot_inbox_deliveries",
    "Signed webhooks that were kept, by source; ignored: of a topic that is not followed, kept without their body.",
    ("source", "outcome"),
    registry=REGISTRY,
)
UNLISTED_CODES: Final = Counter(
    "smot_carrier_codes_unlisted",
    "Scans with a code that their source's vocabulary does not list; they mean what is listed of them, or nothing.",
    ("source",),
    registry=REGISTRY,
)
UNKNOWN_CODES: Final = Counter(
    "smot_drop_off_codes_unknown",
    "Drop-off codes that partners scanned and that do not exist: many of them are guesses.",
    registry=REGISTRY,
)
LOOP_LAG: Final = Gauge(
    "smot_loop_lag_seconds",
    "The most that a task of this process was late in the last seconds; the dispatcher shares this loop.",
    registry=REGISTRY,
)


class CommandTimer:
    """A command under way. `outcome`: set before the end of the block, else the command counts as timed out."""

    def __init__(self) -> None:
        self.outcome = "timeout"


@contextmanager
def time_command(command: str) -> Iterator[CommandTimer]:
    """Measure the seconds of the block as one command of that name."""
    timer, began = CommandTimer(), perf_counter()
    try:
        yield timer
    finally:
        COMMAND_SECONDS.labels(command, timer.outcome).observe(perf_counter() - began)
