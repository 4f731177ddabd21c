"""What a customer may choose for their goods, side by side: the original payments, or store credit with its bonus."""

from collections.abc import Iterator
from datetime import datetime

from domain.model.exchange_quote import ExchangeQuote
from domain.model.offer import Offer, OfferCondition, OfferPart
from domain.model.quote import TenderShare
from domain.model.return_choices import PayOn, Resolution
from domain.model.settlement import take_up_to
from domain.model.state import JourneyState
from domain.money import Money, total, zero
from domain.returns.money_timing import money_timing
from domain.returns.withdrawal import may_withdraw
from domain.units import UnitsByLine


class Offers:
    """The offers for certain units, which give back these shares."""

    def __init__(
        self,
        state: JourneyState,
        units: UnitsByLine,
        shares: list[TenderShare],
        credit_bonus: Money,
        exchange: ExchangeQuote | None = None,
    ) -> None:
        """`exchange`: the new goods that can be had, if the customer asked for some."""
        self._exchange = exchange
        self._state, self._units, self._shares, self._bonus = state, units, shares, credit_bonus

    def all(self, pay_on: PayOn, now: datetime) -> tuple[Offer, ...]:
        """All of them in their order. Where the law demands the original payments, these are offered, and first."""
        by_law: Resolution | None = "refund" if may_withdraw(self._state, self._units, now) else None
        found = (self._offer(one, pay_on, now) for one in _in_order(self._state, by_law))
        return tuple(
            offer.model_copy(update={"required_by_law": offer.resolution == by_law})
            for offer in found
            if offer is not None
        )

    def _offer(self, resolution: Resolution, pay_on: PayOn, now: datetime) -> Offer | None:
        """None for an exchange that was not asked for or cannot be had."""
        if resolution == "exchange" and self._exchange is None:
            return None
        parts = tuple(self._parts(resolution))
        currency = self._state.order.currency
        to_original = resolution != "store_credit"
        bonus = total([part.amount for part in parts if part.kind == "bonus"], currency)
        return Offer(
            resolution=resolution,
            pays=total([part.amount for part in parts], currency),
            bonus=bonus,
            to_original=to_original,
            required_by_law=False,
            parts=parts,
            to_pay=self._exchange.to_pay if resolution == "exchange" and self._exchange else None,
            money=money_timing(self._state, self._units, self._shares if to_original else [], pay_on, now),
            conditions=tuple(self._conditions(pay_on, bonus)),
        )

    def _parts(self, resolution: Resolution) -> Iterator[OfferPart]:
        shares = self._shares
        if resolution == "exchange" and self._exchange is not None:
            shares = take_up_to(self._shares, self._exchange.pays_back)
        for share in shares:
            if share.amount:
                to = "credit" if resolution == "store_credit" else share.to
                yield OfferPart(kind="refund", tender=share.kind, to=to, amount=share.amount)
        if resolution == "store_credit" and self._bonus:
            yield OfferPart(kind="bonus", tender=None, to="credit", amount=self._bonus)

    def _conditions(self, pay_on: PayOn, bonus: Money) -> Iterator[OfferCondition]:
        yield "goods_handed_over"
        if pay_on != "drop_off":
            yield "carrier_has_goods" if pay_on == "sent" else "goods_accepted"
        if bonus != zero(bonus.currency) and self._state.terms.policy.credit.days is not None:
            yield "bonus_expires"


def resolutions(state: JourneyState, units: UnitsByLine, now: datetime) -> tuple[Resolution, ...]:
    """What is offered for these units, in its order. `refund` is always one that the law demands."""
    return _in_order(state, "refund" if may_withdraw(state, units, now) else None)


def _in_order(state: JourneyState, by_law: Resolution | None) -> tuple[Resolution, ...]:
    """What the policy offers, after what the law demands."""
    offered = state.terms.policy.resolutions
    return offered if by_law is None else (by_law, *(one for one in offered if one != by_law))
