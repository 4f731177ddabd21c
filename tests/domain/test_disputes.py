"""Disputes: refunds wait for them, a lost one is a settlement, a won one releases what waited, and nothing is paid twice."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest

from domain import payment_keys
from domain.journey.external_events import apply_event
from domain.model.dispute import DisputeState, DisputeStatement
from domain.model.payment import PaymentResult
from domain.model.refund_terms import FastReturnTerms
from domain.model.terms import Policy
from domain.orders.storefront_updates import storefront_updates
from domain.payments import payment_results
from domain.payments.commands.assign_dispute import AssignDispute
from domain.payments.commands.choose_refund import ChooseRefund
from domain.payments.disputes.statements import DisputeReported
from domain.payments.fast_return import FAST_RETURN_TENDER
from domain.payments.refundable import refundable_per_tender
from tests.builders import PLACED, a_delivered_state, a_state, an_order, gbp
from tests.domain.state_driver import CUSTOMER, SENIOR, StateDriver

DEADLINE = PLACED + timedelta(days=12)


def statement(
    state: DisputeState, minor: int = 5800, hour: int = 0, fee: int | None = None
) -> DisputeStatement:
    return DisputeStatement(
        amount=gbp(minor),
        fee=None if fee is None else gbp(fee),
        state=state,
        respond_by=DEADLINE if state in ("inquiry", "needs_response") else None,
        at=PLACED + timedelta(days=3, hours=hour),
    )


def report(
    driver: StateDriver, said: DisputeStatement, payment: str = "pay_1", reference: str = "dp_1"
) -> bool:
    event = DisputeReported(provider="sandbox", reference=reference, payment=payment, statement=said)
    news = apply_event(driver.state, event, driver.now)
    driver.state.seq += news
    driver.apply_due()
    return news


def card_only(**changed: object) -> StateDriver:
    """An order of 68.00 that was paid by card alone and has arrived."""
    order = an_order()
    tender = order.tenders[1].model_copy(update={"amount": gbp(6800)})
    state = a_delivered_state(order=order.model_copy(update={"tenders": (tender,), **changed}))
    return StateDriver(state, state.clock)


def returned(driver: StateDriver, lines: dict[str, int] | None = None) -> str:
    """Goods of a return are handed over: their refund is due. Returns the return's id."""
    opened = driver.open(lines or {"1": 1})
    driver.drop_off(opened.subject, nonce=opened.subject)
    return opened.subject


def bookings(driver: StateDriver) -> list[tuple[str, int]]:
    return [(one.step, one.amount.minor) for dispute in driver.state.disputes for one in dispute.bookings]


def owed_and_paid(driver: StateDriver) -> int:
    """What the customer has or will have of the card: by us, and by the bank while it has or keeps the money."""
    legs = [leg for leg in driver.state.legs() if leg.tender_id == "card" and leg.status != "skipped"]
    return sum(leg.principal.minor for leg in legs)


def test_a_dispute_before_a_refund_holds_it_and_a_won_one_pays_it() -> None:
    driver = card_only()
    assert report(driver, statement("needs_response", 6800))
    returned(driver)
    [leg] = driver.state.legs()
    assert (leg.status, driver.notice_kinds()[-1]) == ("planned", "refund_held")
    driver.advance(days=2)
    assert leg.status == "planned"
    assert report(driver, statement("won", 6800, hour=9))
    assert leg.status == "sent"
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200)]
    assert bookings(driver) == [("hold_dispute", 6800), ("release_dispute", 6800)]
    assert "dispute" not in driver.attention_kinds()


def test_a_lost_dispute_about_everything_is_paid_instead_of_what_waited() -> None:
    driver = card_only()
    report(driver, statement("needs_response", 6800, fee=1500))
    returned(driver)
    report(driver, statement("lost", 6800, hour=9))
    driver.settle_sent_legs()
    assert [(leg.to, leg.status, leg.principal.minor) for leg in driver.state.legs()] == [
        ("provider", "skipped", 1200),
        ("bank", "settled", 6800),
    ]
    assert bookings(driver) == [("hold_dispute", 6800), ("charge_dispute_fee", 1500)]
    assert sum(share.amount.minor for share in refundable_per_tender(driver.state)) == 0
    assert driver.violations({"2": 1}) == ["units_unavailable"]
    assert driver.attention_kinds() == []


def test_a_lost_dispute_after_a_refund_is_a_question_and_what_was_paid_twice_is_written_off() -> None:
    driver = card_only()
    returned(driver)
    driver.settle_sent_legs()
    report(driver, statement("needs_response", 6800))
    assert sorted(driver.attention_kinds()) == ["dispute", "dispute_refunded"]
    item = driver.state.open_item("dispute_refunded", driver.state.disputes[0].dispute)
    assert item is not None
    assert (item.owner, item.deadline) == ("finance", DEADLINE)
    report(driver, statement("lost", 6800, hour=9))
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200), ("card", 5600)]
    assert bookings(driver) == [("hold_dispute", 6800), ("write_off_dispute", 1200)]
    assert driver.attention_kinds() == ["dispute_refunded"]


def test_a_refund_under_way_when_the_dispute_is_lost_is_left_to_the_bank_once_it_is_refused() -> None:
    driver = card_only()
    returned(driver)
    [leg] = driver.state.legs()
    report(driver, statement("needs_response", 6800))
    report(driver, statement("lost", 6800, hour=9))
    assert bookings(driver)[-1] == ("write_off_dispute", 1200)
    refuse(driver, leg.key)
    driver.settle_sent_legs()
    assert leg.status == "skipped"
    assert bookings(driver)[-1] == ("recover_dispute", 1200)
    assert owed_and_paid(driver) == 6800
    assert driver.attention_kinds() == []
    driver.until_at_rest()
    assert owed_and_paid(driver) == 6800


def refuse(driver: StateDriver, key: str, decline: str = "charge_disputed") -> None:
    answer = PaymentResult(leg=key, outcome="declined", decline=decline)
    payment_results.record_payment_result(driver.state, answer, driver.now)
    driver.state.seq += 1
    driver.apply_due()


def test_a_refusal_alone_shows_that_there_is_a_dispute_until_it_is_reported() -> None:
    driver = card_only()
    returned(driver, {"2": 1})
    [leg] = driver.state.legs()
    refuse(driver, leg.key)
    assert (leg.status, leg.epoch, leg.sent_at) == ("planned", 2, None)
    assert driver.attention_kinds() == ["dispute"]
    driver.advance(days=30)
    assert (leg.status, driver.attention_kinds()) == ("planned", ["dispute"])
    report(driver, statement("needs_response", 4000))
    [dispute] = driver.state.disputes
    assert (dispute.reference, dispute.dispute) == ("dp_1", payment_keys.dispute("sandbox", "dp_1"))
    report(driver, statement("lost", 4000, hour=9))
    driver.settle_sent_legs()
    assert [leg.status for leg in driver.state.legs()] == ["skipped", "settled"]
    assert driver.violations({"1": 2}) == []


def test_of_a_part_the_amount_decides_where_one_answer_fits() -> None:
    lamp = card_only()
    report(lamp, statement("needs_response", 4000))
    report(lamp, statement("lost", 4000, hour=9))
    lamp.settle_sent_legs()
    [settlement] = lamp.state.settlements
    assert (settlement.units, settlement.purpose) == ({"2": [0]}, "dispute")
    assert lamp.violations({"2": 1}) == ["units_unavailable"]
    assert lamp.violations({"1": 2}) == []


def test_of_a_part_that_fits_nothing_a_person_decides_and_everything_waits() -> None:
    driver = card_only()
    report(driver, statement("needs_response", 3000))
    returned(driver)
    report(driver, statement("lost", 3000, hour=9))
    [leg] = driver.state.legs()
    assert (leg.status, driver.attention_kinds()) == ("planned", ["dispute_units"])
    driver.advance(days=60)
    assert (leg.status, driver.attention_kinds()) == ("planned", ["dispute_units"])


def test_an_inquiry_holds_nothing_and_is_asked_about() -> None:
    driver = card_only()
    report(driver, statement("inquiry", 6800))
    returned(driver)
    assert [leg.status for leg in driver.state.legs()] == ["sent"]
    assert driver.attention_kinds() == ["dispute"]
    assert bookings(driver) == []
    report(driver, statement("needs_response", 6800, hour=4))
    assert driver.attention_kinds() == ["dispute", "dispute_refunded"]


@pytest.mark.parametrize(
    "order",
    list(
        permutations(
            [
                statement("needs_response", hour=0),
                statement("under_review", hour=1),
                statement("lost", hour=2),
            ]
        )
    ),
)
def test_statements_count_by_their_own_time_in_whatever_order_they_come(
    order: Sequence[DisputeStatement],
) -> None:
    driver = card_only()
    for one in order:
        assert report(driver, one)
        assert not report(driver, one)
    [dispute] = driver.state.disputes
    assert dispute.state == "lost"
    held = sum(
        {"hold_dispute": 1, "release_dispute": -1}.get(step, 0) * minor for step, minor in bookings(driver)
    )
    assert held == 5800


def test_money_that_comes_back_after_a_loss_pays_nothing_by_itself() -> None:
    driver = card_only()
    report(driver, statement("lost", 6800))
    driver.settle_sent_legs()
    report(driver, statement("won", 6800, hour=5))
    assert driver.attention_kinds() == ["dispute_outcome_changed"]
    assert bookings(driver)[-1] == ("release_dispute", 6800)
    driver.advance(days=400)
    assert [leg.to for leg in driver.state.legs()] == ["bank"]


def test_alarms_come_before_the_deadline_and_the_question_stays() -> None:
    driver = card_only()
    report(driver, statement("needs_response", 6800))
    driver.jump_to(DEADLINE - timedelta(days=3))
    assert driver.state.disputes[0].warned == 1
    driver.jump_to(DEADLINE - timedelta(days=1))
    assert driver.state.disputes[0].warned == 2
    driver.advance(days=20)
    assert (driver.state.disputes[0].warned, driver.attention_kinds()) == (2, ["dispute"])


def test_a_refund_that_came_back_is_not_paid_as_store_credit_while_its_payment_is_disputed() -> None:
    driver = card_only()
    returned(driver)
    driver.settle_sent_legs()
    [leg] = driver.state.legs()
    reverse = PaymentResult(leg=leg.key, outcome="reversed", decline="account_closed")
    payment_results.record_payment_result(driver.state, reverse, driver.now)
    report(driver, statement("needs_response", 6800))
    report(driver, statement("lost", 6800, hour=5))
    driver.settle_sent_legs()
    assert [(one.to, one.status, one.replaces != "") for one in driver.state.legs()] == [
        ("provider", "skipped", True),
        ("bank", "settled", True),
        ("bank", "settled", False),
    ]
    assert owed_and_paid(driver) == 6800


def test_a_person_may_pay_or_waive_what_waits_for_a_dispute() -> None:
    driver = card_only()
    report(driver, statement("needs_response", 6800))
    returned(driver)
    returned(driver, {"2": 1})
    first, second = driver.state.legs()
    assert driver.override("paid_by_hand", SENIOR, leg=first.key).verdict == "accepted"
    assert driver.override("skip_step", SENIOR, leg=second.key).verdict == "accepted"
    driver.settle_sent_legs()
    assert [(leg.to, leg.status) for leg in driver.state.legs()] == [
        ("by_hand", "settled"),
        ("provider", "skipped"),
    ]


def fast_return() -> StateDriver:
    """A return of mugs to the card, with a fast-return bonus; a bank has the money of the card."""
    driver = card_only()
    driver.state.terms = driver.state.terms.model_copy(
        update={"policy": Policy(fast_return=FastReturnTerms())}
    )
    report(driver, statement("needs_response", 6800))
    returned(driver)
    return driver


def test_a_fast_return_bonus_waits_for_a_dispute_and_is_paid_when_it_is_won() -> None:
    driver = fast_return()
    bonus = next(leg for leg in driver.state.legs() if leg.tender_id == FAST_RETURN_TENDER)
    assert ([leg.status for leg in driver.state.legs()], bonus.bonus) == (["planned", "planned"], gbp(120))
    assert driver.notice_kinds().count("refund_held") == 1
    by_hand = driver.override("paid_by_hand", SENIOR, leg=bonus.key)
    assert by_hand.verdict == "refused"
    report(driver, statement("won", 6800, hour=9))
    driver.settle_sent_legs()
    assert [leg.status for leg in driver.state.legs()] == ["settled", "settled"]


@pytest.mark.parametrize("lost", [6800, 1200])
def test_a_fast_return_bonus_ends_with_a_refund_that_a_bank_has_paid(lost: int) -> None:
    driver = fast_return()
    report(driver, statement("lost", lost, hour=9))
    if driver.state.has_open("dispute_units"):
        [held] = [leg for leg in driver.state.legs() if leg.to == "provider"]
        envelope = driver._envelope(SENIOR)
        driver.execute(
            AssignDispute(
                **envelope,
                dispute=driver.state.disputes[0].dispute,
                payments=(held.key,),
                note="as the bank writes",
            )
        )
    driver.settle_sent_legs()
    assert {leg.tender_id: leg.status for leg in driver.state.legs() if leg.to != "bank"} == {
        "card": "skipped", FAST_RETURN_TENDER: "skipped",
    }  # fmt: skip


WAYS = ("return", "cancellation", "lost_parcel", "unshipped")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("choice", ["store_credit", "other_way"])
def test_whatever_a_refund_is_for_a_refusal_offers_the_customer_another_way_at_once(
    way: str, choice: str
) -> None:
    driver = owed(way)
    paid = [leg for leg in driver.state.legs() if leg.to == "credit"]
    [leg] = [leg for leg in driver.state.legs() if leg.to == "provider"]
    driver.settle_leg(leg.key, "declined")
    assert (leg.status, driver.notice_kinds().count("refund_declined")) == ("failed", 1)
    choose = ChooseRefund(
        command_id="choose", actor=CUSTOMER, leg=payment_keys.leg_in_letters(leg.key), choice=choice
    )
    assert driver.execute(choose).verdict == "accepted"
    assert "refund_failed" not in [one.kind for one in storefront_updates(driver.state, driver.now)]
    assert (leg.to, leg.epoch) == ({"store_credit": "credit", "other_way": "by_hand"}[choice], 2)
    assert all(one.status in ("sent", "settled") for one in paid), "other payments are not touched"
    assert driver.attention_kinds() == (["refund_by_hand"] if choice == "other_way" else [])


def owed(way: str) -> StateDriver:
    """An order with one refund to the card that has left, for that reason."""
    if way == "return":
        driver = card_only()
        returned(driver)
        return driver
    driver = StateDriver(a_state())
    if way == "lost_parcel":
        driver.ship()
        driver.override("mark_lost", SENIOR, parcel=driver.state.parcels[0].parcel_id)
    elif way == "unshipped":
        driver.deliver({"2": 1})
        driver.override("cancel", SENIOR)
    else:
        driver.cancel_order()
    return driver
