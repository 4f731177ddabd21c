"""The returns whose money has not left: by which way it goes, how much, when, and until when the goods are handed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from domain.clock import day_or_moment
from domain.money import Money, zero
from domain.returns.customer_return import CustomerReturn
from domain.returns.views import ReturnStatus
from services.orders.customer_pages import OrderPage

_OPEN: frozenset[ReturnStatus] = frozenset({"in_review", "authorized", "dropped_off", "received"})

_NAMED = ("card", "wallet", "bank")
"""Kinds of payment to which money goes back as they are called."""


@dataclass(frozen=True)
class MoneyAwaited:
    """One return whose money is still to leave. way: as the phrases of methods name it. waits: for what it waits, or empty.

    leaves_by: once the customer was told a date. hand_in_by: while its goods are with the customer.
    """

    number: str
    status: str
    way: str
    amount: Money
    bonus: Money
    waits: str
    leaves_by: datetime | date | None
    hand_in_by: datetime | date | None


def open_returns(seen: OrderPage) -> Iterator[MoneyAwaited]:
    """Those that are in review, authorized or on their way, and of which nothing was paid."""
    for case in seen.details.returns:
        if case.status not in _OPEN or case.money:
            continue
        exchanged = case.resolution == "exchange"
        awaited = case.status == "authorized" and case.code_state == "valid"
        yield MoneyAwaited(
            number=case.number,
            status=case.status,
            way=_way(seen, case),
            amount=case.refund,
            bonus=case.credit_bonus if case.resolution == "store_credit" else zero(case.refund.currency),
            waits="" if exchanged else case.pay_on,
            leaves_by=day_or_moment(case.leaves_by, seen.zone) if case.leaves_by else None,
            hand_in_by=day_or_moment(case.code_expires_at, seen.zone) if awaited else None,
        )


def _way(seen: OrderPage, case: CustomerReturn) -> str:
    """By which way the money goes: to the one kind of payment that the order was paid with, where there is one."""
    if case.resolution != "refund":
        return case.resolution
    return seen.paid_with if seen.paid_with in _NAMED else "original_payment"
