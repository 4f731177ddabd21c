"""Returned goods are paid once, exactly, to the tenders that paid for them.

Two mugs at 12.00, a lamp for 40.00, shipping 4.00; paid with 10.00 of a gift card and 58.00 by card.
"""

from datetime import timedelta

import pytest

from domain.journey.order_view import order_view
from domain.model.order import OrderLine, Tender
from domain.model.terms import CreditTerms, Policy
from domain.payments.refundable import refundable_per_tender
from domain.returns.views import return_view
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import AGENT, SENIOR, StateDriver, reasons


@pytest.fixture
def on_receipt() -> StateDriver:
    """The merchant pays when the goods are at the warehouse."""
    journey = StateDriver(a_state(policy=Policy(pay_on="receipt")))
    journey.advance(days=2).deliver()
    return journey


def money(journey: StateDriver, return_id: str) -> str:
    return return_view(journey.state, journey.case(return_id)).money


def status(journey: StateDriver, return_id: str) -> str:
    return return_view(journey.state, journey.case(return_id)).status


# Quotes


@pytest.mark.scenario("S-61", "S-62")
def test_the_value_of_a_unit_is_its_price_after_discounts(delivered: StateDriver) -> None:
    assert delivered.quote({"1": 1}).refund == gbp(1200)
    assert delivered.quote({"2": 1}).refund == gbp(4000), "45.00 less 5.00"
    assert delivered.quote({"1": 2, "2": 1}).refund == gbp(6400), "shipping stays"


@pytest.mark.scenario("S-62")
def test_a_free_line_returns_for_nothing_and_needs_no_payment() -> None:
    sample = OrderLine(line_id="1", sku="GIFT", title="Sample", quantity=1, unit_price=gbp(0))
    card = Tender(tender_id="card", kind="card", amount=gbp(400), payment="pay_1", provider="sandbox")
    journey = StateDriver(a_state(an_order(lines=(sample,), tenders=(card,))))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    journey.drop_off(subject)
    assert journey.legs() == []
    assert (money(journey, subject), status(journey, subject)) == ("paid", "settled")
    journey.receive(subject)
    journey.until_at_rest()


@pytest.mark.scenario("S-68", "S-84")
@pytest.mark.parametrize(
    ("order", "legs"),
    [
        (("store_credit", "gift_card", "card"), [("gift", 1000), ("card", 3000)]),
        (("card", "gift_card", "store_credit"), [("card", 4000)]),
    ],
)
def test_tenders_are_drained_in_the_order_of_the_terms(order: tuple[str, ...], legs: list[object]) -> None:
    journey = StateDriver(a_state(policy=Policy.model_validate({"tender_order": order})))
    journey.deliver()
    journey.drop_off(journey.open({"2": 1}).subject)
    assert journey.legs() == legs


@pytest.mark.scenario("S-68")
def test_a_second_return_finds_what_the_first_left_on_each_tender(delivered: StateDriver) -> None:
    assert [(s.tender_id, s.amount.minor) for s in delivered.quote({"1": 1}).shares] == [
        ("gift", 1000),
        ("card", 200),
    ]
    delivered.open({"1": 1})
    assert [(s.tender_id, s.amount.minor) for s in delivered.quote({"1": 1}).shares] == [("card", 1200)]


@pytest.mark.scenario("S-83", "S-84")
def test_store_credit_pays_the_refund_and_a_bonus_on_it_shown_before(delivered: StateDriver) -> None:
    quote = delivered.quote({"2": 1})
    assert (quote.refund, quote.credit_bonus) == (gbp(4000), gbp(400))
    delivered.drop_off(delivered.open(quote, "store_credit").subject)
    legs = delivered.state.legs()
    assert {leg.to for leg in legs} == {"credit"}
    assert [(leg.principal.minor, leg.bonus.minor) for leg in legs] == [(1000, 100), (3000, 300)]


@pytest.mark.scenario("S-84")
def test_a_refund_gives_gift_cards_back_as_credit_without_bonus(delivered: StateDriver) -> None:
    delivered.drop_off(delivered.open({"2": 1}).subject)
    assert [(leg.tender_id, leg.to, leg.bonus.minor) for leg in delivered.state.legs()] == [
        ("gift", "credit", 0),
        ("card", "provider", 0),
    ]


@pytest.mark.scenario("S-61")
def test_a_later_policy_cannot_change_what_was_quoted(delivered: StateDriver) -> None:
    subject = delivered.open({"2": 1}, "store_credit").subject
    generous = delivered.state.terms.policy.model_copy(update={"credit": CreditTerms(bonus=5000)})
    delivered.state.terms = delivered.state.terms.model_copy(update={"policy": generous})
    delivered.drop_off(subject)
    assert sum(leg.bonus.minor for leg in delivered.state.legs()) == 400


# When money leaves


def test_money_leaves_at_the_drop_off_or_at_the_receipt_as_the_terms_say(
    delivered: StateDriver, on_receipt: StateDriver
) -> None:
    for journey, legs in ((delivered, [("gift", 1000), ("card", 200)]), (on_receipt, [])):
        subject = journey.open({"1": 1}).subject
        assert journey.legs() == []
        journey.drop_off(subject)
        assert journey.legs() == legs
        journey.receive(subject)
        assert journey.legs() == [("gift", 1000), ("card", 200)]
        journey.settle_sent_legs()
        assert (money(journey, subject), status(journey, subject)) == ("paid", "settled")


@pytest.mark.scenario("S-52", "S-53", "S-55", "S-63")
def test_goods_that_come_in_parts_are_paid_in_parts(on_receipt: StateDriver) -> None:
    subject = on_receipt.open({"1": 2, "2": 1}).subject
    on_receipt.receive(subject, {"1": 1})
    on_receipt.settle_sent_legs()
    assert (on_receipt.case(subject).goods, money(on_receipt, subject)) == ("partly_received", "partly_paid")
    on_receipt.receive(subject, {"1": 1, "2": 1})
    assert on_receipt.case(subject).goods == "received"
    assert sum(principal for _, principal in on_receipt.legs()) == 6400
    on_receipt.settle_sent_legs()
    assert money(on_receipt, subject) == "paid"


@pytest.mark.scenario("S-63")
def test_a_unit_missing_from_a_parcel_sent_by_mail_is_paid_when_it_comes(on_receipt: StateDriver) -> None:
    subject = on_receipt.open({"1": 2}, method="mail").subject
    on_receipt.receive(subject, {"1": 1})
    on_receipt.until_at_rest()
    assert on_receipt.case(subject).goods == "lost"
    assert order_view(on_receipt.state, on_receipt.now).refunded == gbp(1200)
    assert on_receipt.receive(subject).verdict == "accepted"
    on_receipt.until_at_rest()
    assert order_view(on_receipt.state, on_receipt.now).refunded == gbp(2400)


@pytest.mark.scenario("S-58")
def test_goods_lost_after_the_drop_off_are_paid_and_may_still_be_received(
    on_receipt: StateDriver,
) -> None:
    subject = on_receipt.open({"1": 2}).subject
    on_receipt.advance(days=1).drop_off(subject)
    on_receipt.until_at_rest()
    assert (on_receipt.case(subject).goods, money(on_receipt, subject)) == ("lost", "paid")
    assert on_receipt.receive(subject, {"1": 2}).verdict == "accepted"
    on_receipt.until_at_rest()
    assert on_receipt.case(subject).goods == "received"
    assert order_view(on_receipt.state, on_receipt.now).refunded == gbp(2400)


@pytest.mark.scenario("S-69")
def test_one_declined_leg_is_retried_alone(delivered: StateDriver) -> None:
    subject = delivered.open({"1": 1}).subject
    delivered.drop_off(subject)
    delivered.settle_sent_legs(tender="gift")
    delivered.settle_sent_legs("declined", tender="card")
    assert (money(delivered, subject), status(delivered, subject)) == ("partly_paid", "needs_attention")
    assert delivered.attention_kinds() == ["payment_failed"]
    (failed,) = [leg for leg in delivered.state.legs() if leg.status == "failed"]
    old = failed.key
    assert delivered.override("retry_step", leg=old).verdict == "accepted"
    assert (failed.status, failed.epoch, failed.key != old) == ("sent", 2, True)
    assert delivered.attention_kinds() == []
    delivered.settle_leg(old)
    assert failed.status == "sent", "an outcome for the key that was declined is none for the new one"
    delivered.settle_sent_legs()
    assert delivered.notice_kinds().count("refunded") == 1
    assert money(delivered, subject) == "paid"


@pytest.mark.scenario("S-70")
def test_an_unknown_payment_is_looked_up_under_its_own_key(delivered: StateDriver) -> None:
    delivered.drop_off(delivered.open({"2": 1}).subject)
    (gift, card) = delivered.state.legs()
    delivered.settle_leg(gift.key)
    delivered.settle_leg(card.key, "unknown")
    key = card.key
    assert reasons(delivered.override("skip_step", SENIOR, leg=key)) == ["nothing_to_override"]
    delivered.advance(days=3)
    assert (card.status, card.key) == ("sent", key), "left alone it is tried again"
    left = {share.tender_id: share.amount.minor for share in refundable_per_tender(delivered.state)}
    assert left == {"gift": 0, "card": 2800}, "its money stays reserved meanwhile"


@pytest.mark.scenario("S-76")
def test_a_payment_result_received_again_changes_nothing(delivered: StateDriver) -> None:
    delivered.drop_off(delivered.open({"2": 1}).subject)
    key = delivered.state.legs()[1].key
    delivered.settle_leg(key)
    for outcome in ("declined", "unknown", "settled"):
        delivered.settle_leg(key, outcome)  # type: ignore[arg-type]
    assert delivered.leg(key).status == "settled"
    assert delivered.attention_kinds() == []


def test_a_payment_that_gets_no_answer_is_looked_up_every_hour(delivered: StateDriver) -> None:
    delivered.drop_off(delivered.open({"2": 1}).subject)
    leg = delivered.state.legs()[0]
    first = leg.sent_at
    delivered.advance(hours=2, minutes=30)
    assert first is not None
    assert leg.sent_at == first + timedelta(hours=2)


@pytest.mark.scenario("S-71")
def test_a_waived_leg_frees_its_money_and_the_customer_is_notified_of_what_was_paid(
    delivered: StateDriver,
) -> None:
    subject = delivered.open({"1": 1}).subject
    delivered.drop_off(subject)
    delivered.settle_sent_legs(tender="gift")
    delivered.settle_sent_legs("declined", tender="card")
    (failed,) = [leg.key for leg in delivered.state.legs() if leg.status == "failed"]
    assert reasons(delivered.override("skip_step", AGENT, leg=failed)) == ["role_too_low"]
    assert delivered.override("skip_step", SENIOR, leg=failed).verdict == "accepted"
    paid = [notice.details for notice in delivered.sent if notice.kind == "refunded"]
    assert [(facts["amount"], facts["credit"]) for facts in paid] == [(1000, 1000)]
    assert {share.tender_id: share.amount.minor for share in refundable_per_tender(delivered.state)}[
        "card"
    ] == 5800
    assert money(delivered, subject) == "partly_paid"
    delivered.receive(subject)
    assert status(delivered, subject) == "settled"
    delivered.until_at_rest()


@pytest.mark.scenario("S-78")
def test_while_an_agent_holds_a_return_no_money_leaves_and_the_hold_always_ends(
    delivered: StateDriver,
) -> None:
    subject = delivered.open({"1": 1}).subject
    delivered.override_return(subject, "hold", days=5)
    delivered.drop_off(subject)
    delivered.receive(subject)
    assert delivered.legs() == []
    assert (money(delivered, subject), status(delivered, subject)) == ("none", "received")
    delivered.advance(days=5)
    assert delivered.legs("sent") == [("gift", 1000), ("card", 200)]


@pytest.mark.scenario("S-78")
def test_a_hold_also_stops_a_payment_that_is_tried_again(delivered: StateDriver) -> None:
    subject = delivered.open({"1": 1}).subject
    delivered.drop_off(subject)
    delivered.settle_sent_legs("declined")
    delivered.override_return(subject, "hold", days=30)
    delivered.advance(days=10)
    assert delivered.legs("planned") == [("gift", 1000), ("card", 200)]
    delivered.override_return(subject, "release")
    assert delivered.legs("sent") == [("gift", 1000), ("card", 200)]


# Reversals


@pytest.mark.scenario("S-83")
def test_credit_of_a_cancelled_return_is_reversed_with_its_bonus(delivered: StateDriver) -> None:
    subject = delivered.open({"2": 1}, "store_credit").subject
    delivered.drop_off(subject)
    delivered.settle_sent_legs()
    assert reasons(delivered.cancel_return(subject)) == ["return_under_way"]
    assert reasons(delivered.cancel_return(subject, AGENT)) == ["role_too_low"]
    assert delivered.cancel_return(subject, SENIOR).verdict == "accepted"
    back = [leg for leg in delivered.state.legs() if leg.occasion.startswith("reversal/")]
    assert sum(leg.principal.minor + leg.bonus.minor for leg in back) == 4400
    assert delivered.violations({"2": 1}) == ["units_unavailable"], "not before the credit is back"
    delivered.settle_sent_legs()
    assert delivered.violations({"2": 1}) == []
    assert money(delivered, subject) == "reversed"
    assert delivered.notice_kinds()[-1] == "credit_reversed"
    assert order_view(delivered.state, delivered.now).refunded == gbp(0)
    delivered.drop_off(delivered.open({"2": 1}).subject)
    assert sum(principal for _, principal in delivered.legs("sent")) == 4000


@pytest.mark.scenario("S-74")
def test_money_that_left_to_a_card_is_never_taken_back(delivered: StateDriver) -> None:
    subject = delivered.open({"2": 1}).subject
    delivered.drop_off(subject)
    delivered.settle_sent_legs()
    assert reasons(delivered.cancel_return(subject, SENIOR)) == ["money_already_sent"]
