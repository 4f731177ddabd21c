"""Estimates: when a carrier expects to deliver, and the history of its estimates for a parcel."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from domain.base import Frozen
from domain.clock import StatedDay, StatedInstant, end_of_day, is_edge_of_day

MAX_ESTIMATES = 20  # different estimates of one parcel that are kept: the first, and the latest others


class Estimate(Frozen):
    """When the carrier expects to deliver: an instant or a calendar day."""

    reported_at: StatedInstant
    """When the carrier stated this."""
    at: StatedInstant | None = None
    """The expected instant; of a window, its end."""
    day: StatedDay | None = None
    """The expected day; of a window, its last day."""
    earliest_at: StatedInstant | None = None
    """The beginning of a window."""
    earliest_day: StatedDay | None = None
    """The first day of a window."""
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    """0 to 1, if the carrier states it."""
    source: Annotated[str, Field(max_length=32)] = ""
    """The webhook's source; empty for a poll."""
    reason: Annotated[str, Field(max_length=64)] = ""
    """The carrier's code for why the estimate changed; empty if it states none."""

    def latest(self, zone: str) -> datetime | None:
        """The last moment that still meets the estimate; for a calendar day, its end at the destination."""
        if self.at is not None:
            return self.at
        return end_of_day(self.day, zone) if self.day is not None else None

    def at_destination(self, zone: str) -> "Estimate":
        """The estimate as it counts in that zone: the first or the last instant of a day there is that day.

        A window stays, since its beginning says what its end means.
        """
        wall = (
            self.at.astimezone(ZoneInfo(zone)) if self.at is not None and self.earliest_at is None else None
        )
        if wall is None or not is_edge_of_day(wall.time()):
            return self
        return self.model_copy(update={"at": None, "day": wall.date()})

    @property
    def value(self) -> str:
        """The estimate without its source and time: the same date from two sources is one estimate."""
        return self.model_dump_json(exclude={"reported_at", "source", "reason"}, exclude_defaults=True)


class EstimateRecord(Frozen):
    """One estimate of a parcel, as it was first reported, and the time of the latest report."""

    estimate: Estimate
    last_reported_at: StatedInstant


def merge_estimates(records: Iterable[EstimateRecord], estimates: Iterable[Estimate]) -> list[EstimateRecord]:
    """The history with these estimates, each value once, in the order of the first reports.

    The result is the same for every order and repetition of the same estimates, as long as there are at most
    MAX_ESTIMATES values. Beyond that, the first and the latest are still exact.
    """
    merged: dict[str, EstimateRecord] = {}
    reported = (EstimateRecord(estimate=one, last_reported_at=one.reported_at) for one in estimates)
    for record in (*records, *reported):
        same = merged.get(record.estimate.value, record)
        merged[record.estimate.value] = EstimateRecord(
            estimate=min(same.estimate, record.estimate, key=report_order),
            last_reported_at=max(same.last_reported_at, record.last_reported_at),
        )
    ordered = sorted(merged.values(), key=lambda record: report_order(record.estimate))
    latest = sorted(ordered[1:], key=lambda record: (record.last_reported_at, record.estimate.value))
    kept = latest[-MAX_ESTIMATES + 1 :]
    return [record for record in ordered if record is ordered[0] or record in kept]


def report_order(estimate: Estimate) -> tuple[datetime, str]:
    """Sort key: the time of the report, then the content, so that equal times are always ordered in the same way."""
    return estimate.reported_at, estimate.model_dump_json(exclude_defaults=True)
