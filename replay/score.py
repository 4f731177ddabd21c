"""The score of lead times: how many orders that a lead time flagged as at risk came late.

The journey of each order has recorded from when on each lead time flagged it; this module only counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median

from demo.actions import Json

LEADS = (24, 48, 72, 96, 120, 168)  # hours before the end of the promised day


@dataclass(frozen=True)
class Score:
    """The result of one lead time. None where nothing is counted.

    - `hours`: the lead time.
    - `flagged`: orders at risk before their promise broke.
    - `true_positives`: flagged orders that came late.
    - `precision`: true_positives / flagged.
    - `recall`: true_positives / late orders.
    - `false_positive_rate`: the other flagged orders / orders in time.
    - `median_lead`: hours from the flag to the broken promise, over the true positives.
    """

    hours: int
    flagged: int
    true_positives: int
    precision: float | None
    recall: float | None
    false_positive_rate: float | None
    median_lead: float | None


@dataclass(frozen=True)
class Outcome:
    """An order that arrived. `flagged`: per lead time, the hours from its flag to the end of the promise."""

    late: bool
    flagged: dict[int, float]


def outcome(view: Json) -> Outcome | None:
    """The outcome in the order's view; None when it has not arrived."""
    arrivals = [parcel["delivered_at"] for parcel in view["parcels"]]
    if not arrivals or None in arrivals:
        return None
    due = _at(view["due"])
    flagged: dict[int, float] = {}
    for trial in view["lead_time_trials"]:
        hours = (due - _at(trial["since"])).total_seconds() / 3600
        if hours > 0:
            flagged[trial["hours"]] = max(hours, flagged.get(trial["hours"], hours))
    return Outcome(max(map(_at, arrivals)) >= due, flagged)


def table(views: Iterable[Json], leads: Iterable[int] = LEADS) -> Json:
    """Counts of orders that arrived, late ones, and notified ones (by the policy's own lead time); a line per lead time."""
    views = list(views)
    outcomes = [each for view in views if (each := outcome(view)) is not None]
    return {
        "orders": len(outcomes),
        "late": sum(each.late for each in outcomes),
        "not_arrived": len(views) - len(outcomes),
        "notified": sum(bool(view["delay_notices"]) for view in views),
        "leads": [asdict(_score(outcomes, hours)) for hours in leads],
    }


def lines(result: Json) -> Iterator[str]:
    """The table for people."""
    yield f"{result['orders']} orders that arrived, {result['late']} of them late"
    yield "lead time  at risk  of them late  precision  recall  falsely alarmed  median lead"
    for lead in result["leads"]:
        yield (
            f"{lead['hours']:>7} h  {lead['flagged']:>7}  {lead['true_positives']:>12}  {_text(lead['precision']):>9}  "
            f"{_text(lead['recall']):>6}  {_text(lead['false_positive_rate']):>15}  {_hours(lead['median_lead']):>11}"
        )


def _score(outcomes: list[Outcome], hours: int) -> Score:
    late = sum(each.late for each in outcomes)
    flagged = [each for each in outcomes if hours in each.flagged]
    right = [each.flagged[hours] for each in flagged if each.late]
    return Score(
        hours=hours,
        flagged=len(flagged),
        true_positives=len(right),
        precision=_share(len(right), len(flagged)),
        recall=_share(len(right), late),
        false_positive_rate=_share(len(flagged) - len(right), len(outcomes) - late),
        median_lead=round(median(right), 1) if right else None,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _text(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"


def _hours(hours: float | None) -> str:
    return "-" if hours is None else f"{hours:g} h"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
