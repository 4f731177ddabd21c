"""Promises: the delivery date that the shop gave, and every later date of which the customer was notified."""

from datetime import datetime, timedelta

from pydantic import model_validator

from domain.base import Frozen
from domain.clock import Instant, StatedDay, StatedInstant, end_of_day, is_valid_window, local_day


class Promise(Frozen):
    """A delivery promise: exactly one of an instant (`at`) or a calendar day at the destination (`day`).

    earliest_at, earliest_day: the beginning of a promised window, of the same kind. Only after the end of the
      window is the delivery late.
    """

    at: StatedInstant | None = None
    day: StatedDay | None = None
    earliest_at: StatedInstant | None = None
    earliest_day: StatedDay | None = None

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
    """A trial of one lead time: with `hours`, the customer would have had a notice at `since` that the subject is late.

    subject: as in a delay notice.
    reason: the reason of the delay at that time.
    """

    subject: str
    hours: int
    reason: str
    since: Instant
    due: Instant


def default_promise(placed_at: datetime, zone: str, days: int) -> Promise:
    """The promise for a storefront that gave none: `days` after the day of the order at the destination."""
    return Promise(day=local_day(placed_at, zone) + timedelta(days=days))


class DelayNotice(Frozen):
    """One delay of which the customer was notified: a revision of the promise.

    subject: parcel id, or "unshipped" for units that are in no parcel yet.
    expected: the new date, None while unknown.
    sent_at: when the notice left, if it waited long in the outbox; else it left soon after `notified_at`.
    dropped_at: when it was dropped because it was no longer true: the customer does not know of it.
    attempt: the number of the failed attempt that it reported.
    """

    subject: str
    revision: int
    reason: str
    expected: Instant | None
    notified_at: Instant
    due: Instant
    sent_at: Instant | None = None
    dropped_at: Instant | None = None
    attempt: int = 0


class FollowUp(Frozen):
    """A promise to the customer of a further notice by `due` (NEW-5).

    subject: parcel id, or "unshipped".
    number: how many follow-ups there were before.
    fulfilled_at: when a notice kept the promise.
    expired_at: when there was nothing left to report: the parcel arrived, or was cancelled or paid back.
    """

    subject: str
    promised_at: Instant
    due: Instant
    number: int = 0
    fulfilled_at: Instant | None = None
    expired_at: Instant | None = None

    @property
    def open(self) -> bool:
        return self.fulfilled_at is None and self.expired_at is None
