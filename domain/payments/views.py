"""Views of settlements and their legs."""

from datetime import date
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant, local_day
from domain.model.leg import Leg
from domain.model.leg_data import Awaited, LegStatus
from domain.model.payment import TAKES_BACK, PaidTo, Purpose
from domain.model.refund_part import RefundPart
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments.disputes.holds import dispute_that_holds
from domain.payments.failed_refunds import external_refunded

_OTHER_MONEY: frozenset[Purpose] = TAKES_BACK | {"external", "claim_refund"}
"""Purposes that pay nothing back of what was paid with the order, or whose amounts are counted apart."""


class LegView(Frozen):
    """One payment of a settlement."""

    leg: str
    """Its key within the order."""
    to: PaidTo
    """Where the money goes."""
    principal: Money
    """What is paid back."""
    bonus: Money
    """What is added to it."""
    status: LegStatus
    """How far the payment is."""
    reference: str
    """The provider's id of it; empty while there is none."""
    decline: str
    """Why the provider declined it; empty if it did not."""
    settled_at: Instant | None
    """When the money was there."""
    raw_state: str = ""
    """The provider's own word for its state; empty while it has said none."""
    reason: str = ""
    """The provider's word for why it waits or failed."""
    bank_reference: str = ""
    """The number by which the customer's bank finds it (ARN); empty while there is none."""
    expected_by: date | None = None
    """The day by which the customer's statement should show it."""
    reversed_at: Instant | None = None
    """When it was learnt that the money came back after it was paid."""
    in_shop_currency: Money | None
    """`principal` in the currency of the shop's books, at the rate of the order; null if that is the same one."""
    awaits: Awaited | Literal["dispute"] = "nothing"
    """What must happen before it leaves: the customer's payment of it (`capture`), a `person` who pays it back, or the end of
    a `dispute` about its payment."""


class SettlementView(Frozen):
    """The payments of one occasion."""

    occasion: str
    """What the money is for, such as a return or a lost parcel."""
    purpose: Purpose
    """What kind of occasion it is."""
    legs: tuple[LegView, ...]
    """One payment per tender."""
    parts: tuple[RefundPart, ...]
    """What is paid for what, and what is deducted, as a credit note lists it; empty for what the shop paid itself."""
    supplied_on: date
    """The day of the order where the goods went: a credit note is at the tax rates of that day."""


def settlement_view(state: JourneyState, settlement: Settlement) -> SettlementView:
    """The settlement as people see it."""
    legs = tuple(
        LegView(
            leg=leg.key,
            to=leg.to,
            principal=leg.principal,
            bonus=leg.bonus,
            status=leg.status,
            reference=leg.reference,
            decline=leg.decline,
            settled_at=leg.settled_at,
            in_shop_currency=leg.in_shop_currency,
            awaits=_awaits(state, settlement, leg),
            raw_state=stated.raw_state if stated else "",
            reason=stated.reason if stated else "",
            bank_reference=stated.bank_reference if stated else "",
            expected_by=leg.expected_by,
            reversed_at=leg.reversed_at,
        )
        for leg, stated in ((leg, leg.newest_event) for leg in settlement.legs)
    )
    return SettlementView(
        occasion=settlement.occasion,
        purpose=settlement.purpose,
        legs=legs,
        parts=settlement.parts,
        supplied_on=local_day(state.order.placed_at, state.zone),
    )


def _awaits(state: JourneyState, settlement: Settlement, leg: Leg) -> Awaited | Literal["dispute"]:
    if dispute_that_holds(state, settlement, leg) is not None:
        return "dispute"
    return leg.awaits if leg.waits else "nothing"


def refunded_total(state: JourneyState) -> Money:
    """The principal that was refunded, less what was taken back; without bonuses. What a bank paid back after a dispute counts.

    A refund made in the storefront that failed there later is not part of it: the customer does not have the money.
    """
    currency = state.order.currency
    settled = [(s.purpose, leg) for s in state.settlements for leg in s.legs if leg.status == "settled"]
    ours = total(
        [leg.principal for purpose, leg in settled if purpose not in _OTHER_MONEY],
        currency,
    )
    paid = ours + external_refunded(state)
    taken_back = total([leg.principal for purpose, leg in settled if purpose in TAKES_BACK], currency)
    return paid - taken_back
