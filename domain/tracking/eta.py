"""The four expectations of when a parcel arrives, which are kept apart (TRK-9), and their changes over time."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant, StatedDay, end_of_day
from domain.model.estimate import Estimate
from domain.model.promise import DelayNotice, Promise

EtaKind = Literal["promised", "carrier", "notified"]


class Eta(Frozen):
    """One expectation: an instant `at` or a bare `day` at the destination, never both.

    at, day: the expected time; of a window its end.
    earliest_at, earliest_day: the beginning of a window.
    confidence: 0 to 1, where the source states one.
    reported_at: when it was stated.
    source: who stated it.
    """

    at: Instant | None = None
    day: StatedDay | None = None
    earliest_at: Instant | None = None
    earliest_day: StatedDay | None = None
    confidence: float | None = None
    reported_at: Instant
    source: str

    def ends(self, zone: str) -> datetime:
        """The last moment at which it is met."""
        if self.at is not None:
            return self.at
        assert self.day is not None
        return end_of_day(self.day, zone)


class EtaRevision(Frozen):
    """One change of an expectation.

    reason: the carrier's code or the delay's reason where one is known, else how it differs from the one before.
    eta: None where no date is known any more.
    """

    kind: EtaKind
    reported_at: Instant
    source: str
    reason: str
    eta: Eta | None


class Etas(Frozen):
    """A parcel's expectations and their revisions, oldest first.

    promised: by the shop.
    first, latest: the carrier's first and latest estimates.
    effective: what customers are shown; None when no date is known, and once the parcel has arrived or will not arrive.
    late_minutes: how much later than promised it arrived, or is expected by `effective`; 0 if in time, None if unknown.
    """

    promised: Eta
    first: Eta | None
    latest: Eta | None
    effective: Eta | None
    late_minutes: int | None
    revisions: tuple[EtaRevision, ...]


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
