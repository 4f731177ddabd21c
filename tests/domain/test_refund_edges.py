"""The ends of the rules of money: nothing left, nothing paid, one unit too many, an amount in no currency of the terms."""

from datetime import timedelta
from typing import Any

import pytest

from domain.chart_of_accounts import PREFIXES, account_class
from domain.journey.external_events import apply_event
from domain.model.order import OrderLine
from domain.model.refund_terms import FastReturnTerms, RefundTerms
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.model.terms import CreditTerms, Policy
from domain.payments.bonuses import bonus_expiry, lacks_cap, promised_bonus
from domain.payments.extras import never_arrived, shipping_left, unpaid_left
from domain.payments.fast_return import paid_bonus
from domain.payments.refund_amounts import value_of_units
from domain.payments.refund_plan import paid_legs, plan_cancellation, plan_return, plan_unshipped
from domain.payments.refundable import reserved_for, value_of
from domain.tracking.commands.report_handover import ReportHandover
from tests.builders import PLACED, a_state, an_order, gbp
from tests.domain.state_driver import SENIOR, StateDriver
from tests.domain.test_refund_facts import by_card, capture, in_storefront, last_parts, lose, paid, tipped

FAST = FastReturnTerms(cap={"GBP": 400})


def delivered(**policy: Any) -> StateDriver:
    journey = StateDriver(a_state(policy=Policy(**{"review_above": None, **policy})))
    journey.deliver()
    return journey


# The chart


@pytest.mark.parametrize(("prefix", "name"), PREFIXES.items())
def test_each_account_has_its_class_by_the_beginning_of_its_name(prefix: str, name: str) -> None:
    assert account_class(f"{prefix}x") == name


def test_an_account_of_no_class_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="account cashier/x is in no class of the chart"):
        account_class("cashier/x")


# Values and shares


def test_units_without_duty_are_worth_their_price() -> None:
    journey = delivered()
    assert value_of_units(journey.state.order, {"1": [0], "2": [0]}) == 5200
    assert value_of(journey.state, {"1": [0, 1]}) == gbp(2400)


def test_what_is_reserved_for_a_return_shrinks_with_each_part_of_it() -> None:
    journey = delivered(pay_on="receipt")
    subject = journey.open({"1": 2, "2": 1}).subject
    left = []
    for lines in ({"1": 1}, {"1": 1}, {"2": 1}):
        left.append(
            [(one.tender_id, one.amount.minor) for one in reserved_for(journey.state, journey.case(subject))]
        )
        journey.receive(subject, lines)
    assert left == [[("gift", 1000), ("card", 5400)], [("card", 5200)], [("card", 4000)]]
    assert reserved_for(journey.state, journey.case(subject)) == []


def test_only_legs_that_were_paid_here_are_taken_back() -> None:
    journey = delivered()
    subject = journey.open({"2": 1}, "store_credit").subject
    journey.drop_off(subject)
    assert paid_legs(journey.state, subject) == []
    journey.settle_sent_legs(tender="gift")
    assert [leg.tender_id for leg in paid_legs(journey.state, subject)] == ["gift"]
    for elsewhere in ("external", "bank"):
        journey.state.settlements_of(subject)[0].legs[0].to = elsewhere
        assert paid_legs(journey.state, subject) == []


# Bonuses


def test_without_a_cap_in_the_currency_there_is_no_bonus_and_a_person_is_asked() -> None:
    journey = delivered(credit=CreditTerms(cap={"EUR": 5000}))
    quote = journey.quote({"2": 1})
    assert quote.credit_bonus == gbp(0)
    assert lacks_cap(journey.state, list(quote.shares))
    assert not lacks_cap(delivered().state, list(quote.shares))
    assert not lacks_cap(delivered(credit=CreditTerms(cap={}, bonus=0)).state, list(quote.shares))
    assert not lacks_cap(delivered(credit=CreditTerms(cap={}, bonus_on=())).state, list(quote.shares))


def test_a_cap_that_is_used_up_leaves_nothing() -> None:
    journey = delivered(credit=CreditTerms(cap={"GBP": 400}))
    journey.open({"2": 1}, "store_credit")
    assert journey.quote({"1": 1}).credit_bonus == gbp(0)


def test_a_bonus_that_had_expired_before_it_was_taken_back_stays_promised() -> None:
    journey = delivered()
    subject = journey.open({"2": 1}, "store_credit").subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.cancel_return(subject, SENIOR)
    assert promised_bonus(journey.state, journey.case(subject)) == 400
    for leg in (one for s in journey.state.settlements_of(subject) if s.takes_back for one in s.legs):
        leg.settle("re_1", journey.now, gbp(100 if leg.tender_id == "card" else 0))
    assert promised_bonus(journey.state, journey.case(subject)) == 300


def test_a_bonus_ends_so_many_days_after_it_was_sent_or_settled() -> None:
    journey = delivered(credit=CreditTerms(days=30))
    subject = journey.open({"2": 1}, "store_credit").subject
    journey.drop_off(subject)
    legs = list(journey.state.settlements_of(subject)[0].legs)
    sent, settled = (legs[0].model_copy(update=times) for times in (
        {"sent_at": PLACED, "settled_at": PLACED + timedelta(days=1)}, {"sent_at": None, "settled_at": PLACED},
    ))  # fmt: skip
    for leg in (sent, settled):
        assert bonus_expiry(journey.state, [leg]) == PLACED + timedelta(days=30)
    assert bonus_expiry(journey.state, [sent.model_copy(update={"bonus": gbp(0)})]) is None
    forever = delivered(credit=CreditTerms(days=None))
    assert bonus_expiry(forever.state, [sent]) is None


def test_terms_under_which_nothing_earns_a_bonus_any_more_pay_none() -> None:
    journey = delivered()
    subject = journey.open({"2": 1}, "store_credit").subject
    policy = journey.state.terms.policy.model_copy(update={"credit": CreditTerms(bonus_on=())})
    journey.state.terms = journey.state.terms.model_copy(update={"policy": policy})
    journey.case(subject).received = {"2": [0]}
    assert [
        leg.bonus.minor for leg in plan_return(journey.state, journey.case(subject), journey.now).legs
    ] == [0, 0]


# Fast returns


def test_a_fast_return_without_a_cap_in_the_currency_or_with_one_used_up_has_no_table() -> None:
    assert delivered(fast_return=FastReturnTerms(cap={"EUR": 400})).quote({"2": 1}).fast_return == ()
    journey = delivered(fast_return=FAST)
    subject = journey.open({"2": 1}).subject
    assert journey.case(subject).authorized_at == journey.now
    assert journey.quote({"1": 1}).fast_return == ()


def test_a_return_without_a_table_takes_nothing_from_the_cap() -> None:
    journey = delivered(fast_return=FAST)
    journey.open({"1": 1}, method="mail")
    assert journey.quote({"2": 1}).fast_return[0].bonus == gbp(400)


def test_the_bonus_that_was_paid_is_known() -> None:
    journey = delivered(fast_return=FAST)
    subject = journey.open({"2": 1}).subject
    assert paid_bonus(journey.state, journey.case(subject)) == 0
    journey.drop_off(subject)
    assert paid_bonus(journey.state, journey.case(subject)) == 400


# What was not paid


def test_what_a_return_said_that_it_deducts_is_deducted_when_it_is_paid() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800, captured=False),))))
    capture(journey, 5600)
    journey.deliver()
    subject = journey.open({"2": 1}).subject
    assert journey.case(subject).quote.refund == gbp(2800)
    journey.drop_off(subject)
    assert last_parts(journey) == [("goods", 4000), ("unpaid", -1200)]


def test_a_unit_that_the_shop_paid_back_does_not_excuse_what_was_not_paid() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800, captured=False),))))
    capture(journey, 5600)
    in_storefront(journey, 1200, "1")
    assert unpaid_left(journey.state) == 1200


def test_a_cancellation_deducts_no_more_for_what_was_not_paid_than_is_missing() -> None:
    journey = tipped(tenders=(by_card(captured=False),))
    capture(journey, 5000)
    fact = ExternalRefund(
        storefront="shopify", refund="r1", at=journey.now, parts=(RefundedPart(kind="card", amount=gbp(200)),),
        lines=(RefundedLine(line_id="1", quantity=1, removed=True),),
    )  # fmt: skip
    assert apply_event(journey.state, fact, journey.now)
    settlement = plan_cancellation(journey.state, journey.now)
    assert [(part.kind, part.amount.minor) for part in settlement.parts] == [
        ("goods", 5200), ("shipping", 400), ("tip", 200), ("unpaid", -1000),
    ]  # fmt: skip
    assert sum(len(units) for units in settlement.units.values()) == 2


def test_a_cancellation_of_an_order_that_nobody_has_paid_pays_nothing_for_nothing() -> None:
    journey = tipped(tenders=(by_card(captured=False),))
    settlement = plan_cancellation(journey.state, journey.now)
    assert (settlement.legs, settlement.parts, settlement.units) == ([], (), {"1": [0, 1], "2": [0]})


def test_a_fee_that_has_no_row_in_the_currency_is_none() -> None:
    journey = delivered(refunds=RefundTerms(method_fees={"drop_off": {"EUR": 500}}))
    assert [(part.kind, part.amount.minor) for part in journey.quote({"1": 1}).parts] == [("goods", 1200)]


# Units that never arrived or never left


def test_units_that_never_left_are_paid_back_with_shipping_when_they_are_all() -> None:
    journey = tipped()
    part = plan_unshipped(journey.state, {"1": [1]}, journey.now)
    assert (part.occasion, part.units, part.purpose, part.return_id) == (
        f"unshipped/{journey.state.order.order}", {"1": [1]}, "refund", None,
    )  # fmt: skip
    assert [(leg.tender_id, leg.principal.minor, leg.planned_at) for leg in part.legs] == [
        ("card", 1200, journey.now)
    ]
    whole = plan_unshipped(journey.state, {"1": [0, 1], "2": [0]}, journey.now)
    assert [(one.kind, one.amount.minor) for one in whole.parts] == [
        ("goods", 6400), ("shipping", 400), ("tip", 200),
    ]  # fmt: skip


def test_units_that_an_unread_refund_may_have_paid_are_settled_without_money() -> None:
    journey = tipped()
    fact = ExternalRefund(storefront="shopify", refund="r1", at=PLACED, parts=(), amount_unknown=True)
    assert apply_event(journey.state, fact, journey.now)
    part = plan_unshipped(journey.state, {"1": [1]}, journey.now)
    assert (part.units, part.legs, part.parts) == ({"1": [1]}, [], ())


WHOLE = {"1": [0, 1], "2": [0]}


def test_of_an_order_under_way_nothing_has_arrived() -> None:
    journey = tipped()
    journey.ship()
    assert never_arrived(journey.state, WHOLE)
    assert not never_arrived(journey.state, {"1": [0, 1]}), "the lamp may still arrive"
    assert shipping_left(journey.state) == gbp(400)


@pytest.mark.parametrize("came", ["delivered", "lost after all", "digital", "collected"])
def test_what_the_customer_has_got_has_arrived(came: str) -> None:
    journey = tipped()
    if came in ("delivered", "lost after all"):
        journey.deliver({"1": 1})
    if came == "lost after all":
        journey.state.parcels[0].lost_at = journey.now
    if came == "digital":
        mug, lamp = an_order().lines
        got = OrderLine.model_validate({**mug.model_dump(), "fulfilment": "digital"})
        journey = tipped(lines=(got, lamp))
    if came == "collected":
        mug, lamp = an_order().lines
        got = OrderLine.model_validate({**mug.model_dump(), "fulfilment": "pickup"})
        journey = tipped(lines=(got, lamp))
        handed = {"command_id": "h", "actor": SENIOR, "status": "collected", "lines": ()}
        assert journey.execute(ReportHandover.model_validate(handed)).verdict == "accepted"
    assert never_arrived(journey.state, WHOLE) == (came == "lost after all")


def test_shipping_that_went_back_is_not_left() -> None:
    journey = tipped()
    lose(journey)
    assert (paid(journey), shipping_left(journey.state)) == (7000, gbp(0))


# Settlements


def test_a_settlement_without_its_money_keeps_its_units() -> None:
    journey = tipped()
    settlement = plan_cancellation(journey.state, journey.now)
    bare = settlement.without_money()
    assert (bare.units, bare.legs, bare.parts, bare.occasion) == (
        settlement.units,
        [],
        (),
        settlement.occasion,
    )
    assert settlement.principal == gbp(7000)
    assert (len(settlement.legs), len(settlement.parts)) == (1, 3)


def test_a_letter_tells_of_the_legs_that_have_left_and_that_it_named() -> None:
    journey = delivered()
    journey.drop_off(journey.open({"2": 1}).subject)
    [settlement] = journey.state.settlements
    gift, card = settlement.legs
    assert settlement.legs_of_letter(1) == []
    gift.settle("re_1", journey.now)
    card.accept("re_2", journey.now)
    settlement.letters = {card.key: 2}
    assert [settlement.legs_of_letter(letter) for letter in (1, 2, 3)] == [[gift], [card], []]
