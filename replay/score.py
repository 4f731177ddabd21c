"""How good being told early was: per lead time, what the system noted of real orders against when they arrived.

Only sums. That an order is at risk, and from when, is what its journey wrote down at that moment.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median

from demo.actions import Json

LEADS = (24, 48, 72, 96, 120, 168)  # hours before the end of the promised day


@dataclass(frozen=True)
class Score:
    """What one lead time would have given.

    `flagged`: orders at risk before their promise broke. `true_positives`: those of them that came late.
    `precision` = true_positives / flagged; `recall` = true_positives / late orders;
    `false_positive_rate` = the other flagged / orders in time.
    `median_lead`: hours from being at risk to the broken promise, over the true positives. None where nothing is counted.
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
    """One order that arrived: whether late, and how long before the broken promise each lead time flagged it."""

    late: bool
    flagged: dict[int, float]


def outcome(view: Json) -> Outcome | None:
    """Read from the order's view; None when it has not arrived."""
    arrivals = [parcel["delivered_at"] for parcel in view["parcels"]]
    if not arrivals or None in arrivals:
        return None
    due = _at(view["due"])
    flagged: dict[int, float] = {}
    for risk in view["lead_time_trials"]:
        ahead = (due - _at(risk["since"])).total_seconds() / 3600
        if ahead > 0:
            flagged[risk["hours"]] = max(ahead, flagged.get(risk["hours"], ahead))
    return Outcome(max(map(_at, arrivals)) >= due, flagged)


def table(views: Iterable[Json], leads: Iterable[int] = LEADS) -> Json:
    """`orders` that arrived, `late` ones, how many were told with the policy's own lead time, and a line per lead time."""
    views = list(views)
    outcomes = [found for view in views if (found := outcome(view)) is not None]
    return {
        "orders": len(outcomes),
        "late": sum(one.late for one in outcomes),
        "not_arrived": len(views) - len(outcomes),
        "notified": sum(bool(view["delay_notices"]) for view in views),
        "leads": [asdict(_score(outcomes, hours)) for hours in leads],
    }


def lines(found: Json) -> Iterator[str]:
    """The table for people."""
    yield f"{found['orders']} orders that arrived, {found['late']} of them late"
    yield "lead time  at risk  of them late  precision  recall  falsely alarmed  median lead"
    for one in found["leads"]:
        yield (
            f"{one['hours']:>7} h  {one['flagged']:>7}  {one['true_positives']:>12}  {_text(one['precision']):>9}  "
            f"{_text(one['recall']):>6}  {_text(one['false_positive_rate']):>15}  {_hours(one['median_lead']):>11}"
        )


def _score(outcomes: list[Outcome], hours: int) -> Score:
    late = sum(one.late for one in outcomes)
    flagged = [one for one in outcomes if hours in one.flagged]
    right = [one.flagged[hours] for one in flagged if one.late]
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
