"""Prices with their shares of the order's discount and tax: exact to the minor unit in every currency."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.order import OrderLine
from domain.model.order_prices import BilledPrices, StatedPrices, billed
from domain.model.order_totals import Inconsistency
from domain.money import Money

CURRENCIES = ("USD", "JPY", "KWD")


def line(number: int, price: int, quantity: int = 1, currency: str = "USD", **more: int) -> OrderLine:
    amounts = {name: Money(minor=minor, currency=currency) for name, minor in more.items()}
    return OrderLine(
        line_id=str(number), sku="S", title="T", quantity=quantity,
        unit_price=Money(minor=price, currency=currency), **amounts,
    )  # fmt: skip


def prices(*lines: OrderLine, shipping: int = 0, included: bool = True, **whole: int) -> StatedPrices:
    currency = lines[0].unit_price.currency
    amounts: dict[str, Any] = {name: Money(minor=minor, currency=currency) for name, minor in whole.items()}
    return StatedPrices(
        lines=lines, shipping=Money(minor=shipping, currency=currency), tax_included=included, **amounts
    )


def of(stated: StatedPrices) -> BilledPrices:
    found = billed(stated)
    assert isinstance(found, BilledPrices), found
    return found


def paid(found: BilledPrices) -> list[int]:
    return [one.paid.minor for one in found.lines]


def test_prices_of_which_nothing_is_stated_besides_are_as_they_were() -> None:
    stated = prices(line(1, 1200, 2), line(2, 4500, discount=500), shipping=400)
    assert of(stated) == BilledPrices(stated.lines, stated.shipping, None)


def test_a_discount_of_the_whole_is_shared_by_what_is_paid_with_the_largest_remainder() -> None:
    found = of(prices(line(1, 1000), line(2, 1000), line(3, 1000), discount=1000))
    assert paid(found) == [666, 667, 667]
    assert [one.discount and one.discount.minor for one in found.lines] == [334, 333, 333]


def test_american_tax_on_top_is_shared_and_each_unit_has_its_part() -> None:
    """Goods at 100.00 less 10.00, 8.875 % tax on top of lines alone: 7.99."""
    found = of(prices(line(1, 2500, 3), line(2, 2500), shipping=500, included=False, discount=1000, tax=799))
    assert (sum(paid(found)), found.shipping.minor) == (9000 + 799, 500)
    assert [one.tax.minor if one.tax is not None else None for one in found.lines] == [599, 200]
    assert found.tax == Money(minor=799, currency="USD")


def test_lines_that_state_their_tax_keep_it_and_the_others_share_the_rest() -> None:
    found = of(prices(line(1, 1000, tax=0), line(2, 1000), line(3, 3000), included=False, tax=300))
    assert [one.tax.minor if one.tax is not None else None for one in found.lines] == [0, 75, 225]
    assert paid(found) == [1000, 1075, 3225]


def test_what_every_line_leaves_of_the_tax_is_of_shipping() -> None:
    found = of(prices(line(1, 1000, tax=190), shipping=500, included=False, tax=285))
    assert (paid(found), found.shipping.minor) == ([1190], 595)


def test_tax_on_shipping_is_on_top_of_it() -> None:
    found = of(prices(line(1, 1000), shipping=500, included=False, tax=285, shipping_tax=95))
    assert (paid(found), found.shipping.minor, found.tax and found.tax.minor) == ([1190], 595, 285)


def test_tax_that_prices_include_changes_nothing_and_is_kept() -> None:
    stated = prices(line(1, 1190, tax=190), line(2, 1190), shipping=595, tax=475, shipping_tax=95)
    found = of(stated)
    assert (found.lines, found.shipping) == (stated.lines, stated.shipping)
    assert found.tax == Money(minor=475, currency="USD")


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (prices(line(1, 1000), discount=1001), "discount_too_large"),
        (prices(line(1, 1000, tax=200), included=False, tax=100), "tax_does_not_match"),
        (prices(line(1, 1000, tax=200), included=False, tax=300), "tax_does_not_match"),
        (prices(line(1, 1000), included=False, tax=100, shipping_tax=101), "tax_does_not_match"),
        (prices(line(1, 1000, discount=1001)), "negative_amount"),
    ],
)
def test_what_cannot_be_shared_is_said(stated: StatedPrices, code: str) -> None:
    found = billed(stated)
    assert isinstance(found, Inconsistency)
    assert found.code == code


@given(
    currency=st.sampled_from(CURRENCIES),
    rows=st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 50)), min_size=1, max_size=12),
    discount=st.integers(0, 10**6),
    tax=st.integers(0, 10**6),
    included=st.booleans(),
)
def test_whatever_is_shared_the_lines_come_to_exactly_the_whole(
    currency: str, rows: list[tuple[int, int]], discount: int, tax: int, included: bool
) -> None:
    lines = tuple(line(n, price, count, currency) for n, (price, count) in enumerate(rows))
    goods = sum(price * count for price, count in rows)
    discount = min(discount, goods)
    found = of(prices(*lines, included=included, discount=discount, tax=tax))
    assert sum(paid(found)) == goods - discount + (0 if included else tax)
    for one in found.lines:
        units = one.paid.allocate([1] * one.quantity)
        assert sum(unit.minor for unit in units) == one.paid.minor
        assert min(one.paid.minor, one.unit_price.minor) >= 0
    if not included:
        assert sum(one.tax.minor for one in found.lines if one.tax) == tax
    assert all(
        a.minor >= 0
        for a in itertools.chain([found.shipping], (x.discount for x in found.lines if x.discount))
    )
