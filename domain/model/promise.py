"""Promises: the delivery date the shop gave, and every later date the customer was told instead."""

from datetime import datetime, timedelta

from pydantic import model_validator

from domain.base import Frozen
from domain.clock import Instant, StatedDay, StatedInstant, end_of_day, is_valid_window, local_day


class Promise(Frozen):
    """A delivery promise: exactly one of an instant (`at`) or a calendar day at the destination (`day`).

    `earliest_at`, `earliest_day`: where a window was promised, its beginning, of the same kind. It is late only after its end.
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
    """With a lead time of `hours` the customer would have been told at `since` that the subject is late.

    `subject`: as of a telling. `reason`: the delay's, as it stood then.
    """

    subject: str
    hours: int
    reason: str
    since: Instant
    due: Instant


def default_promise(placed_at: datetime, zone: str, days: int) -> Promise:
    """The promise of an order whose storefront gave none: so many days after the day on which it was placed there."""
    return Promise(day=local_day(placed_at, zone) + timedelta(days=days))


class DelayNotice(Frozen):
    """One delay told to the customer: a revision of the promise.

    `subject`: parcel id, or "unshipped" for what is in no parcel yet. `expected`: the new date, None while unknown.
    `sent_at`: when the notice left, where it lay in the outbox for long; else it left soon after `notified_at`.
    `nth`: which failed attempt it told of.
    """

    subject: str
    revision: int
    reason: str
    expected: Instant | None
    notified_at: Instant
    due: Instant
    sent_at: Instant | None = None
    attempt: int = 0


class FollowUp(Frozen):
    """We said that the customer hears from us by then: a promise of its own (NEW-5).

    `subject`: parcel, or "unshipped". `nth`: how many such words there were before. `fulfilled_at`: when a notice kept it;
    `expired_at`: when there was nothing left to say, since it arrived, was called off or was paid back.
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
