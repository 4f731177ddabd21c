"""What a refund consists of, to the minor unit, in currencies of zero, two and three decimals (MON-4)."""

from typing import Any

import pytest

from domain.model.order import Order, OrderLine, Tender
from domain.model.refund_part import RefundPart
from domain.model.refund_terms import RefundTerms
from domain.model.return_choices import ReturnMethod
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from domain.money import Money
from domain.returns.views import return_view
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import StateDriver

WHOLE_ORDER = Policy(refunds=RefundTerms(shipping="whole_order"), review_above=None)
FEES = Policy(
    refunds=RefundTerms(
        restocking=1500, method_fees={"mail": {"GBP": 395, "JPY": 500, "KWD": 1250}, "drop_off": {"GBP": 100}}
    ),
    review_above=None,
)


def golden_order(currency: str, price: int, discount: int, duty: int, shipping: int) -> Order:
    """Three units less a discount that does not divide, duty, shipping; a voucher first, then a card."""

    def money(minor: int) -> Money:
        return Money(minor=minor, currency=currency)

    line = OrderLine(
        line_id="1", sku="MUG", title="Mug", quantity=3, unit_price=money(price), discount=money(discount),
        duty=money(duty), tax=money((price * 3 - discount) // 6),
    )  # fmt: skip
    bill = price * 3 - discount + duty + shipping
    return an_order(
        currency=currency,
        lines=(line,),
        shipping=money(shipping),
        shipping_tax=money(shipping // 6),
        tenders=(
            Tender(tender_id="voucher", kind="voucher", amount=money(price)),
            Tender(
                tender_id="card", kind="card", amount=money(bill - price), payment="pay_1", provider="sandbox"
            ),
        ),
    )


def a_journey(order: Order | None = None, policy: Policy | None = None) -> StateDriver:
    journey = StateDriver(a_state(order, policy))
    journey.deliver()
    return journey


def parts(of: tuple[RefundPart, ...]) -> list[tuple[Any, ...]]:
    return [(part.kind, part.amount.minor, part.tax.minor if part.tax else None) for part in of]


def planned(journey: StateDriver) -> list[list[tuple[Any, ...]]]:
    return [parts(settlement.parts) for settlement in journey.state.settlements]


@pytest.mark.parametrize(
    ("order", "quotes", "legs"),
    [
        (
            golden_order("JPY", 1999, 100, 50, 399),
            [
                [("goods", 1966, 328), ("duty", 17, None)],
                [("goods", 1966, 327), ("duty", 17, None)],
                [("goods", 1965, 327), ("duty", 16, None), ("shipping", 399, 66)],
            ],
            [("voucher", 1983), ("voucher", 16), ("card", 1967), ("card", 2380)],
        ),
        (
            golden_order("GBP", 3333, 1, 2, 400),
            [
                [("goods", 3333, 556), ("duty", 1, None)],
                [("goods", 3333, 555), ("duty", 1, None)],
                [("goods", 3332, 555), ("shipping", 400, 66)],
            ],
            [("voucher", 3333), ("card", 1), ("card", 3334), ("card", 3732)],
        ),
        (
            golden_order("KWD", 12_345, 7, 1000, 1500),
            [
                [("goods", 12_343, 2057), ("duty", 334, None)],
                [("goods", 12_343, 2057), ("duty", 333, None)],
                [("goods", 12_342, 2057), ("duty", 333, None), ("shipping", 1500, 250)],
            ],
            [("voucher", 12_345), ("card", 332), ("card", 12_676), ("card", 14_175)],
        ),
    ],
    ids=["yen", "pounds", "dinars"],
)
def test_units_that_come_back_one_by_one(
    order: Order, quotes: list[list[tuple[Any, ...]]], legs: list[tuple[str, int]]
) -> None:
    journey = a_journey(order, WHOLE_ORDER)
    for expected in quotes:
        quote = journey.quote({"1": 1})
        assert parts(quote.parts) == expected
        [item] = quote.items
        tax = item.tax.minor if item.tax else None
        assert (item.amount.minor, tax) == (
            sum(part[1] for part in expected[:2] if part[0] != "shipping"),
            expected[0][2],
        )
        journey.drop_off(journey.open(quote).subject)
    assert (planned(journey), journey.legs()) == (quotes, legs)
    assert sum(minor for _, minor in journey.legs()) == order.bill.minor


@pytest.mark.parametrize(
    ("method", "reason", "expected", "refund"),
    [
        ("drop_off", "unwanted", [("goods", 6400), ("restocking_fee", -960), ("method_fee", -100)], 5340),
        ("mail", "unwanted", [("goods", 6400), ("restocking_fee", -960), ("method_fee", -395)], 5045),
        ("mail", "damaged", [("goods", 6400)], 6400),
    ],
)
def test_fees_are_deducted_by_the_terms_and_not_where_the_shop_is_to_blame(
    method: ReturnMethod, reason: str, expected: list[tuple[str, int]], refund: int
) -> None:
    journey = a_journey(policy=FEES)
    quote = journey.quote({"1": 2, "2": 1}, reason, method)
    assert ([(part.kind, part.amount.minor) for part in quote.parts], quote.refund) == (expected, gbp(refund))
    subject = journey.open(quote, method=method).subject
    journey.receive(subject, {"1": 1})
    journey.receive(subject)
    assert sum(minor for _, minor in journey.legs()) == refund
    assert parts(return_view(journey.state, journey.case(subject)).parts) == parts(quote.parts)


def test_fees_never_make_the_customer_owe_anything() -> None:
    cheap = FEES.model_copy(
        update={"refunds": RefundTerms(method_fees={"drop_off": {"GBP": 5000}}, restocking=10_000)}
    )
    journey = a_journey(policy=cheap)
    assert journey.quote({"1": 1}).refund == gbp(0)
    journey.drop_off(journey.open({"1": 1}).subject)
    assert journey.legs() == []


def test_shipping_goes_back_once_with_the_return_after_which_nothing_is_left() -> None:
    journey = a_journey(policy=WHOLE_ORDER)
    journey.drop_off(journey.open({"1": 2}).subject)
    subject = journey.open({"2": 1}).subject
    assert journey.case(subject).quote.refund == gbp(4400)
    journey.drop_off(subject)
    assert sum(minor for _, minor in journey.legs()) == 6800


def test_shipping_goes_back_only_when_all_goods_of_the_return_are_back() -> None:
    journey = a_journey(policy=WHOLE_ORDER.model_copy(update={"pay_on": "receipt"}))
    subject = journey.open({"1": 2, "2": 1}).subject
    journey.receive(subject, {"2": 1})
    assert sum(minor for _, minor in journey.legs()) == 4000
    journey.receive(subject)
    assert sum(minor for _, minor in journey.legs()) == 6800


def test_an_order_of_which_nothing_arrived_pays_shipping_and_tip_back() -> None:
    order = an_order(
        tip=gbp(200),
        tenders=(
            Tender(tender_id="card", kind="card", amount=gbp(7000), payment="pay_1", provider="sandbox"),
        ),
    )
    for lost_order, paid in (("everything", 7000), ("goods", 6400)):
        policy = Policy.model_validate({"refunds": {"lost_order": lost_order}})
        journey = StateDriver(a_state(order, policy))
        for lines in ({"1": 2}, {"2": 1}):
            journey.ship(lines)
            journey.scan(ParcelStatus.IN_TRANSIT, journey.state.parcels[-1].tracking_number)
        journey.advance(days=60)
        assert sum(minor for _, minor in journey.legs()) == paid
    assert planned(journey) == [[("goods", 2400, None)], [("goods", 4000, None)]]


def test_an_order_of_which_something_arrived_pays_the_lost_goods_only() -> None:
    journey = StateDriver(a_state())
    journey.deliver({"1": 2})
    journey.ship({"2": 1})
    journey.scan(ParcelStatus.IN_TRANSIT, journey.state.parcels[-1].tracking_number)
    journey.advance(days=60)
    assert journey.legs() == [("gift", 1000), ("card", 3000)]


def test_a_cancelled_order_lists_what_it_pays_back() -> None:
    journey = StateDriver(a_state())
    journey.cancel_order()
    assert planned(journey) == [[("goods", 6400, None), ("shipping", 400, None)]]


def test_a_refund_in_the_currency_of_the_books_is_at_the_rate_of_the_order_and_sums_to_what_was_booked() -> (
    None
):
    euros = Money(minor=7001, currency="EUR")
    card = Tender(
        tender_id="card",
        kind="card",
        amount=gbp(6800),
        payment="pay_1",
        provider="sandbox",
        in_shop_currency=euros,
    )
    journey = a_journey(an_order(tenders=(card,)), WHOLE_ORDER)
    for items in ({"1": 1}, {"1": 1}, {"2": 1}):
        journey.drop_off(journey.open(items).subject)
    amounts = [(leg.principal, leg.in_shop_currency) for leg in journey.state.legs()]
    assert [paid.minor for paid, _ in amounts] == [1200, 1200, 4400]
    assert [booked.minor for _, booked in amounts if booked] == [1235, 1235, 4531]
    assert sum([1235, 1235, 4531]) == euros.minor


def test_the_credit_note_is_at_the_rates_of_the_day_of_the_order() -> None:
    journey = a_journey()
    journey.advance(days=5)
    subject = journey.open({"1": 1}).subject
    journey.drop_off(subject)
    [settlement] = return_view(journey.state, journey.case(subject)).settlements
    assert settlement.supplied_on.isoformat() == "2026-03-02"
    assert parts(settlement.parts) == [("goods", 1200, None)]
