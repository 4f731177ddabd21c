"""Random baskets: lines, discounts, tax, duty, shipping, fees and up to four tenders in a currency of 0, 2 or 3 decimals."""

import random

from domain.model.order import Order, OrderLine, Tender, TenderKind
from domain.model.refund_terms import FastReturnTerms, RefundTerms
from domain.model.state import JourneyState
from domain.model.terms import CreditTerms, Policy
from domain.money import Money
from tests.builders import a_state, an_order

_CURRENCIES = ("JPY", "GBP", "KWD")
_KINDS: tuple[TenderKind, ...] = ("card", "gift_card", "store_credit", "voucher")


def a_basket(rng: random.Random, *, most_lines: int = 4, most_units: int = 3) -> Order:
    """An order whose amounts need not divide."""
    currency = rng.choice(_CURRENCIES)

    def money(minor: int) -> Money:
        return Money(minor=minor, currency=currency)

    lines = []
    for number in range(rng.randint(1, most_lines)):
        quantity, price = rng.randint(1, most_units), rng.choice([0, 1, 7, 333, 1999, 100_001])
        gross = price * quantity
        discount = rng.randint(0, gross)
        lines.append(
            OrderLine(
                line_id=str(number),
                sku=f"S{number}",
                title="Thing",
                quantity=quantity,
                unit_price=money(price),
                discount=money(discount) if rng.random() < 0.5 else None,
                tax=money((gross - discount) // 6) if rng.random() < 0.7 else None,
                duty=money(rng.randint(0, 500)) if rng.random() < 0.3 else None,
            )
        )
    shipping = rng.choice([0, 1, 399, 1000])
    order = an_order(
        currency=currency,
        lines=tuple(lines),
        shipping=money(shipping),
        shipping_tax=money(shipping // 6),
        tip=money(rng.randint(1, 300)) if rng.random() < 0.3 else None,
        tenders=(Tender(tender_id="card", kind="card", amount=money(1), payment="pay_1"),),
    )
    return order.model_copy(update={"tenders": _tenders(rng, order.bill)})


def _tenders(rng: random.Random, bill: Money) -> tuple[Tender, ...]:
    cuts = sorted(rng.randint(0, bill.minor) for _ in range(rng.randint(0, 3)))
    amounts = [upto - since for since, upto in zip([0, *cuts], [*cuts, bill.minor], strict=True)]
    return tuple(
        Tender(
            tender_id=f"t{number}",
            kind=kind,
            amount=Money(minor=minor, currency=bill.currency),
            payment="pay_1" if kind == "card" else None,
            in_shop_currency=Money(minor=max(1, minor * 117 // 100), currency="EUR"),
        )
        for number, (kind, minor) in enumerate(zip(rng.sample(_KINDS, len(amounts)), amounts, strict=True))
        if minor
    )


def a_policy(rng: random.Random, currency: str) -> Policy:
    """Terms with fees, bonuses and shipping as chance has it."""
    kinds = rng.sample(_KINDS, len(_KINDS))
    fees = {"drop_off": {currency: rng.choice([0, 1, 399])}} if rng.random() < 0.4 else {}
    refunds = {
        "shipping": rng.choice(["never", "whole_order"]),
        "restocking": rng.choice([0, 0, 999, 10_000]),
        "method_fees": fees,
    }
    return Policy(
        pay_on=rng.choice(["drop_off", "receipt"]),
        review_above=None,
        tender_order=tuple(kinds),
        refunds=RefundTerms.model_validate(refunds),
        credit=CreditTerms(bonus=rng.choice([0, 999, 1000]), cap={currency: rng.choice([0, 100, 9999])}),
        fast_return=FastReturnTerms(cap={currency: 500}) if rng.random() < 0.5 else None,
    )


def a_basket_state(rng: random.Random) -> JourneyState:
    """The journey of such an order under such terms; nothing has happened yet."""
    order = a_basket(rng)
    return a_state(order, a_policy(rng, order.currency))
