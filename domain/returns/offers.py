"""What a customer may choose for their goods, side by side: the original payments, store credit with its bonus, other goods."""

from datetime import datetime, timedelta
from typing import NamedTuple

from domain.clock import end_of_day, local_day
from domain.model.exchange_quote import ExchangeQuote
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


class Payable(NamedTuple):
    """What units pay: to the original payments, the bonus of store credit on top, and as an exchange, if one can be had."""

    refund: Money
    credit_bonus: Money
    exchange: ExchangeQuote | None = None


def offers(state: JourneyState, units: UnitsByLine, payable: Payable, now: datetime) -> tuple[Offer, ...]:
    """The offers for these units. Where the law demands the original payments, these are offered, and first."""
    found = (_offer(resolution, payable) for resolution in resolutions(state, units, now))
    return tuple(offer for offer in found if offer is not None)


def _offer(resolution: Resolution, payable: Payable) -> Offer | None:
    none = zero(payable.refund.currency)
    if resolution == "exchange":
        return _exchange_offer(payable.exchange, none) if payable.exchange else None
    bonus = payable.credit_bonus if resolution == "store_credit" else none
    return Offer(
        resolution=resolution, pays=payable.refund + bonus, bonus=bonus, to_original=resolution == "refund"
    )


def _exchange_offer(exchange: ExchangeQuote, none: Money) -> Offer:
    return Offer(
        resolution="exchange", pays=exchange.pays_back, bonus=none, to_original=True, to_pay=exchange.to_pay
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
