"""Exchanges: goods for goods, each effect once, and the value that the customer paid, to any depth."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.exchange_quote import StockedArticle
from domain.model.order import OrderLine, Tender
from domain.model.quote import Quote
from domain.model.return_case import ReturnCase
from domain.model.shipment import ExternalRefund, RefundedLine
from domain.model.terms import Policy
from domain.payments.external_refunds import apply_external_refund
from domain.payments.extras import unpaid_left
from domain.payments.refundable import refundable_per_tender
from domain.returns.explaining import decided
from services.policies.backtesting import backtest
from tests.builders import PLACED, a_state, an_order, gbp
from tests.domain.exchange_driver import ExchangeDriver, article
from tests.domain.state_driver import AGENT, reasons

OFFERED = Policy(resolutions=("refund", "store_credit", "exchange"), review_above=None)


@pytest.fixture
def delivered() -> ExchangeDriver:
    """Two mugs at 12.00 and a lamp for 40.00, delivered; a gift card and a card paid for them."""
    return a_delivered_order()


def a_delivered_order(policy: Policy = OFFERED, **order: object) -> ExchangeDriver:
    journey = ExchangeDriver(a_state(an_order(**order), policy))
    journey.deliver()
    return journey


def status(case: ReturnCase) -> str:
    assert case.exchange is not None
    return case.exchange.status


def paid_back(journey: ExchangeDriver) -> int:
    """What went back or is to go back in all."""
    return sum(leg.principal.minor for leg in journey.state.legs() if leg.status != "skipped")


@pytest.mark.parametrize(("price", "back"), [(1000, 200), (None, 0), (1500, 0)])
def test_what_an_exchange_is_explained_to_pay_back_is_the_difference(
    delivered: ExchangeDriver, price: int | None, back: int
) -> None:
    case = delivered.open_exchange({"1": 1}, article(price=price))
    assert (decided(delivered.state, case).refund, case.quote.refund) == (gbp(back), gbp(1200))
    [cost] = backtest(OFFERED, [delivered.state]).costs
    assert (cost.before, cost.after) == (back, back)
    [cost] = backtest(Policy(resolutions=("refund",)), [delivered.state]).costs
    assert (cost.before, cost.after) == (back, 0), "an exchange that is not offered is denied"
    delivered.answer("out_of_stock")
    assert decided(delivered.state, case).refund == gbp(1200), "what fell back pays for all of it"


def test_goods_leave_once_the_old_ones_are_here_and_the_new_ones_are_reserved(
    delivered: ExchangeDriver,
) -> None:
    case = delivered.open_exchange({"1": 1})
    delivered.drop_off(case.return_id)
    assert delivered.state.payable_units(case), "nothing is exchanged while the shop has not answered"
    delivered.answer("reserved")
    assert [call.step.kind for call in delivered.called] == ["send"]
    delivered.answer("accepted", reference="ful-1")
    assert (status(case), delivered.legs()) == ("sending", [])
    [part] = case.exchange.parts if case.exchange else []
    assert (part.status, part.reference) == ("accepted", "ful-1")
    assert delivered.violations({"1": 2}) == ["units_unavailable"]
    delivered.ship({"R2.1.1": 1}, number="T2")
    assert "exchange_sent" in delivered.notice_kinds()
    assert delivered.duplicate_notices() == []


def test_units_that_arrive_one_after_the_other_are_exchanged_in_parts() -> None:
    journey = a_delivered_order(OFFERED.model_copy(update={"pay_on": "receipt"}))
    case = journey.open_exchange({"1": 2}, article(price=1300), method="mail")
    journey.answer("reserved")
    journey.pay_exchange(case)
    for _ in range(2):
        journey.receive(case.return_id, {"1": 1})
        journey.answer("accepted")
    assert case.exchange is not None
    assert [part.units for part in case.exchange.parts] == [{"R2.1.1": [0]}, {"R2.2.1": [0]}]
    prices = [line.paid.minor for line in journey.state.order.lines if line.line_id.startswith("R2")]
    assert (prices, journey.legs()) == ([1300, 1300], [])


@pytest.mark.scenario("S-90")
def test_cheaper_goods_pay_the_difference_back_and_dearer_ones_wait_for_it(
    delivered: ExchangeDriver,
) -> None:
    cheaper = delivered.open_exchange({"1": 1}, article(price=1000))
    delivered.answer("reserved")
    delivered.drop_off(cheaper.return_id)
    assert delivered.legs() == [("gift", 200)]

    dearer = delivered.open_exchange({"1": 1}, article(price=1700))
    delivered.answer_all()
    delivered.drop_off(dearer.return_id)
    assert [call.step.kind for call in delivered.called] == []
    assert delivered.pay_exchange(dearer).verdict == "accepted"
    assert delivered.pay_exchange(dearer).repeated
    assert [call.step.kind for call in delivered.called] == ["send"]
    assert (unpaid_left(delivered.state), delivered.legs()) == (0, [("gift", 200)])


def test_what_was_paid_on_top_goes_back_when_the_goods_are_not_sent(delivered: ExchangeDriver) -> None:
    case = delivered.open_exchange({"1": 1}, article(price=1700))
    delivered.answer("reserved")
    delivered.pay_exchange(case)
    delivered.drop_off(case.return_id)
    delivered.answer("rejected", reason="broken")
    assert status(case) == "refused"
    assert delivered.legs() == [("more", 500), ("gift", 1000), ("card", 200)]
    assert [call.step.confirmation for call in delivered.called] == ["", "exchange/ret_2/send/1/take"]
    delivered.answer_all()
    delivered.until_at_rest()
    assert paid_back(delivered) == 1700


@pytest.mark.parametrize("paid_late", [False, True])
def test_a_difference_that_is_not_paid_in_time_ends_it_and_a_late_payment_goes_back(
    delivered: ExchangeDriver, paid_late: bool
) -> None:
    case = delivered.open_exchange({"1": 1}, article(price=1700), "store_credit")
    delivered.answer("reserved")
    delivered.advance(days=3)
    assert (status(case), case.resolution, case.exchange and case.exchange.ended) == (
        "fell_back", "store_credit", "not_paid",
    )  # fmt: skip
    assert delivered.answer("released") == "release"
    if paid_late:
        delivered.pay_exchange(case)
        assert delivered.legs() == [("more", 500)]
    delivered.drop_off(case.return_id)
    back = 500 if paid_late else 0
    assert paid_back(delivered) == 1200 + back


def test_goods_that_are_given_up_while_the_shop_is_asked_are_released_once_it_answers(
    delivered: ExchangeDriver,
) -> None:
    case = delivered.open_exchange({"1": 1})
    assert delivered.cancel_return(case.return_id).verdict == "accepted"
    assert status(case) == "cancelled"
    assert delivered.answer("reserved") == "reserve"
    assert delivered.answer("released") == "release"
    assert len(delivered.made) == len(set(delivered.made)) == 2


def test_a_reservation_ends_with_a_return_that_expires_or_that_the_shop_paid_back(
    delivered: ExchangeDriver,
) -> None:
    case = delivered.open_exchange({"1": 1})
    delivered.answer("reserved")
    delivered.jump_to(case.code_expires_at)
    assert (case.decision, status(case)) == ("expired", "cancelled")
    assert delivered.answer("released") == "release"

    paid = delivered.open_exchange({"1": 1})
    delivered.answer("reserved")
    refund = ExternalRefund(
        storefront="shop",
        refund="r1",
        at=delivered.now,
        parts=(),
        lines=(RefundedLine(line_id="1", quantity=2),),
    )
    apply_external_refund(delivered.state, refund, delivered.now)
    delivered.apply_due()
    delivered.drop_off(paid.return_id)
    assert (status(paid), delivered.answer("released")) == ("cancelled", "release")
    assert delivered.called == []
    assert "R3.1.1" not in [line.line_id for line in delivered.state.order.lines]


def test_who_waits_is_asked_for_again_every_day_until_the_end(delivered: ExchangeDriver) -> None:
    case = delivered.open_exchange({"1": 1}, fallback="wait")
    delivered.drop_off(case.return_id)
    for _ in range(13):
        delivered.answer("out_of_stock")
        assert status(case) == "waiting_for_stock"
        delivered.advance(days=1)
    delivered.answer("out_of_stock")
    delivered.advance(days=1)
    assert (status(case), paid_back(delivered)) == ("fell_back", 1200)
    assert len(delivered.made) == len(set(delivered.made))
    assert delivered.notice_kinds().count("exchange_waiting") == 1


def test_a_request_without_an_answer_is_a_question_and_is_made_again_with_its_key(
    delivered: ExchangeDriver,
) -> None:
    case = delivered.open_exchange({"1": 1})
    delivered.answer("reserved")
    delivered.drop_off(case.return_id)
    delivered.answer("unanswered")
    assert delivered.attention_kinds() == ["exchange_unanswered"]
    assert paid_back(delivered) == 0
    delivered.advance(days=3)
    [again] = delivered.called
    assert delivered.made.count(again.step.key) == 2
    delivered.answer("accepted")
    assert delivered.attention_kinds() == []


def test_an_agent_cannot_cancel_a_return_whose_new_goods_are_to_be_sent(delivered: ExchangeDriver) -> None:
    case = delivered.open_exchange({"1": 1})
    delivered.answer("reserved")
    delivered.drop_off(case.return_id)
    assert reasons(delivered.cancel_return(case.return_id, AGENT)) == ["return_under_way"]
    ended = delivered.override_return(case.return_id, "end_exchange", AGENT, resolution="store_credit")
    assert ended.verdict == "accepted"
    assert paid_back(delivered) == 1200
    assert reasons(delivered.override_return(case.return_id, "end_exchange", AGENT)) == [
        "nothing_to_override"
    ]


def test_a_card_that_is_only_authorized_pays_for_new_goods_no_longer_than_it_can_be_captured() -> None:
    wallet = Tender(
        tender_id="w", kind="wallet", amount=gbp(6800), payment="pay_w", provider="sandbox", captured=False
    )
    journey = a_delivered_order(tenders=(wallet,))
    case = journey.open_exchange({"1": 1})
    assert case.exchange is not None
    assert case.exchange.hold_until == PLACED + timedelta(days=7)
    journey.answer("reserved")
    journey.jump_to(PLACED + timedelta(days=7))
    assert (status(case), case.exchange.ended) == ("fell_back", "reservation_ended")
    late = journey.exchange_quote({"1": 1}, article())
    assert isinstance(late, list)
    assert [one.details for one in late] == [{"why": "authorization_ended"}]


def test_money_that_is_captured_holds_no_exchange_back(delivered: ExchangeDriver) -> None:
    delivered.advance(days=9)
    case = delivered.open_exchange({"1": 1})
    assert case.exchange is not None
    assert case.exchange.hold_until == case.code_expires_at + timedelta(days=OFFERED.goods_days, hours=48)


@pytest.mark.parametrize(
    ("wanted", "code", "details"),
    [
        (article("MUG"), "exchange_not_offered", {"why": "same_article", "line": "1"}),
        (article(available=0), "out_of_stock", {"sku": "MUG-BLUE", "available": 0}),
    ],
)
def test_why_an_exchange_is_not_offered(
    delivered: ExchangeDriver, wanted: StockedArticle, code: str, details: dict[str, object]
) -> None:
    found = delivered.exchange_quote({"1": 1}, wanted)
    assert isinstance(found, list)
    assert [(one.code, one.details) for one in found] == [(code, details)]


@pytest.mark.scenario("S-89")
def test_the_same_article_replaces_one_that_was_damaged(delivered: ExchangeDriver) -> None:
    assert isinstance(delivered.exchange_quote({"1": 1}, article("MUG"), "damaged"), Quote)


@pytest.mark.scenario("S-91")
@settings(max_examples=60)
@given(
    st.integers(1, 5000),
    st.integers(1, 7),
    st.integers(0, 900),
    st.lists(st.tuples(st.integers(1, 7), st.one_of(st.none(), st.integers(0, 6000))), max_size=4),
)
def test_after_any_exchanges_to_any_depth_all_goods_pay_back_what_was_paid_and_no_more(
    price: int, quantity: int, discount: int, rounds: list[tuple[int, int | None]]
) -> None:
    less = gbp(min(discount, price * quantity - 1))
    line = OrderLine(
        line_id="1", sku="MUG", title="Mug", quantity=quantity, unit_price=gbp(price), discount=less
    )
    card = Tender(tender_id="card", kind="card", amount=line.paid, payment="pay_1", provider="sandbox")
    journey = a_delivered_order(lines=(line,), shipping=gbp(0), tenders=(card,))
    at_hand = {"1": quantity}
    on_top = 0
    for number, (count, cost) in enumerate(rounds):
        here = list(at_hand)[number % len(at_hand)]
        count = min(count, at_hand[here])
        case = journey.open_exchange({here: count}, article(f"NEW-{number}", cost))
        journey.answer_all()
        if case.exchange and case.exchange.to_pay:
            on_top += case.exchange.to_pay.minor
            journey.pay_exchange(case, f"more-{number}")
        journey.drop_off(case.return_id)
        journey.answer_all()
        journey.settle_sent_legs()
        assert case.exchange is not None
        [new] = case.exchange.parts[0].units
        at_hand[here] -= count
        at_hand = {one: left for one, left in at_hand.items() if left} | {new: count}
        journey.ship({new: count}, number=f"X{number}")
        journey.scan_delivered(f"X{number}")
        assert unpaid_left(journey.state) == 0
    back = journey.open(at_hand)
    journey.drop_off(back.subject)
    journey.settle_sent_legs()
    assert paid_back(journey) == line.paid.minor + on_top
    assert [share.amount.minor for share in refundable_per_tender(journey.state) if share.amount] == []
