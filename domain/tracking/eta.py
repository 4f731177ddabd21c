"""The four expectations of when a parcel arrives, which are kept apart (TRK-9), and their changes over time."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant, StatedDay, end_of_day
from domain.model.estimate import Estimate
from domain.model.promise import DelayNotice, Promise

EtaKind = Literal["promised", "carrier", "notified"]


class Eta(Frozen):
    """One expectation: an instant `at` or a bare `day` at the destination, never both."""

    at: Instant | None = None
    """The expected instant; of a window, its end."""
    day: StatedDay | None = None
    """The expected day; of a window, its last day."""
    earliest_at: Instant | None = None
    """The beginning of a window."""
    earliest_day: StatedDay | None = None
    """The first day of a window."""
    confidence: float | None = None
    """0 to 1, where the source states one."""
    reported_at: Instant
    """When it was stated."""
    source: str
    """Who stated it."""

    def ends(self, zone: str) -> datetime:
        """The last moment at which it is met."""
        if self.at is not None:
            return self.at
        assert self.day is not None
        return end_of_day(self.day, zone)


class EtaRevision(Frozen):
    """One change of an expectation."""

    kind: EtaKind
    """Which expectation changed."""
    reported_at: Instant
    """When it was stated."""
    source: str
    """Who stated it."""
    reason: str
    """The carrier's code or the delay's reason where one is known, else how it differs from the one before."""
    eta: Eta | None
    """The new expectation; null where no date is known any more."""


class Etas(Frozen):
    """A parcel's expectations and their revisions."""

    promised: Eta
    """By the shop."""
    first: Eta | None
    """The carrier's first estimate."""
    latest: Eta | None
    """The carrier's latest estimate."""
    effective: Eta | None
    """What customers are shown; null when no date is known, and once the parcel has arrived or will not arrive."""
    late_minutes: int | None
    """How much later than promised it arrived, or is expected by `effective`; 0 if in time, null if unknown."""
    revisions: tuple[EtaRevision, ...]
    """All changes, oldest first."""


def eta_of_promise(promise: Promise, since: datetime) -> Eta:
    """The promise that was given at `since`."""
    return Eta(**promise.model_dump(), reported_at=since, source="shop")


def eta_of_estimate(estimate: Estimate | None) -> Eta | None:
    """A carrier's estimate; None where it has no date."""
    if estimate is None or (estimate.at is None and estimate.day is None):
        return None
    return Eta(**estimate.model_dump(exclude={"source", "reason"}), source=estimate.source or "carrier")


def eta_of_notice(notice: DelayNotice) -> Eta | None:
    """The date in a delay notice; None where it has none."""
    if notice.expected is None:
        return None
    return Eta(at=notice.expected, reported_at=notice.notified_at, source="us")
