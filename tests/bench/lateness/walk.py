"""Walk through the past day by day: predict for this morning's parcels from what was known until then, then learn the day."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tests.bench.lateness.parcels import DAY, Parcel
from tests.bench.lateness.transit import Transit

LEADS = (48, 72, 120)
_REFIT_DAYS = 7  # days between two refits of the model
_RECALL = 0.92  # the threshold would have kept this share of the late parcels so far; the goal is 0.90


@dataclass(frozen=True)
class Verdict:
    """One parcel that the rule flags. `flagged`: by the learned chance against the threshold of that day."""

    parcel: Parcel
    chance: float
    flagged: bool


class Threshold:
    """Predicted chances of parcels that turned out late, and the threshold that would have kept enough of them."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self.value = 0.0

    def learn(self, chance: float) -> None:
        self._late.append(chance)

    def refit(self) -> None:
        if self._late:
            ranked = sorted(self._late, reverse=True)
            self.value = ranked[math.ceil(_RECALL * len(ranked)) - 1]


def walk(parcels: Sequence[Parcel], frozen: date | None = None) -> dict[int, list[Verdict]]:
    """Per lead time the verdicts on all parcels that the rule flags. `frozen`: nothing is learnt from that day on."""
    mornings = _mornings(parcels)
    days, last = _days(parcels), max(mornings)
    transit, thresholds = Transit(), {hours: Threshold() for hours in LEADS}
    verdicts: dict[int, list[Verdict]] = {hours: [] for hours in LEADS}
    turned_out: dict[date, list[tuple[int, float]]] = defaultdict(list)
    day, begun = parcels[0].approved, parcels[0].approved
    while day <= last:
        learning = frozen is None or day < frozen
        if (learning and (day - begun).days % _REFIT_DAYS == 0) or day == frozen:
            _refit(transit, thresholds.values())
        for hours, parcel in mornings.get(day, ()):
            chance = transit.late(parcel, hours)
            verdicts[hours].append(Verdict(parcel, chance, chance >= thresholds[hours].value))
            if parcel.late:
                turned_out[parcel.promised].append((hours, chance))
        if learning:
            transit.follow(days.get(day, []), day)
            for parcel, came in days.get(day, ()):
                transit.learn(parcel, day, came)
            for hours, chance in turned_out.pop(day, ()):
                thresholds[hours].learn(chance)
        day += DAY
    return verdicts


def _refit(transit: Transit, thresholds: Iterable[Threshold]) -> None:
    transit.refit()
    for threshold in thresholds:
        threshold.refit()


def _mornings(parcels: Sequence[Parcel]) -> dict[date, list[tuple[int, Parcel]]]:
    """Which parcels are scored on which morning: those under way at a lead time."""
    mornings: dict[date, list[tuple[int, Parcel]]] = defaultdict(list)
    for parcel in parcels:
        for hours in LEADS:
            if parcel.at_risk(hours):
                mornings[parcel.first_day_left(hours)].append((hours, parcel))
    return mornings


def _days(parcels: Sequence[Parcel]) -> dict[date, list[tuple[Parcel, bool]]]:
    """Which parcels were under way on which day, and which of them came."""
    end = max(parcel.delivered or parcel.approved for parcel in parcels)
    days: dict[date, list[tuple[Parcel, bool]]] = defaultdict(list)
    for parcel in parcels:
        for day, came in parcel.days_under_way(end):
            days[day].append((parcel, came))
    return days
