"""Estimates: when a carrier expects to deliver, everything it said of it, and how much of that is kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.base import Frozen
from domain.clock import StatedDay, StatedInstant, end_of_day

MAX_ESTIMATES = 20  # different ones of one parcel that are kept: the first, and the latest


class Estimate(Frozen):
    """When the carrier expects to deliver: an instant or a bare day, and when it said so.

    A window has its beginning in `earliest_at` or `earliest_day`; `at` and `day` are its end. `confidence`: 0 to 1, where
    the carrier tells one. `source`: through whom we heard it; `reason`: why it moved, in the carrier's code, if it says so.
    """

    reported_at: StatedInstant
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
        return self.model_dump_json(exclude={"reported_at", "source", "reason"}, exclude_defaults=True)


class EstimateRecord(Frozen):
    """One estimate of a parcel, as it was first told, and when it was told last."""

    estimate: Estimate
    last_reported_at: StatedInstant


def merge_estimates(records: Iterable[EstimateRecord], estimates: Iterable[Estimate]) -> list[EstimateRecord]:
    """What was told, each estimate once, in the order in which it was first told.

    Equal for every order and repetition of the same estimates, as long as they are not more than are kept; the first and
    the latest are exact whatever there is.
    """
    said: dict[str, EstimateRecord] = {}
    for one in [
        *records,
        *(EstimateRecord(estimate=estimate, last_reported_at=estimate.reported_at) for estimate in estimates),
    ]:
        same = said.get(one.estimate.value, one)
        first = min(same.estimate, one.estimate, key=report_order)
        said[one.estimate.value] = EstimateRecord(
            estimate=first, last_reported_at=max(same.last_reported_at, one.last_reported_at)
        )
    ordered = sorted(said.values(), key=lambda one: report_order(one.estimate))
    newest = sorted(ordered[1:], key=lambda one: (one.last_reported_at, one.estimate.value))
    kept = newest[-MAX_ESTIMATES + 1 :]
    return [one for one in ordered if one is ordered[0] or one in kept]


def report_order(estimate: Estimate) -> tuple[datetime, str]:
    """By when it was told; of two told at one moment the same one wins everywhere."""
    return estimate.reported_at, estimate.model_dump_json(exclude_defaults=True)
