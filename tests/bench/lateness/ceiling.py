"""The most that the days could predict: a logistic regression fitted to the same parcels on which it is scored.

It has seen the answers, so no real estimate can be as good. A gain that even it does not have is not in the data.
"""

import math
from collections.abc import Sequence
from datetime import timedelta

from tests.bench.lateness.parcels import Parcel, rests
from tests.bench.lateness.walk import Verdict

_STEPS, _RATE = 800, 0.3


def fitted(verdicts: Sequence[Verdict], hours: int) -> list[Verdict]:
    """The same parcels with chances from the regression instead."""
    seen = [_features(verdict.parcel, hours) for verdict in verdicts]
    weights = _fit(seen, [verdict.parcel.late for verdict in verdicts])
    return [
        Verdict(one.parcel, _chance(weights, features), flagged=True)
        for one, features in zip(verdicts, seen, strict=True)
    ]


def _features(parcel: Parcel, hours: int) -> list[float]:
    """Weekday and length of the promise, holidays before it, an order at the weekend, and the month."""
    due = parcel.promised + timedelta(days=1)
    length = (parcel.promised - parcel.approved).days
    left = [parcel.first_day_left(hours) + timedelta(days=ahead) for ahead in range(hours // 24)]
    resting = sum(rests(day) == 6 != day.weekday() for day in left)
    lengths = [min(length, 60) / 20, max(0, length - 12) / 20, max(0, length - 20) / 20]
    weekdays = [float(due.weekday() == day) for day in range(1, 5)]
    months = [float((due.year, due.month) == month) for month in _MONTHS]
    return [1.0, *weekdays, *lengths, resting / 2, float(parcel.approved.weekday() >= 5), *months]


_MONTHS = ((2017, 10), (2017, 11), (2017, 12), (2018, 1), (2018, 2), (2018, 3))


def _fit(seen: list[list[float]], late: list[bool]) -> list[float]:
    """Gradient descent on the log likelihood with a slight pull to zero."""
    weights = [0.0] * len(seen[0])
    for _ in range(_STEPS):
        slopes = [weight / len(seen) for weight in weights]
        for features, outcome in zip(seen, late, strict=True):
            error = (_chance(weights, features) - outcome) / len(seen)
            for at, feature in enumerate(features):
                if feature:
                    slopes[at] += error * feature
        weights = [weight - _RATE * slope for weight, slope in zip(weights, slopes, strict=True)]
    return weights


def _chance(weights: list[float], features: list[float]) -> float:
    return 1 / (1 + math.exp(-sum(map(float.__mul__, weights, features))))
