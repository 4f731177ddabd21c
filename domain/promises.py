"""Promises: the delivery date the shop gave, and every later date the customer was told instead."""

from datetime import datetime, timedelta

from pydantic import model_validator

from domain.base import Fact
from domain.clock import Instant, StatedDay, StatedInstant, end_of_day, local_day


class Promise(Fact):
    """A delivery promise: exactly one of an instant (`at`) or a calendar day at the destination (`day`)."""

    at: StatedInstant | None = None
    day: StatedDay | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Promise":
        if (self.at is None) == (self.day is None):
            raise ValueError("a promise is either an instant or a day")
        return self

    def due(self, zone: str) -> datetime:
        """The instant from which the promise is broken: a day is kept until its end at the destination."""
        if self.at is not None:
            return self.at
        assert self.day is not None
        return end_of_day(self.day, zone)


def promise_of(placed_at: datetime, zone: str, days: int) -> Promise:
    """The promise of an order whose storefront gave none: so many days after the day on which it was placed there."""
    return Promise(day=local_day(placed_at, zone) + timedelta(days=days))


class Telling(Fact):
    """One delay told to the customer: a revision of the promise.

    `subject`: parcel id, or "unshipped" for what is in no parcel yet. `expected`: the new date, None while unknown.
    `left_at`: when the notice left, where it lay in the outbox for long; else it left soon after `told_at`.
    """

    subject: str
    revision: int
    reason: str
    expected: Instant | None
    told_at: Instant
    due: Instant
    left_at: Instant | None = None
