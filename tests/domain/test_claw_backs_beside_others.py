"""Claims beside what else happens: letters that bounce, refunds that come back, disputes of a payment (NEW-9)."""

from domain.journey.external_events import apply_event
from domain.model.claw_back import ClawBack
from domain.model.dispute import DisputeState, DisputeStatement
from domain.model.payment import PaymentResult
from domain.model.refund_terms import FastReturnTerms
from domain.model.scan import ParcelStatus
from domain.model.terms import CreditTerms, Policy
from domain.notifications.bounced_letters import LetterBounced
from domain.payments import payment_results
from domain.payments.commands.assign_dispute import AssignDispute
from domain.payments.commands.choose_refund import ChooseRefund
from domain.payments.disputes.holds import dispute_that_holds
from domain.payments.disputes.statements import DisputeReported
from tests.builders import a_state, gbp
from tests.domain.claw_back_driver import (
    ARRIVED,
    DAY,
    FINANCE,
    answer,
    books,
    claimed,
    decide,
    lost,
    missing,
    now_of,
    pay,
)
from tests.domain.state_driver import AGENT, CUSTOMER, SENIOR, StateDriver, reasons


def test_nothing_is_taken_by_default_from_a_customer_whom_the_notice_did_not_reach(
    delivered: StateDriver,
) -> None:
    delivered.claims.credit = 10_000
    claim = claimed(delivered)
    notice = next(one.key for one in delivered.sent if one.kind == "claw_back_notice")
    event = LetterBounced(problem="bounced", notice=notice, cause="no such user", at=delivered.now)
    delivered.state.seq += apply_event(delivered.state, event, delivered.now)
    delivered.advance(days=14)
    assert (now_of(delivered).stage, delivered.claims.debits) == ("answered", [])
    assert delivered.state.has_open("claw_back_answer", claim.claim)
    delivered.until_at_rest()
    assert (now_of(delivered).end, delivered.claims.debits) == ("waived", [])


def test_money_that_came_back_is_not_asked_for_before_it_is_paid_again(delivered: StateDriver) -> None:
    delivered.claims.credit = 10_000
    claim = claimed(delivered)
    leg = next(leg for leg in delivered.state.legs() if leg.to == "provider")
    result = PaymentResult(leg=leg.key, outcome="reversed", decline="expired_or_canceled_card")
    payment_results.record_payment_result(delivered.state, result, delivered.now)
    delivered.advance(days=15)
    assert (now_of(delivered).stage, delivered.claims.debits) == ("notice", [])
    choice = ChooseRefund(**delivered._envelope(CUSTOMER), leg=leg.key, choice="store_credit")
    assert delivered.execute(choice).verdict == "accepted"
    delivered.settle_sent_legs()
    delivered.advance(days=28)
    assert now_of(delivered).netted == claim.requested


def test_goods_of_a_lost_parcel_that_should_be_back_are_a_persons_question() -> None:
    journey = lost(ARRIVED)
    journey.claims.credit = 10_000
    journey.advance(days=25)
    journey.settle_sent_legs()
    journey.scan(ParcelStatus.DELIVERED)
    assert answer(journey, now_of(journey), "will_send").verdict == "accepted"
    journey.advance(days=60)
    assert journey.claims.debits == []
    assert now_of(journey).end == "waived"


def disputed(journey: StateDriver, payment: str, state: DisputeState, minor: int = 4000) -> None:
    """The bank of that payment states something; the provider of the order's only card payment is the same."""
    said = DisputeStatement(amount=gbp(minor), state=state, at=journey.now)
    event = DisputeReported(provider="sandbox", reference="dp_1", payment=payment, statement=said)
    journey.state.seq += apply_event(journey.state, event, journey.now)
    journey.apply_due()


def paid_claim(journey: StateDriver) -> ClawBack:
    """A claim of 40.00 that the customer has paid on a page."""
    claim = missing(journey)
    journey.advance(days=14)
    pay(journey, claim, 4000)
    assert now_of(journey).end == "paid"
    return claim


def test_a_dispute_of_what_a_claim_was_paid_with_holds_no_refund_of_the_order(delivered: StateDriver) -> None:
    claim = paid_claim(delivered)
    disputed(delivered, "pi_1", "needs_response")
    assert (delivered.state.disputes[0].tender_id, delivered.attention_kinds()) == ("claw_back", ["dispute"])
    other = delivered.state.settlements[0].model_copy(deep=True)
    for leg in other.legs:
        leg.status, leg.sent_at = "planned", None
        assert dispute_that_holds(delivered.state, other, leg) is None
    delivered.receive(claim.return_id, {"2": 1})
    [back] = [leg for leg in delivered.state.legs() if leg.tender_id == "claw_back"]
    assert (back.status, back.payment) == ("planned", "pi_1")
    disputed(delivered, "pi_1", "lost")
    assert [(leg.to, leg.status) for leg in delivered.state.legs() if leg.tender_id == "claw_back"] == [
        ("provider", "skipped"), ("bank", "sent"),
    ]  # fmt: skip
    assert not delivered.state.has_open("dispute_units")


def test_what_a_bank_gave_back_of_a_claim_is_written_off_when_finance_says_so(delivered: StateDriver) -> None:
    paid_claim(delivered)
    disputed(delivered, "pi_1", "lost")
    [dispute] = delivered.state.disputes
    assert delivered.attention_kinds() == ["dispute_units"]
    envelope = {**delivered._envelope(FINANCE), "dispute": dispute.dispute, "note": "as the bank writes"}
    wrong = AssignDispute.model_validate({**envelope, "lines": [{"line_id": "1", "quantity": 1}]})
    assert reasons(delivered.execute(wrong)) == ["units_unavailable"]
    delivered.execute(AssignDispute.model_validate({**envelope, "command_id": "nothing"}))
    assert [(one.step, one.amount) for one in dispute.bookings] == [
        ("hold_dispute", gbp(4000)), ("write_off_dispute", gbp(4000)),
    ]  # fmt: skip
    assert delivered.attention_kinds() == []


def test_a_refused_refund_of_a_claims_payment_shows_a_dispute_of_that_payment(delivered: StateDriver) -> None:
    claim = paid_claim(delivered)
    delivered.receive(claim.return_id, {"2": 1})
    [back] = [leg for leg in delivered.state.legs() if leg.tender_id == "claw_back"]
    refused = PaymentResult(leg=back.key, outcome="declined", decline="charge_disputed")
    payment_results.record_payment_result(delivered.state, refused, delivered.now)
    disputed(delivered, "pi_1", "needs_response")
    [dispute] = delivered.state.disputes
    assert (dispute.reference, dispute.payment, back.status) == ("dp_1", "pi_1", "planned")


def came_back(journey: StateDriver) -> str:
    """The refund of a claimed return comes back to the shop. Returns its key."""
    leg = next(leg for leg in journey.state.legs() if leg.to == "provider")
    result = PaymentResult(leg=leg.key, outcome="reversed", decline="expired_or_canceled_card")
    payment_results.record_payment_result(journey.state, result, journey.now)
    return leg.key


def waive(journey: StateDriver, key: str) -> None:
    """The customer wants it in another way, and an agent waives it."""
    choice = ChooseRefund(**journey._envelope(CUSTOMER), leg=key, choice="other_way")
    assert journey.execute(choice).verdict == "accepted"
    leg = next(leg for leg in journey.state.legs() if leg.waits)
    assert journey.override("skip_step", SENIOR, leg=leg.key).verdict == "accepted"


def test_what_came_back_and_was_waived_is_not_asked_for(delivered: StateDriver) -> None:
    delivered.claims.credit = 10_000
    claim = claimed(delivered)
    waive(delivered, came_back(delivered))
    kept = sum(leg.principal.minor for leg in delivered.state.legs() if leg.status == "settled")
    delivered.advance(days=15)
    assert now_of(delivered).netted == gbp(kept * 4000 // 6400)
    assert now_of(delivered).netted < claim.requested


def test_a_claim_of_which_nothing_is_left_ends_with_a_letter(delivered: StateDriver) -> None:
    claim = claimed(delivered)
    waive(delivered, came_back(delivered))
    for leg in delivered.state.legs():
        leg.status = "skipped"
    delivered.advance(days=15)
    assert (now_of(delivered).end, now_of(delivered).amount, books(delivered)) == ("not_owed", gbp(0), {})
    assert (claim.requested, delivered.notice_kinds()[-1]) == (gbp(4000), "claw_back_closed")


def test_an_agreement_is_collected_once_the_money_is_with_the_customer_again(delivered: StateDriver) -> None:
    delivered.claims.credit = 10_000
    claim = claimed(delivered)
    key = came_back(delivered)
    assert answer(delivered, claim, "agree").verdict == "accepted"
    delivered.advance(days=1)
    assert (now_of(delivered).stage, delivered.claims.debits) == ("notice", [])
    choice = ChooseRefund(**delivered._envelope(CUSTOMER), leg=key, choice="store_credit")
    assert delivered.execute(choice).verdict == "accepted"
    delivered.settle_sent_legs()
    delivered.advance(days=14)
    assert now_of(delivered).netted == claim.requested


def test_the_latest_day_that_was_told_counts_after_a_rejection(delivered: StateDriver) -> None:
    delivered.claims.credit = 4000
    claim = missing(delivered)
    answer(delivered, claim, "will_send")
    told = now_of(delivered).answer_by
    assert told > claim.opened_at + 14 * DAY
    delivered.advance(days=15)
    answer(delivered, claim, "dispute")
    decide(delivered, claim, "reject", AGENT)
    assert (now_of(delivered).stage, delivered.claims.debits) == ("notice", [])
    delivered.jump_to(told)
    assert delivered.claims.debits == [told]


def test_a_bonus_that_has_expired_is_not_claimed() -> None:
    policy = Policy(fast_return=FastReturnTerms(), credit=CreditTerms(days=15))
    journey = StateDriver(a_state(policy=policy))
    journey.deliver()
    claim = claimed(journey)
    assert claim.amount == gbp(4400), "it can still be spent"
    journey.claims.credit = 10_000
    journey.advance(days=15)
    assert (now_of(journey).requested, now_of(journey).netted) == (gbp(4400), gbp(4000))


def test_what_expired_before_the_notice_is_not_in_it() -> None:
    policy = Policy(fast_return=FastReturnTerms(), credit=CreditTerms(days=20))
    journey = StateDriver(a_state(policy=policy))
    journey.deliver()
    assert missing(journey).amount == gbp(4000)
