"""A bonus is earned once by money from outside, and all returns of an order together earn at most the cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.order import OrderLine, Tender
from domain.model.terms import CreditTerms, Policy
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import AGENT, StateDriver, reasons

CAP = {"GBP": 5000}


def an_order_of(units: int, price: int, *tenders: tuple[str, int]) -> StateDriver:
    """Delivered, under a policy without a review."""
    order = an_order(
        lines=(OrderLine(line_id="1", sku="MUG", title="Mug", quantity=units, unit_price=gbp(price)),),
        shipping=gbp(0),
        tenders=tuple(
            Tender.model_validate(
                {"tender_id": kind, "kind": kind, "amount": gbp(amount)}
                | ({"payment": "pay_1", "provider": "sandbox"} if kind == "card" else {})
            )
            for kind, amount in tenders
        ),
    )
    journey = StateDriver(a_state(order, Policy(review_above=None)))
    journey.deliver()
    return journey


def credited(journey: StateDriver) -> int:
    """What the settled legs put on the customer's balance, in minor units."""
    legs = [leg for leg in journey.state.legs() if leg.status == "settled" and leg.to == "credit"]
    return sum(leg.principal.minor + leg.bonus.minor for leg in legs)


def given_back(journey: StateDriver, units: int) -> None:
    subject = journey.open({"1": units}, resolution="store_credit").subject
    journey.drop_off(subject)
    journey.settle_sent_legs()


@given(start=st.integers(1, 50_000), rounds=st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_buying_with_store_credit_and_returning_never_raises_the_balance(
    start: int, rounds: list[int]
) -> None:
    balance = start
    for units in rounds:
        price = balance // units
        if not price:
            break
        journey = an_order_of(units, price, ("store_credit", price * units))
        while left := len(journey.state.arrivals()["1"]) - len(journey.state.unavailable_units()):
            given_back(journey, min(left, 2))
        after = balance - price * units + credited(journey)
        assert after == balance
        balance = after


@given(st.data())
def test_the_returns_of_an_order_together_earn_the_bonus_of_one_return_at_most(data: st.DataObject) -> None:
    """Whatever is returned in whichever parts, and however it was paid."""
    card, gift, credit = (data.draw(st.integers(0, 30_000)) for _ in range(3))
    units = data.draw(st.integers(1, 5))
    card += units - (card + gift + credit) % units  # so that the price divides
    tenders = [("card", card), ("gift_card", gift), ("store_credit", credit)]
    journey = an_order_of(
        units, (card + gift + credit) // units, *[(kind, minor) for kind, minor in tenders if minor]
    )
    left = units
    while left:
        part = data.draw(st.integers(1, left))
        given_back(journey, part)
        left -= part
    bonus = credited(journey) - card - gift - credit
    assert bonus <= min(CAP["GBP"], (card + gift) // 10 + units)


def test_a_bonus_that_another_return_was_promised_makes_a_quote_stale() -> None:
    journey = an_order_of(4, 20_000, ("card", 80_000))
    shown = [journey.quote({"1": 2}), journey.quote({"1": 2})]
    assert [quote.credit_bonus.minor for quote in shown] == [4000, 4000]
    assert journey.open(shown[0], resolution="store_credit").verdict == "accepted"
    other = shown[1].model_copy(update={"items": journey.quote({"1": 2}).items})
    assert reasons(journey.open(other, resolution="store_credit")) == ["quote_stale"]
    assert journey.open(other, resolution="refund").verdict == "accepted", "it pays no bonus"


def test_a_resolution_that_is_changed_later_gets_what_is_left_of_the_cap() -> None:
    journey = an_order_of(4, 20_000, ("card", 80_000))
    first = journey.open({"1": 2}, resolution="refund").subject
    journey.open({"1": 2}, resolution="store_credit")
    journey.override_return(first, "change_resolution", AGENT, resolution="store_credit")
    assert journey.case(first).quote.credit_bonus == gbp(1000)


def test_a_cancelled_return_frees_its_part_of_the_cap() -> None:
    journey = an_order_of(4, 20_000, ("card", 80_000))
    first = journey.open({"1": 2}, resolution="store_credit").subject
    assert journey.quote({"1": 2}).credit_bonus == gbp(1000)
    journey.cancel_return(first)
    assert journey.quote({"1": 2}).credit_bonus == gbp(4000)


@pytest.mark.parametrize(("bonus_on", "bonus"), [(("card", "gift_card"), 240), (("card",), 140), ((), 0)])
def test_a_gift_card_earns_a_bonus_if_the_policy_says_so(bonus_on: tuple[str, ...], bonus: int) -> None:
    terms = CreditTerms.model_validate({"bonus_on": bonus_on})
    journey = StateDriver(a_state(policy=Policy(credit=terms)))
    journey.deliver()
    quote = journey.quote({"1": 2})
    assert [(share.tender_id, share.amount.minor) for share in quote.shares] == [
        ("gift", 1000),
        ("card", 1400),
    ]
    assert quote.credit_bonus == gbp(bonus)
    subject = journey.open(quote, resolution="store_credit").subject
    journey.drop_off(subject)
    assert sum(leg.bonus.minor for leg in journey.state.legs()) == bonus


def test_store_credit_is_no_tender_that_earns_a_bonus() -> None:
    with pytest.raises(ValueError):
        CreditTerms.model_validate({"bonus_on": ["store_credit"]})
