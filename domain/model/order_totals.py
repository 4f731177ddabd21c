"""Whether the amounts of an order can be one order: one currency, no negative amount, and a bill that was paid exactly."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from domain import payment_keys
from domain.model.order import OrderLine
from domain.money import Money, total, zero

MAX_UNITS = 2000  # of one order: the journey follows every unit separately
MAX_BILL = 10**13  # minor units of one order, so that sums over many orders are still amounts


class Payment(Protocol):
    """A part of what is paid."""

    @property
    def tender_id(self) -> str: ...
    @property
    def amount(self) -> Money: ...


class Priced(Protocol):
    """What has the amounts of an order."""

    @property
    def currency(self) -> str: ...
    @property
    def lines(self) -> tuple[OrderLine, ...]: ...
    @property
    def shipping(self) -> Money: ...
    @property
    def tip(self) -> Money | None: ...
    @property
    def tenders(self) -> Sequence[Payment]: ...


class Inconsistency(NamedTuple):
    """A reason why amounts cannot be one order: its code, and where it is as a JSON pointer. details: the facts."""

    code: str
    pointer: str
    details: dict[str, str | int] = {}


def inconsistencies(order: Priced) -> list[Inconsistency]:
    """The reasons why these amounts cannot be one order; empty when they can."""
    return amount_problems(order) or _unequal_totals(order)


def amount_problems(order: Priced) -> list[Inconsistency]:
    """Those reasons that are not about the sum of the bill."""
    problems = list(_in_another_currency(order))
    if len({line.line_id for line in order.lines}) < len(order.lines):
        problems.append(Inconsistency("duplicate_line", "/lines"))
    if len({payment_keys.tender(tender.tender_id) for tender in order.tenders}) < len(order.tenders):
        problems.append(Inconsistency("duplicate_tender", "/tenders"))
    if problems:
        return problems
    if sum(line.quantity for line in order.lines) > MAX_UNITS:
        return [Inconsistency("too_many_units", "/lines")]
    if _whole_sum(order) > MAX_BILL:
        return [Inconsistency("amount_too_large", "/lines")]
    return _negative(order)


def _in_another_currency(order: Priced) -> list[Inconsistency]:
    amounts = [
        (amount, f"/lines/{place}")
        for place, line in enumerate(order.lines)
        for amount in (line.unit_price, line.discount, line.tax, line.duty)
    ]
    amounts += [(tender.amount, f"/tenders/{place}") for place, tender in enumerate(order.tenders)]
    amounts += [(order.shipping, "/shipping"), (order.tip, "/tip")]
    found = {
        where: None for amount, where in amounts if amount is not None and amount.currency != order.currency
    }
    return [Inconsistency("currency_mismatch", where) for where in found]


def _negative(order: Priced) -> list[Inconsistency]:
    if min(order.shipping.minor, order.tip.minor if order.tip else 0) < 0 or any(
        line.unit_price.minor < 0
        or line.paid.minor < 0
        or min(one.minor for one in (line.discount, line.tax, line.duty, line.unit_price) if one is not None)
        < 0
        for line in order.lines
    ):
        return [Inconsistency("negative_amount", "/lines")]
    return []


def _unequal_totals(order: Priced) -> list[Inconsistency]:
    lines = total([line.charged for line in order.lines], order.currency)
    tip = order.tip or zero(order.currency)
    bill, paid = lines + order.shipping + tip, total([one.amount for one in order.tenders], order.currency)
    if bill == paid:
        return []
    details: dict[str, str | int] = {
        "lines": lines.minor,
        "shipping": order.shipping.minor,
        "tip": tip.minor,
        "bill": bill.minor,
        "tenders": paid.minor,
        "currency": order.currency,
    }
    return [Inconsistency("totals_do_not_match", "/tenders", details)]


def _whole_sum(order: Priced) -> int:
    """The larger of bill and payment in minor units, whatever the signs: no sum of parts of the order is larger."""
    parts = [abs(line.unit_price.minor) * line.quantity for line in order.lines]
    discounts = [abs(line.discount.minor) for line in order.lines if line.discount]
    duties = [line.duty for line in order.lines]
    others = [abs(one.minor) for one in (order.shipping, order.tip, *duties) if one is not None]
    return max(sum(parts) + sum(discounts) + sum(others), sum(t.amount.minor for t in order.tenders))
