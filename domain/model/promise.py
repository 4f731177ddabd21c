"""Promises: the delivery date that the shop gave, and every later date of which the customer was notified."""

from datetime import datetime, timedelta

from pydantic import model_validator

from domain.base import Frozen
from domain.clock import Instant, StatedDay, StatedInstant, end_of_day, is_valid_window, local_day


class Promise(Frozen):
    """A delivery promise: exactly one of an instant (`at`) or a calendar day at the destination (`day`).

    Only after the end of a promised window is the delivery late.
    """

    at: StatedInstant | None = None
    """The promised instant; of a window, its end."""
    day: StatedDay | None = None
    """The promised day; of a window, its last day."""
    earliest_at: StatedInstant | None = None
    """The beginning of a window."""
    earliest_day: StatedDay | None = None
    """The first day of a window."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "Promise":
        if (self.at is None) == (self.day is None):
            raise ValueError("a promise is either an instant or a day")
        if not is_valid_window(self.at, self.day, self.earliest_at, self.earliest_day):
            raise ValueError("a window begins before it ends, with the same kind of time")
        return self

    def due(self, zone: str) -> datetime:
        """The instant from which the promise is broken: a day is kept until its end at the destination."""
        if self.at is not None:
            return self.at
        assert self.day is not None
        return end_of_day(self.day, zone)


class LeadTimeTrial(Frozen):
    """A trial of one lead time: the customer would have had a notice that the subject is late."""

    subject: str
    """The parcel, or `unshipped` for units that are in no parcel yet."""
    hours: int
    """The lead time that is tried."""
    reason: str
    """The reason of the delay at that time."""
    since: Instant
    """When the notice would have been sent."""
    due: Instant
    """The promise that it is about."""


def default_promise(placed_at: datetime, zone: str, days: int) -> Promise:
    """The promise for a storefront that gave none: `days` after the day of the order at the destination."""
    return Promise(day=local_day(placed_at, zone) + timedelta(days=days))


class DelayNotice(Frozen):
    """One delay of which the customer was notified: a revision of the promise."""

    subject: str
    """The parcel, or `unshipped` for units that are in no parcel yet."""
    revision: int
    """The number of the notice about this subject."""
    reason: str
    """Why it is late."""
    expected: Instant | None
    """The new date; null while unknown."""
    notified_at: Instant
    """When the notice was written."""
    due: Instant
    """The promise that breaks."""
    sent_at: Instant | None = None
    """When the notice left, if it waited long in the outbox; else it left soon after `notified_at`."""
    dropped_at: Instant | None = None
    """When it was dropped because it was no longer true: the customer does not know of it."""
    attempt: int = 0
    """The number of the failed attempt that it reported; 0 for none."""


class FollowUp(Frozen):
    """A promise to the customer of a further notice (NEW-5)."""

    subject: str
    """The parcel, or `unshipped`."""
    promised_at: Instant
    """When it was promised."""
    due: Instant
    """By when the customer was promised it."""
    number: int = 0
    """How many follow-ups there were before."""
    fulfilled_at: Instant | None = None
    """When a notice kept the promise."""
    expired_at: Instant | None = None
    """When there was nothing left to report: the parcel arrived, or was cancelled or paid back."""

    @property
    def open(self) -> bool:
        return self.fulfilled_at is None and self.expired_at is None
