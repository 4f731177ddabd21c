"""Transit times as daily chances of delivery (Kaplan-Meier in whole days), per lane, shrunk towards all lanes.

A parcel that is still under way counts for every day on which it did not arrive. The data name no places: the lane is the
length of the promise, which the marketplace itself computed from them.
"""

from collections import Counter
from datetime import date, timedelta

from tests.bench.lateness.parcels import Parcel, rests

Age = tuple[str, int]
_SHRINK = 50  # parcel-days by which a lane is drawn towards all: n / (n + 50) is its own
_PRIOR, _PRIOR_DAYS = 0.05, 20  # the daily chance before any data, and its weight
_MIN_SEEN = 20  # days of a kind observed, before which it is taken for a day like others
_MAX_CHANCE = 0.95


class Transit:
    """The model so far. `trend`: how many more parcels arrived lately than were expected."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[int | None, Age]] = Counter()
        self._came: Counter[tuple[int | None, Age]] = Counter()
        self._days_seen: Counter[int] = Counter()
        self._days_came: Counter[int] = Counter()
        self._kinds: dict[int, float] = {}
        self._chances: dict[tuple[int, Age], float] = {}
        self._arrived = self._expected = 0.0

    def learn(self, parcel: Parcel, day: date, arrived: bool) -> None:
        """One parcel on one day: it was under way in the morning, and came or did not."""
        age = _age(parcel, day)
        for lane in (None, _lane(parcel)):
            self._seen[lane, age] += 1
            self._came[lane, age] += arrived
        self._days_seen[rests(day)] += 1
        self._days_came[rests(day)] += arrived

    def refit(self) -> None:
        """Predict with everything learnt so far from now on."""
        usual = self._days_came.total() / max(1, self._days_seen.total())
        self._kinds = {
            kind: self._days_came[kind] / seen / usual
            for kind, seen in self._days_seen.items()
            if seen > _MIN_SEEN and usual
        }
        self._chances.clear()

    def follow(self, today: list[tuple[Parcel, bool]], day: date) -> None:
        """Compare a day's arrivals with the expected ones; ten days have most of the weight."""
        self._arrived, self._expected = 0.9 * self._arrived, 0.9 * self._expected
        for parcel, arrived in today:
            self._arrived += arrived
            self._expected += self._chance(parcel, day)

    @property
    def trend(self) -> float:
        return (self._arrived + 30) / (self._expected + 30)

    def late(self, parcel: Parcel, hours: int) -> float:
        """The chance that a parcel under way that long before the end of its promise comes after it."""
        first, chance, trend = parcel.first_day_left(hours), 1.0, self.trend
        for day in (first + timedelta(days=ahead) for ahead in range(hours // 24)):
            chance *= 1 - min(_MAX_CHANCE, trend * self._chance(parcel, day, known_on=first))
        return chance

    def _chance(self, parcel: Parcel, day: date, known_on: date | None = None) -> float:
        key = _lane(parcel), _age(parcel, day, known_on)
        if key not in self._chances:
            self._chances[key] = self._shrunk(*key)
        return min(_MAX_CHANCE, self._chances[key] * self._kinds.get(rests(day), 1.0))

    def _shrunk(self, lane: int, age: Age) -> float:
        """Neighbouring ages are taken together: a day to each side, three where parcels are few."""
        origin, days = age
        wide = 1 if days < 25 else 3
        ages = [(origin, near) for near in range(days - wide, days + wide + 1)]
        seen = sum(self._seen[None, near] for near in ages)
        everywhere = (sum(self._came[None, near] for near in ages) + _PRIOR * _PRIOR_DAYS) / (
            seen + _PRIOR_DAYS
        )
        here = sum(self._seen[lane, near] for near in ages)
        return (sum(self._came[lane, near] for near in ages) + _SHRINK * everywhere) / (here + _SHRINK)


def _lane(parcel: Parcel) -> int:
    """Weeks of the promise, six and more as one."""
    return min(6, (parcel.promised - parcel.approved).days // 7)


def _age(parcel: Parcel, day: date, known_on: date | None = None) -> Age:
    """Days since the hand-over where that is known on `known`, else since the approval.

    One that was not handed over counts as still waiting: the data have no such parcel that came in time.
    """
    handed_over = parcel.handed_over
    if handed_over is not None and handed_over < (known_on or day):
        return "carrier", min(90, (day - handed_over).days)
    return "shop", min(90, (day - parcel.approved).days)
