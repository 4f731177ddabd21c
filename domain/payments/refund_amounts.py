"""What units pay back, part by part, in minor units: nothing here knows tenders, legs or returns.

The parts of any units add up: however goods come back, in one lot or each by itself, all lots together pay the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.model.order import Order, OrderLine
from domain.model.refund_part import RefundPart, RefundPartKind
from domain.model.refund_terms import RefundTerms
from domain.money import BASIS, Money
from domain.units import UnitsByLine


class Part(NamedTuple):
    """A part in minor units; deducted parts are negative. tax: the tax in it, None where it is not known."""

    kind: RefundPartKind
    minor: int
    tax: int | None = None


def of_units(whole: int, quantity: int, units: Sequence[int]) -> int:
    """What these units have of an amount of their whole line: equal parts, the first units a minor unit more (S-64)."""
    each, more = divmod(whole, quantity)
    return each * len(units) + (sum(unit < more for unit in units) if more else 0)


def value_of_units(order: Order, units: UnitsByLine) -> int:
    """The price of these units after discounts, with their duty."""
    return sum(charged_for(line, units[line.line_id]) for line in order.lines if line.line_id in units)


def charged_for(line: OrderLine, units: Sequence[int]) -> int:
    """The price and the duty of these units, each shared over the line by itself, as the parts of a refund are."""
    goods = of_units(line.paid_minor, line.quantity, units)
    return goods + (of_units(line.duty.minor, line.quantity, units) if line.duty else 0)


def unit_parts(
    order: Order, units: UnitsByLine, terms: RefundTerms, reasons: Mapping[str, str] | None = None
) -> list[Part]:
    """Goods, duty and restocking of these units. `reasons`: why each line comes back; None: no fee is deducted."""
    lines = [line for line in order.lines if units.get(line.line_id)]
    goods = [of_units(line.paid_minor, line.quantity, units[line.line_id]) for line in lines]
    duty = sum(
        of_units(line.duty.minor, line.quantity, units[line.line_id])
        for line in lines
        if line.duty is not None
    )
    fee = 0
    if reasons is not None and terms.restocking:
        charged = [line for line in lines if reasons.get(line.line_id) not in terms.free_reasons]
        fee = sum(_restocking(line, units[line.line_id], terms.restocking) for line in charged)
    parts = [
        Part("goods", sum(goods), _tax(lines, units)),
        Part("duty", duty),
        Part("restocking_fee", -fee),
    ]
    return [part for part in parts if part.minor]


def priced_units(line: OrderLine, units: Sequence[int]) -> Part:
    """These units of one line: their price with duty, and the tax in it."""
    tax = None if line.tax is None else of_units(line.tax.minor, line.quantity, units)
    return Part("goods", charged_for(line, units), tax)


def _restocking(line: OrderLine, units: Sequence[int], rate: int) -> int:
    """The fee of each unit by itself, rounded down, so that parts of a return add up."""
    each, more = divmod(line.paid_minor, line.quantity)
    dearer = sum(unit < more for unit in units)
    return dearer * ((each + 1) * rate // BASIS) + (len(units) - dearer) * (each * rate // BASIS)


def _tax(lines: Iterable[OrderLine], units: UnitsByLine) -> int | None:
    """The tax in these units; None when that of any line is not known."""
    taxes = 0
    for line in lines:
        if line.tax is None:
            return None
        taxes += of_units(line.tax.minor, line.quantity, units[line.line_id])
    return taxes


def sum_of(parts: Iterable[Part]) -> int:
    """What the parts come to, in minor units."""
    return sum(part.minor for part in parts)


def deduct(parts: list[Part], kind: RefundPartKind, minor: int) -> int:
    """Take that amount off, at most what the parts come to; how much that was. Nothing is ever owed by the customer."""
    taken = max(0, min(minor, sum_of(parts)))
    if taken:
        parts.append(Part(kind, -taken))
    return taken


def as_refund_parts(parts: Iterable[Part], currency: str) -> tuple[RefundPart, ...]:
    """The parts as quotes and settlements carry them."""
    return tuple(
        RefundPart(
            kind=part.kind,
            amount=Money(minor=part.minor, currency=currency),
            tax=None if part.tax is None else Money(minor=part.tax, currency=currency),
        )
        for part in parts
    )
