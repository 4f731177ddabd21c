"""What a customer may choose for their goods, side by side: the original payments, or store credit with its bonus."""

from datetime import datetime, timedelta

from domain.clock import end_of_day, local_day
from domain.model.order import Country
from domain.model.quote import Offer
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.units import UnitsByLine

# Directive 2011/83/EU, articles 9 and 13: within 14 days of the delivery the trader pays back by the means that the customer
# paid with. It holds in the Union and the EEA; the United Kingdom has the same rule (SI 2013/3134, regulations 30 and 34).
_WITHDRAWAL = timedelta(days=14)
_COUNTRIES: frozenset[Country] = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT", "LI",
        "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


def offers(
    state: JourneyState, units: UnitsByLine, refund: Money, credit_bonus: Money, now: datetime
) -> tuple[Offer, ...]:
    """The offers for these units. Where the law demands the original payments, these are offered, and first."""
    bonuses: dict[Resolution, Money] = {"refund": zero(refund.currency), "store_credit": credit_bonus}
    return tuple(
        Offer(
            resolution=resolution,
            pays=refund + bonuses[resolution],
            bonus=bonuses[resolution],
            to_original=resolution == "refund",
        )
        for resolution in resolutions(state, units, now)
    )


def resolutions(state: JourneyState, units: UnitsByLine, now: datetime) -> tuple[Resolution, ...]:
    """What is offered for these units, in its order. `refund` is always one that the law demands."""
    offered = state.terms.policy.resolutions
    if not _may_withdraw(state, units, now):
        return offered
    return ("refund", *(resolution for resolution in offered if resolution != "refund"))


def _may_withdraw(state: JourneyState, units: UnitsByLine, now: datetime) -> bool:
    """Whether the customer may still withdraw from the contract about any of these units."""
    if state.order.destination.country not in _COUNTRIES:
        return False
    arrivals = state.arrivals()
    times = {arrivals.get(line, {}).get(unit) for line, numbers in units.items() for unit in numbers}
    return any(at is not None and now < _last_moment(at, state.zone) for at in times)


def _last_moment(arrived: datetime, zone: str) -> datetime:
    return end_of_day(local_day(arrived, zone) + _WITHDRAWAL, zone)
