"""Until when the law lets a customer withdraw from the purchase of each unit."""

from datetime import date, datetime, timedelta

from domain.clock import end_of_day, local_day
from domain.model.country_packs import CountryPack, law_of
from domain.model.state import JourneyState
from domain.model.unit_places import Arrivals

_SATURDAY = 5


class WithdrawalWindows:
    """The ends by one law. Of goods that have not arrived none is known."""

    def __init__(
        self,
        state: JourneyState,
        law: CountryPack,
        now: datetime | None = None,
        arrived: Arrivals | None = None,
    ) -> None:
        """`now`: while goods of the order are awaited, what counts from the last of them ends no earlier than from now."""
        self._state, self._law = state, law
        self._arrived = state.arrivals() if arrived is None else arrived
        self._last = _last_delivery(state, self._arrived, now) if law.from_last_delivery else None
        self._ends: dict[datetime, datetime] = {}

    def end(self, line_id: str, unit: int) -> datetime:
        """The first instant at which the customer can no longer withdraw from the purchase of that unit, which arrived."""
        counted_from = self._last or self._arrived[line_id][unit]
        if counted_from not in self._ends:
            last_day = withdrawal_day(self._state, self._law, counted_from)
            self._ends[counted_from] = end_of_day(last_day, self._state.zone)
        return self._ends[counted_from]


def withdrawal_day(state: JourneyState, law: CountryPack, counted_from: datetime) -> date:
    """The last day for goods that came then; the day of the delivery is not counted."""
    day = local_day(counted_from, state.zone) + timedelta(days=law.days)
    day = _moved(day, state, law)
    if state.terms.policy.withdrawal_informed or not law.uninformed_years:
        return day
    return _moved(_years_later(day, law.uninformed_years), state, law)


def law_in_force(state: JourneyState) -> CountryPack | None:
    """The law of the destination, where the policy has its pack for all returns."""
    law = law_of(state.order.destination.country)
    return law if law is not None and law.name in state.terms.policy.country_packs else None


def _last_delivery(state: JourneyState, arrived: Arrivals, now: datetime | None) -> datetime | None:
    exchanged = state.exchanged_lines()  # no part of what was bought
    times = [at for line, units in arrived.items() if line not in exchanged for at in units.values()]
    if now is not None and state.awaits_goods:
        times.append(now)
    return max(times, default=None)


def _moved(day: date, state: JourneyState, law: CountryPack) -> date:
    """Off Saturdays, Sundays and the holidays that were known when the order was placed."""
    while law.last_day_works and (day.weekday() >= _SATURDAY or day in state.terms.off_days):
        day += timedelta(days=1)
    return day


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February: the last day of the month
        return day.replace(year=day.year + years, day=28)
