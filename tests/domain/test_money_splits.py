"""Money is divided without losing or creating a minor unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain import payment_keys
from domain.model.order import OrderLine, Tender
from domain.model.order_totals import Inconsistency, inconsistencies
from domain.model.terms import CreditTerms, credit_bonus
from domain.money import CurrencyMismatch, Money, total, zero
from tests.builders import an_order, gbp

AMOUNTS = st.integers(0, 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@given(AMOUNTS, WEIGHTS)
def test_parts_sum_to_the_whole_and_each_is_within_one_of_its_share(minor: int, weights: list[int]) -> None:
    parts = gbp(minor).allocate(weights)
    assert total(parts, "GBP") == gbp(minor)
    shares = weights if any(weights) else [1] * len(weights)
    for part, weight in zip(parts, shares, strict=True):
        assert abs(part.minor * sum(shares) - minor * weight) < sum(shares)
        assert part.minor >= 0


@given(AMOUNTS, WEIGHTS)
def test_a_part_without_weight_gets_nothing_unless_all_are_without(minor: int, weights: list[int]) -> None:
    for part, weight in zip(gbp(minor).allocate(weights), weights, strict=True):
        assert weight or not any(weights) or not part


@pytest.mark.parametrize(
    ("currency", "minor", "weights", "parts"),
    [
        ("JPY", 1000, [1, 1, 1], [334, 333, 333]),
        ("JPY", 1, [1, 1], [1, 0]),
        ("JPY", 5, [0, 0], [3, 2]),
        ("GBP", 1000, [334, 333, 333], [334, 333, 333]),
        ("GBP", 5999, [1200, 1200, 4000], [1125, 1125, 3749]),
        ("GBP", 0, [7, 3], [0, 0]),
        ("KWD", 10_000, [3, 3, 1], [4286, 4286, 1428]),
        ("KWD", 7, [1, 1, 1, 1], [2, 2, 2, 1]),
    ],
)
@pytest.mark.scenario("S-64")
def test_splits_match_the_table(currency: str, minor: int, weights: list[int], parts: list[int]) -> None:
    whole = Money(minor=minor, currency=currency)
    assert [part.minor for part in whole.allocate(weights)] == parts


@pytest.mark.parametrize(("minor", "weights"), [(1, []), (1, [-1, 2]), (-1, [1])])
def test_an_allocation_without_weights_or_below_zero_is_refused(minor: int, weights: list[int]) -> None:
    wanted = "allocate wants a non-negative amount and at least one non-negative weight"
    with pytest.raises(ValueError, match=f"^{wanted}$"):
        gbp(minor).allocate(weights)


def test_two_currencies_are_never_mixed() -> None:
    for meet in (
        lambda: gbp(1) + zero("EUR"),
        lambda: gbp(1) - zero("EUR"),
        lambda: gbp(1) < zero("EUR"),
        lambda: gbp(1) <= zero("EUR"),
    ):
        with pytest.raises(CurrencyMismatch):
            meet()


@pytest.mark.parametrize("minor", [1.0, "1", True, 10**16])
def test_an_amount_is_a_sane_integer_of_minor_units(minor: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"minor": minor, "currency": "GBP"})


def test_a_currency_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        Money(minor=1, currency="BTC")


@pytest.mark.parametrize(
    ("refund", "bonus"),
    [(0, 0), (4, 0), (5, 1), (14, 1), (15, 2), (1005, 101), (50_000, 5000), (50_010, 5000)],
)
@pytest.mark.scenario("S-83")
def test_the_bonus_is_a_tenth_rounded_half_up_and_capped(refund: int, bonus: int) -> None:
    assert credit_bonus(gbp(refund), CreditTerms(bonus=1000, cap={"GBP": 5000})) == gbp(bonus)


@pytest.mark.parametrize(
    ("prices", "shipping", "tender"),
    [([10**15], 0, 10**15), ([10**15 - 1, 1], 1, 10**15), ([1], 0, 10**15), ([5 * 10**14] * 3, 0, 1)],
)
def test_amounts_that_sum_to_more_than_can_be_counted_are_a_problem_and_no_error(
    prices: list[int], shipping: int, tender: int
) -> None:
    lines = tuple(
        OrderLine(line_id=str(number), sku="S", title="T", quantity=2, unit_price=gbp(price))
        for number, price in enumerate(prices)
    )
    tenders = tuple(Tender(tender_id=name, kind="gift_card", amount=gbp(tender)) for name in ("one", "two"))
    order = an_order(lines=lines, shipping=gbp(shipping), tenders=tenders)
    assert inconsistencies(order) == [Inconsistency("amount_too_large", "/lines")]


def test_tenders_have_keys_of_their_own() -> None:
    """Two names whose hashes share their first ten digits: found in two million tries."""
    assert payment_keys.leg("cancel/o", "t210179", 1) != payment_keys.leg("cancel/o", "t1692729", 1)
    assert payment_keys.tender("t210179")[:10] == payment_keys.tender("t1692729")[:10]
