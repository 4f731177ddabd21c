"""Estimates: when a carrier expects to deliver, everything it said of it, and how much of that is kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.base import Fact
from domain.clock import StatedDay, StatedInstant, end_of_day

MOST_ESTIMATES = 20  # different ones of one parcel that are kept: the first, and the latest


class Estimate(Fact):
    """When the carrier expects to deliver: an instant or a bare day, and when it said so.

    A window has its beginning in `earliest_at` or `earliest_day`; `at` and `day` are its end. `confidence`: 0 to 1, where
    the carrier tells one. `source`: through whom we heard it; `reason`: why it moved, in the carrier's code, if it says so.
    """

    told_at: StatedInstant
    at: StatedInstant | None = None
    day: StatedDay | None = None
    earliest_at: StatedInstant | None = None
    earliest_day: StatedDay | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    source: Annotated[str, Field(max_length=32)] = ""
    reason: Annotated[str, Field(max_length=64)] = ""

    def latest(self, zone: str) -> datetime | None:
        """The last moment that still keeps this estimate; a bare day lasts until its end at the destination."""
        if self.at is not None:
            return self.at
        return end_of_day(self.day, zone) if self.day is not None else None

    @property
    def value(self) -> str:
        """What it says, without who said it and when: the same date told by two sources is one estimate."""
        return self.model_dump_json(exclude={"told_at", "source", "reason"}, exclude_defaults=True)


class Told(Fact):
    """One estimate of a parcel, as it was first told, and when it was told last."""

    estimate: Estimate
    last_told_at: StatedInstant


def merged(known: Iterable[Told], told: Iterable[Estimate]) -> list[Told]:
    """What was told, each estimate once, in the order in which it was first told.

    Equal for every order and repetition of the same estimates, as long as they are not more than are kept; the first and
    the latest are exact whatever there is.
    """
    said: dict[str, Told] = {}
    for one in [*known, *(Told(estimate=estimate, last_told_at=estimate.told_at) for estimate in told)]:
        same = said.get(one.estimate.value, one)
        first = min(same.estimate, one.estimate, key=age)
        said[one.estimate.value] = Told(estimate=first, last_told_at=max(same.last_told_at, one.last_told_at))
    ordered = sorted(said.values(), key=lambda one: age(one.estimate))
    newest = sorted(ordered[1:], key=lambda one: (one.last_told_at, one.estimate.value))
    kept = newest[-MOST_ESTIMATES + 1 :]
    return [one for one in ordered if one is ordered[0] or one in kept]


def age(estimate: Estimate) -> tuple[datetime, str]:
    """By when it was told; of two told at one moment the same one wins everywhere."""
    return estimate.told_at, estimate.model_dump_json(exclude_defaults=True)
