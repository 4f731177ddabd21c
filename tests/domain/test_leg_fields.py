"""What each step writes into a leg, field by field."""

from datetime import date, timedelta

import pytest

from domain.actors import Role
from domain.model.leg_data import LegStatus, RefundChoice, RefundWay
from domain.model.payment import PaidTo, Purpose
from domain.model.quote import TenderShare
from domain.model.settlement import legs_for, take_from
from tests.builders import PLACED, an_order, gbp
from tests.domain.test_leg import a_leg

LATER = PLACED + timedelta(days=9)


def test_a_bonus_is_what_moved_of_it_where_that_is_known() -> None:
    known, unknown = (a_leg("sent").model_copy(update={"bonus": gbp(120)}) for _ in range(2))
    known.settle("re_1", LATER, gbp(50))
    unknown.settle("re_1", LATER)
    assert [(leg.bonus, leg.settled_at, leg.reference) for leg in (known, unknown)] == [
        (gbp(50), LATER, "re_1"), (gbp(120), LATER, "re_1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("to", "awaits"), [("by_hand", "person"), ("provider", "nothing"), ("credit", "nothing")]
)
def test_a_captured_tender_is_paid_back_by_its_way(to: PaidTo, awaits: str) -> None:
    leg = a_leg().model_copy(update={"awaits": "capture"})
    leg.record_capture(to)
    assert (leg.to, leg.awaits) == (to, awaits)


def test_a_leg_that_waits_is_lowered_and_never_to_nothing() -> None:
    leg = a_leg().model_copy(update={"awaits": "capture"})
    for whole in (1200, 1201):
        with pytest.raises(AssertionError, match="not lowered"):
            leg.lower_by(gbp(whole))
    leg.lower_by(gbp(1199))
    assert leg.principal == gbp(1)
    with pytest.raises(AssertionError, match="does not wait"):
        a_leg().lower_by(gbp(1))


def test_what_came_back_is_planned_anew_and_forgets_how_it_was_paid() -> None:
    leg = a_leg("sent")
    leg.accept("re_1", PLACED)
    leg.accept("re_1", LATER)
    assert leg.accepted_at == PLACED
    leg.expect(date(2026, 3, 9))
    leg.expect(date(2026, 3, 12))
    assert leg.expected_by == date(2026, 3, 9)
    leg.settle("re_1", LATER)
    leg.reverse("account_closed", LATER)
    assert (leg.returned_at, leg.decline) == (LATER, "account_closed")
    first = leg.key
    leg.chased, leg.lookup = True, "due"
    leg.retry(LATER)
    assert (leg.status, leg.planned_at, leg.replaces, leg.epoch, leg.retries) == (
        "planned", LATER, first, 2, 1,
    )  # fmt: skip
    assert (leg.reference, leg.decline, leg.chased, leg.lookup) == ("", "", False, "none")
    assert [leg.settled_at, leg.accepted_at, leg.expected_by] == [None] * 3


@pytest.mark.parametrize(("status", "came_back"), [("failed", False), ("reversed", True)])
def test_what_cannot_be_paid_goes_another_way_as_somebody_chose(status: LegStatus, came_back: bool) -> None:
    ways: tuple[tuple[RefundWay, str, str], ...] = (
        ("store_credit", "credit", "nothing"),
        ("other_way", "by_hand", "person"),
    )
    for answer, to, awaits in ways:
        leg = a_leg(status)
        leg.reversed_at = LATER if came_back else None
        old = leg.key
        leg.pay_otherwise(answer, LATER, Role.CUSTOMER)
        chosen = {"leg": old, "answer": answer, "at": LATER, "by": Role.CUSTOMER, "came_back": came_back}
        assert leg.choice == RefundChoice.model_validate(chosen)
        assert (leg.to, leg.awaits, leg.status) == (to, awaits, "planned")


def test_a_late_refund_is_chased_once() -> None:
    leg = a_leg("accepted")
    assert [leg.chase(), leg.chase()] == [True, False]


def test_a_look_up_is_asked_for_sent_and_ended() -> None:
    leg = a_leg("sent")
    leg.request_lookup(LATER)
    assert (leg.lookup, leg.lookup_at) == ("due", LATER)
    leg.start_lookup(PLACED)
    assert (leg.lookup, leg.lookup_at) == ("sent", PLACED)
    leg.end_lookup()
    assert leg.lookup == "none"


def test_a_payment_goes_to_the_provider_of_its_tender_or_else_of_the_leg() -> None:
    asked = [
        a_leg().model_copy(update=change).request(an_order(), "refund", 30, LATER)
        for change in (
            {},
            {"provider": "stripe"},
            {"tender_id": "claim", "provider": "stripe"},
            {"tender_id": "claim"},
        )
    ]
    assert [(one.provider, one.payment) for one in asked] == [
        ("sandbox", "pay_1"), ("sandbox", "pay_1"), ("stripe", None), (None, None),
    ]  # fmt: skip
    first = asked[0]
    assert (first.merchant, first.order, first.order_id, first.customer) == (
        "acme",
        "ord_one",
        "#1001",
        "cus_ada",
    )
    assert (first.key, first.occasion, first.purpose, first.tender_id, first.to) == (
        a_leg().key, "return/r1/1", "refund", "card", "provider",
    )  # fmt: skip
    assert (first.principal, first.bonus, first.credit_days, first.now) == (gbp(1200), gbp(0), 30, LATER)
    taken_over = a_leg().model_copy(update={"replaces": "return/r1/1/x/1"})
    assert [one.request(an_order(), "refund", 30, LATER).replaces for one in (a_leg(), taken_over)] == [
        "", "return/r1/1/x/1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("purpose", "captured", "to", "waits"),
    [
        ("external", False, "by_hand", "nothing"), ("reversal", False, "by_hand", "nothing"),
        ("refund", False, "by_hand", "capture"), ("refund", True, "by_hand", "person"),
        ("refund", True, "provider", "nothing"), ("store_credit", True, "by_hand", "nothing"),
    ],
)  # fmt: skip
def test_what_waits_for_a_capture_or_a_person(purpose: Purpose, captured: bool, to: str, waits: str) -> None:
    share = TenderShare.model_validate(
        {"tender_id": "t", "kind": "card", "amount": gbp(5), "to": to, "captured": captured}
    )
    [leg] = legs_for("o/1", purpose, [share], LATER)
    assert (leg.awaits, leg.planned_at, leg.bonus) == (waits, LATER, gbp(0))
    with pytest.raises(ValueError, match="argument"):
        legs_for("o/1", "refund", [share], LATER, [gbp(1), gbp(2)])


def test_more_than_the_tenders_hold_is_refused_with_what_is_missing() -> None:
    share = TenderShare(tender_id="t", kind="card", amount=gbp(5))
    with pytest.raises(ValueError, match=r"^2 minor units more than the tenders hold$"):
        take_from([share], gbp(7))
    with pytest.raises(AssertionError, match=r"is planned, expected failed or unknown or reversed$"):
        a_leg().retry(LATER)


def test_what_the_bank_has_paid_is_owed_no_more() -> None:
    for status in ("planned", "failed"):
        leg = a_leg(status)
        leg.leave_to_bank()
        assert (leg.status, leg.decline) == ("skipped", "paid_by_bank")
    leg = a_leg().model_copy(update={"sent_at": PLACED})
    with pytest.raises(AssertionError, match="may have left"):
        leg.leave_to_bank()
    with pytest.raises(AssertionError, match="is settled"):
        a_leg("settled").leave_to_bank()


@pytest.mark.parametrize(("status", "epoch"), [("planned", 1), ("failed", 2)])
def test_the_part_that_the_bank_has_paid_is_owed_no_more(status: LegStatus, epoch: int) -> None:
    leg = a_leg(status)
    with pytest.raises(AssertionError, match="not lowered"):
        a_leg(status).leave_part_to_bank(gbp(1200), LATER)
    leg.leave_part_to_bank(gbp(500), LATER)
    assert (leg.status, leg.principal, leg.epoch) == ("planned", gbp(700), epoch)
    assert leg.planned_at == (PLACED if status == "planned" else LATER)


def test_a_refusal_for_a_dispute_is_planned_anew_and_a_smaller_part_too() -> None:
    waits, smaller = a_leg("sent"), a_leg("failed")
    waits.wait_for_dispute(LATER)
    assert (waits.status, waits.epoch, waits.planned_at, waits.decline) == ("planned", 2, LATER, "")
    with pytest.raises(AssertionError, match="not reduced"):
        smaller.reduce_to(gbp(1200), LATER)
    smaller.reduce_to(gbp(1199), LATER)
    assert (smaller.status, smaller.principal, smaller.planned_at) == ("planned", gbp(1199), LATER)


@pytest.mark.parametrize(("paid", "state", "reason"), [(True, "settled", ""), (False, "failed", "not_paid")])
def test_a_persons_word_stands_for_the_providers_and_is_booked_by_a_look_up(
    paid: bool, state: str, reason: str
) -> None:
    for reference in ("", "re_1"):
        leg = a_leg("unknown").model_copy(update={"reference": reference})
        leg.confirm(paid=paid, now=LATER)
        [event] = leg.events
        assert (event.state, event.raw_state, event.reason, event.at) == (
            state, "confirmed_by_a_person", reason, LATER,
        )  # fmt: skip
        assert (event.reference, event.leg, event.amount) == (reference or leg.key, leg.key, gbp(1200))
        assert (leg.status, leg.lookup, leg.lookup_at) == ("unknown", "due", LATER)
    with pytest.raises(AssertionError, match=r"is sent, expected unknown$"):
        a_leg("sent").confirm(paid=paid, now=LATER)


@pytest.mark.parametrize(("status", "epoch"), [("planned", 1), ("failed", 1), ("reversed", 2)])
def test_what_the_shops_staff_have_paid_is_paid_no_more(status: LegStatus, epoch: int) -> None:
    leg = a_leg(status)
    leg.leave_to_shop(LATER)
    assert (leg.status, leg.decline, leg.epoch) == ("skipped", "paid_by_shop", epoch)


def test_what_may_have_left_is_not_left_to_the_shop() -> None:
    left = {"sent_at": PLACED}
    with pytest.raises(AssertionError, match=r"^leg .+ may have left$"):
        a_leg().model_copy(update=left).leave_to_shop(LATER)
    refused = a_leg("failed").model_copy(update=left)
    refused.leave_to_shop(LATER)
    assert refused.status == "skipped"
    for status in ("sent", "settled"):
        with pytest.raises(AssertionError, match=rf"is {status}, expected failed or planned$"):
            a_leg(status).leave_to_shop(LATER)


def test_the_customer_is_told_of_a_choice_once_and_a_new_attempt_takes_it_back() -> None:
    leg = a_leg("failed")
    assert [leg.offer_other_way(), leg.offered, leg.offer_other_way()] == [True, True, False]
    leg.retry(LATER)
    assert (leg.offered, leg.decline_notified) == (False, True)
