"""The parts of a refund: what goes back for what, and what is deducted. Together they are exactly what is paid."""

from typing import Literal

from domain.base import Frozen
from domain.money import Money

RefundPartKind = Literal[
    "goods", "duty", "shipping", "tip", "other", "restocking_fee", "method_fee", "unpaid", "already_refunded",
    "exchanged", "paid_on_top",
]  # fmt: skip


class RefundPart(Frozen):
    """One part. Deducted parts are negative."""

    kind: RefundPartKind
    """`goods`: after line and order discounts. `duty`: import duty. `shipping`: to the customer. `other`: what else was
    captured. `restocking_fee`, `method_fee`: deducted by the shop's terms, the second for how the goods come back. `unpaid`: the
    customer has not paid it. `already_refunded`: the shop paid it back before, or the payments hold no more. `exchanged`: it
    pays for the new goods. `paid_on_top`: what was paid for an exchange that did not come to be."""
    amount: Money
    """How much, tax included; negative where it is deducted."""
    tax: Money | None = None
    """The tax in it, at the rates of the day of the order; null where it is not known."""
