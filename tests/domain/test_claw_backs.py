"""Money that was paid early and whose goods never come, or are rejected, is asked back: with notice, and to an end (NEW-9)."""

from datetime import timedelta
from itertools import product

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from domain.actors import Actor, Role
from domain.journey.external_events import apply_event
from domain.model.claw_back import ClawBack
from domain.model.claw_back_request import PaidLink
from domain.model.claw_back_terms import ClawBackTerms
from domain.model.dispute import DisputeState, DisputeStatement
from domain.model.payment import PaymentResult
from domain.model.received_goods import ReceivedLine
from domain.model.refund_part import RefundPart
from domain.model.refund_terms import FastReturnTerms
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement
from domain.model.terms import CreditTerms, Policy
from domain.notifications.bounced_letters import LetterBounced
from domain.payments import payment_results
from domain.payments.claw_backs.results import ClawBackPaid, apply_payment
from domain.payments.commands.answer_claw_back import POSSIBLE, AnswerClawBack
from domain.payments.commands.assign_dispute import AssignDispute
from domain.payments.commands.choose_refund import ChooseRefund
from domain.payments.commands.decide_claw_back import DecideClawBack
from domain.payments.disputes.holds import dispute_that_holds
from domain.payments.disputes.statements import DisputeReported
from domain.reasons import CommandResult
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel
from tests.builders import a_state, gbp
from tests.domain.letters import details_of, last
from tests.domain.state_driver import AGENT, CUSTOMER, SENIOR, StateDriver, reasons

FINANCE = Actor(role=Role.FINANCE, name="finance-1")
DAY = timedelta(days=1)


def claimed(journey: StateDriver) -> ClawBack:
    """Two mugs and a lamp were paid at the drop-off, 64.00; of the lamp, 40.00, an empty box arrived."""
    subject = journey.open({"1": 2, "2": 1}).subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.receive(subject, {"1": 2}, ReceivedLine(line_id="2", quantity=1, condition="empty"))
    assert not journey.state.claw_backs, "an agent may still accept the goods"
    journey.advance(days=4)
    return journey.state.claw_backs[0]


def missing(journey: StateDriver) -> ClawBack:
    """Of the same return only the mugs ever arrive."""
    subject = journey.open({"1": 2, "2": 1}).subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.receive(subject, {"1": 2})
    journey.advance(days=35)
    return journey.state.claw_backs[0]


def answer(journey: StateDriver, claim: ClawBack, how: str, actor: Actor = CUSTOMER) -> CommandResult:
    envelope = journey._envelope(actor)
    return journey.execute(
        AnswerClawBack.model_validate(
            {**envelope, "claim": claim.claim, "answer": how, "text": "see receipt"}
        )
    )


def decide(journey: StateDriver, claim: ClawBack, how: str, actor: Actor = SENIOR) -> CommandResult:
    envelope = journey._envelope(actor)
    return journey.execute(
        DecideClawBack.model_validate(
            {**envelope, "claim": claim.claim, "decision": how, "reason": "as agreed"}
        )
    )


def pay(journey: StateDriver, claim: ClawBack, minor: int, payment: str = "pi_1") -> bool:
    paid = ClawBackPaid(claim=claim.claim, provider="stripe", payment=payment, amount=gbp(minor))
    news = apply_payment(journey.state, paid, journey.now)
    journey.apply_due()
    return news


def books(journey: StateDriver) -> dict[str, int]:
    return {account: minor for account, minor in journey.claims.accounts.items() if minor}


def now_of(journey: StateDriver) -> ClawBack:
    return journey.state.claw_backs[0]


def test_the_customer_is_told_what_is_missed_and_nothing_is_taken_before_their_time_to_answer_is_over(
    delivered: StateDriver,
) -> None:
    delivered.claims.credit = 10_000
    claim = claimed(delivered)
    assert (claim.ground, claim.amount, claim.stage) == ("rejected", gbp(4000), "notice")
    assert claim.answer_by == claim.opened_at + 14 * DAY
    assert delivered.notice_kinds()[-1] == "claw_back_notice"
    delivered.advance(days=12, hours=23)
    assert delivered.claims.debits == []
    delivered.advance(days=2)
    assert delivered.claims.debits == [claim.answer_by]
    assert (delivered.claims.credit, books(delivered)) == (6000, {"claimed": -4000, "credit": 4000})
    claim = now_of(delivered)
    assert (claim.stage, claim.end, delivered.notice_kinds()[-1]) == ("closed", "netted", "claw_back_netted")
    delivered.until_at_rest()
    assert len(delivered.state.claw_backs) == 1, "once"


def test_what_credit_does_not_cover_is_paid_by_a_page_and_then_the_claim_is_over(
    delivered: StateDriver,
) -> None:
    delivered.claims.credit = 1500
    claim = claimed(delivered)
    delivered.advance(days=14)
    claim = now_of(delivered)
    assert (claim.stage, claim.netted, claim.receivable) == ("payable", gbp(1500), gbp(2500))
    assert claim.link is not None
    assert delivered.claims.open_pages == {"plink_1": 2500}
    assert pay(delivered, claim, 2500)
    assert not pay(delivered, claim, 2500), "the same message again"
    claim = now_of(delivered)
    assert (claim.stage, claim.end, delivered.claims.open_pages) == ("closed", "paid", {})
    assert books(delivered) == {"claimed": -4000, "credit": 1500, "cash": 2500}
    assert delivered.notice_kinds()[-2:] == ["claw_back_payment", "claw_back_closed"]


def test_what_is_not_paid_in_time_is_written_off_and_a_late_payment_still_counts(
    delivered: StateDriver,
) -> None:
    claim = claimed(delivered)
    delivered.advance(days=29)
    claim = now_of(delivered)
    assert (claim.stage, claim.end) == ("closed", "written_off")
    assert books(delivered) == {"claimed": -4000, "write_off": 4000}
    pay(delivered, claim, 4000)
    assert (now_of(delivered).end, books(delivered)) == ("paid", {"claimed": -4000, "cash": 4000})


def test_a_payment_whose_webhook_was_lost_is_found_when_the_page_is_closed(delivered: StateDriver) -> None:
    claim = claimed(delivered)
    delivered.advance(days=14)
    delivered.claims.paid_unseen["plink_1"] = PaidLink(payment="pi_9", amount=gbp(4000))
    delivered.advance(days=15)
    claim = now_of(delivered)
    assert (claim.stage, claim.paid, claim.written_off) == ("closed", gbp(4000), gbp(0))
    assert books(delivered) == {"claimed": -4000, "cash": 4000}


def test_too_little_is_written_off_at_once_without_a_letter(delivered: StateDriver) -> None:
    delivered.state.terms = delivered.state.terms.model_copy(
        update={"policy": Policy(claw_back=ClawBackTerms(minimum={"GBP": 4001}))}
    )
    claim = claimed(delivered)
    assert (claim.stage, claim.end) == ("closed", "below_minimum")
    assert books(delivered) == {"claimed": -4000, "write_off": 4000}
    assert not [kind for kind in delivered.notice_kinds() if kind.startswith("claw_back")]


def test_a_merchant_may_leave_what_was_paid_as_it_is(delivered: StateDriver) -> None:
    delivered.state.terms = delivered.state.terms.model_copy(update={"policy": Policy(claw_back=None)})
    with pytest.raises(IndexError):
        claimed(delivered)
    delivered.until_at_rest()
    assert delivered.claims.done == {}


def test_goods_that_a_drop_off_point_had_scanned_and_that_never_arrive_are_the_partners_loss(
    delivered: StateDriver,
) -> None:
    delivered.drop_off(delivered.open({"2": 1}).subject)
    delivered.settle_sent_legs()
    delivered.until_at_rest()
    assert delivered.state.claw_backs == []
    terms = ClawBackTerms(grounds=("lost_after_scan",))
    delivered.state.terms = delivered.state.terms.model_copy(update={"policy": Policy(claw_back=terms)})
    delivered.apply_due()
    assert now_of(delivered).ground == "lost_after_scan"


@pytest.mark.parametrize(
    ("how", "stage", "end"),
    [("agree", "closed", "netted"), ("dispute", "answered", None), ("will_send", "sending", None)],
)
def test_the_customer_answers(delivered: StateDriver, how: str, stage: str, end: str | None) -> None:
    delivered.claims.credit = 4000
    claim = missing(delivered)
    assert claim.ground == "incomplete"
    assert answer(delivered, claim, how).verdict == "accepted"
    assert (now_of(delivered).stage, now_of(delivered).end) == (stage, end)
    if how != "agree":
        assert delivered.notice_kinds()[-1] == "claw_back_answered"


def test_only_what_fits_the_ground_can_be_answered_and_only_in_time(delivered: StateDriver) -> None:
    claim = claimed(delivered)
    assert reasons(answer(delivered, claim, "will_send")) == ["nothing_to_choose"]
    delivered.advance(days=14)
    assert reasons(answer(delivered, claim, "dispute")) == ["nothing_to_choose"]
    envelope = delivered._envelope(CUSTOMER)
    unknown = AnswerClawBack.model_validate({**envelope, "claim": "clw_none", "answer": "agree"})
    assert reasons(delivered.execute(unknown)) == ["claw_back_unknown"]


def test_an_answer_that_no_person_judges_ends_the_claim_in_the_customers_favour(
    delivered: StateDriver,
) -> None:
    delivered.claims.credit = 4000
    answer(delivered, claimed(delivered), "dispute")
    assert "claw_back_answer" in delivered.attention_kinds()
    delivered.advance(days=3)
    assert (now_of(delivered).end, delivered.claims.credit, books(delivered)) == ("waived", 4000, {})
    assert delivered.notice_kinds()[-1] == "claw_back_closed"


def test_a_rejected_answer_still_leaves_the_customer_the_whole_time(delivered: StateDriver) -> None:
    delivered.claims.credit = 4000
    claim = claimed(delivered)
    answer(delivered, claim, "dispute")
    assert decide(delivered, claim, "reject", AGENT).verdict == "accepted"
    letters = [one for one in delivered.sent if one.kind == "claw_back_answered"]
    assert [one.details["outcome"] for one in letters] == ["answered", "rejected"]
    assert not delivered.duplicate_notices()
    delivered.advance(days=10)
    assert (now_of(delivered).stage, delivered.claims.debits) == ("notice", [])
    delivered.advance(days=4)
    assert delivered.claims.debits == [claim.answer_by]


def test_an_accepted_answer_ends_the_claim_without_any_booking(delivered: StateDriver) -> None:
    claim = missing(delivered)
    answer(delivered, claim, "already_sent")
    decide(delivered, claim, "accept", AGENT)
    assert (now_of(delivered).end, books(delivered)) == ("accepted", {})


@pytest.mark.parametrize("days", [0, 14, 30])
def test_goods_that_come_after_all_end_the_claim_and_all_is_given_back(
    delivered: StateDriver, days: int
) -> None:
    delivered.claims.credit = 1500
    claim = missing(delivered)
    delivered.advance(days=days)
    if days:
        pay(delivered, claim, 2500)
    delivered.receive(claim.return_id, {"2": 1})
    delivered.settle_sent_legs()
    claim = now_of(delivered)
    assert (claim.stage, claim.end, claim.amount) == ("closed", "goods_arrived", gbp(0))
    assert (delivered.claims.credit, delivered.claims.open_pages) == (1500, {})
    back = [leg for s in delivered.state.settlements if s.purpose == "claim_refund" for leg in s.legs]
    expected = [] if not days else [("provider", "pi_1", "stripe", 2500, "settled")]
    assert [(one.to, one.payment, one.provider, one.principal.minor, one.status) for one in back] == expected
    assert books(delivered) == ({} if not days else {"cash": 2500, "refundable": -2500})
    delivered.until_at_rest()


def test_goods_that_come_in_part_leave_the_rest_on_a_new_page(delivered: StateDriver) -> None:
    subject = delivered.open({"1": 2, "2": 1}).subject
    delivered.drop_off(subject)
    delivered.settle_sent_legs()
    delivered.receive(subject, {"1": 1})
    delivered.advance(days=35)
    assert now_of(delivered).amount == gbp(5200)
    delivered.advance(days=14)
    assert delivered.claims.open_pages == {"plink_1": 5200}
    delivered.receive(subject, {"2": 1})
    assert (now_of(delivered).amount, delivered.claims.open_pages) == (gbp(1200), {"plink_2": 1200})
    assert delivered.notice_kinds()[-2:] == ["claw_back_payment", "claw_back_payment"]
    pay(delivered, now_of(delivered), 1200)
    assert (now_of(delivered).end, books(delivered)) == ("paid", {"claimed": -1200, "cash": 1200})


def test_without_a_page_finance_collects_by_hand(delivered: StateDriver) -> None:
    delivered.claims.pages = False
    claim = claimed(delivered)
    delivered.advance(days=14)
    item = delivered.state.open_item("claw_back_unpaid", claim.claim)
    assert item is not None
    assert item.owner == "finance"
    assert reasons(decide(delivered, claim, "paid_by_hand", AGENT)) == ["role_too_low"]
    decide(delivered, claim, "paid_by_hand", FINANCE)
    assert (now_of(delivered).end, books(delivered)) == ("paid", {"claimed": -4000, "cash": 4000})
    decide(delivered, claim, "withdraw", FINANCE)
    [leg] = [leg for s in delivered.state.settlements if s.purpose == "claim_refund" for leg in s.legs]
    assert (leg.to, leg.waits, leg.principal) == ("by_hand", True, gbp(4000))


def test_what_was_paid_twice_goes_back(delivered: StateDriver) -> None:
    claim = claimed(delivered)
    delivered.advance(days=14)
    pay(delivered, claim, 4000)
    pay(delivered, claim, 4000, "pi_2")
    [leg] = [leg for s in delivered.state.settlements if s.purpose == "claim_refund" for leg in s.legs]
    assert (leg.payment, leg.principal, now_of(delivered).end) == ("pi_2", gbp(4000), "paid")


def test_the_bonus_of_rejected_goods_is_part_of_the_claim() -> None:
    journey = StateDriver(a_state(policy=Policy(fast_return=FastReturnTerms())))
    journey.deliver()
    assert claimed(journey).amount == gbp(4400)


def test_goods_that_were_sent_in_exchange_for_an_empty_box_are_claimed_with_their_value(
    delivered: StateDriver,
) -> None:
    subject = delivered.open({"2": 1}).subject
    parts = (RefundPart(kind="goods", amount=gbp(4000)), RefundPart(kind="exchanged", amount=gbp(-3500)))
    exchanged = Settlement(
        occasion=f"return/{subject}/1", return_id=subject, purpose="refund", units={"2": [0]}, legs=[], parts=parts
    )  # fmt: skip
    delivered.state.settlements.append(exchanged)
    delivered.drop_off(subject)
    delivered.receive(subject, None, ReceivedLine(line_id="2", quantity=1, condition="empty"))
    delivered.advance(days=4)
    assert now_of(delivered).amount == gbp(3500)
    assert details_of(delivered, last(delivered, "claw_back_notice"))["exchanged"] == 1


def test_a_notice_about_money_says_nothing_of_new_goods(delivered: StateDriver) -> None:
    claimed(delivered)
    assert "exchanged" not in details_of(delivered, last(delivered, "claw_back_notice"))


def lost(policy: Policy) -> StateDriver:
    """A parcel of the whole order that its carrier had, and that was silent for so long that it counts as lost."""
    journey = StateDriver(a_state(policy=policy))
    journey.ship()
    journey.advance(days=1)
    journey.scan(ParcelStatus.IN_TRANSIT)
    return journey


ARRIVED = Policy(claw_back=ClawBackTerms(grounds=("parcel_arrived",)))


def test_a_lost_parcel_that_was_paid_back_and_arrives_after_all() -> None:
    journey = lost(ARRIVED)
    journey.advance(days=25)
    journey.settle_sent_legs()
    journey.scan(ParcelStatus.DELIVERED)
    claim = now_of(journey)
    assert (claim.ground, claim.amount) == ("parcel_arrived", gbp(6800))
    assert "parcel_found" not in journey.notice_kinds()
    answer(journey, claim, "will_send")
    decide(journey, claim, "withdraw")
    assert now_of(journey).end == "withdrawn"
    journey.until_at_rest()
    assert books(journey) == {}


def test_a_lost_parcel_that_was_sent_again_is_claimed_when_both_have_arrived() -> None:
    journey = lost(ARRIVED)
    while "presumed_lost" not in journey.attention_kinds():
        journey.advance(days=1)
    choice = ResolveLostParcel.model_validate(
        {**journey._envelope(CUSTOMER), "parcel": journey.state.parcels[0].parcel_id, "choice": "resend"}
    )
    assert journey.execute(choice).verdict == "accepted"
    journey.deliver()
    assert journey.state.claw_backs == []
    journey.scan(ParcelStatus.DELIVERED, "T1")
    assert (now_of(journey).ground, now_of(journey).amount) == ("parcel_arrived", gbp(6400))
    journey.until_at_rest()
    assert now_of(journey).end == "written_off"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.sampled_from(sorted({one for all_ in POSSIBLE.values() for one in all_}))),
        st.tuples(
            st.just("decide"),
            st.sampled_from(["accept", "reject", "waive", "withdraw", "write_off", "paid_by_hand"]),
        ),
        st.tuples(st.just("days"), st.integers(1, 30)),
        st.tuples(st.just("pay"), st.sampled_from([1, 1200, 2500, 5200])),
        st.tuples(st.just("receive"), st.sampled_from(["1", "2"])),
        st.tuples(st.just("pages"), st.booleans()),
        st.tuples(st.just("unseen"), st.sampled_from([100, 5200])),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=60)
@given(steps=STEPS, credit=st.sampled_from([0, 1000, 4900, 9000]))
def test_every_branch_ends_and_nothing_is_debited_before_the_window(
    steps: list[tuple[str, int | str]], credit: int
) -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    journey.claims.credit = credit
    subject = journey.open({"1": 2, "2": 1}).subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.receive(subject, {"1": 1})
    journey.advance(days=35)
    agreed = False
    for number, (step, how) in enumerate(steps):
        claim = now_of(journey)
        match step:
            case "answer":
                done = answer(journey, claim, str(how))
                agreed = agreed or (how == "agree" and done.verdict == "accepted")
            case "decide":
                decide(journey, claim, str(how))
            case "days":
                journey.advance(days=int(how))
            case "pay":
                pay(journey, claim, int(how), f"pi_{number}")
            case "receive":
                journey.receive(subject, {str(how): 1})
            case "pages":
                journey.claims.pages = bool(how)
            case _:
                paid = PaidLink(payment=f"pi_u{number}", amount=gbp(int(how)))
                journey.claims.paid_unseen[f"plink_{max(1, len(claim.links))}"] = paid
        check(journey)
    pay_by_hand(journey)
    assert all(claim.at_rest for claim in journey.state.claw_backs)
    for claim in journey.state.claw_backs:
        assert not claim.receivable
        assert agreed or all(at >= claim.answer_by for at in journey.claims.debits)
    assert journey.claims.credit >= 0
    assert books(journey).get("claim", 0) == 0
    assert not journey.claims.open_pages
    assert not journey.duplicate_notices()


def check(journey: StateDriver) -> None:
    """What the claim says is what the ledger has."""
    for claim in journey.state.claw_backs:
        if not claim.work:
            assert books(journey).get("claim", 0) == claim.receivable.minor
            assert books(journey).get("credit", 0) == claim.netted.minor
            assert books(journey).get("write_off", 0) == claim.written_off.minor
            assert not claim.booked or claim.booked == claim.amount
            assert claim.paid == sum((one.kept for one in claim.payments), gbp(0))


def pay_by_hand(journey: StateDriver) -> None:
    """Go on to the end; finance pays by hand what no provider can."""
    for _ in range(100):
        journey.settle_sent_legs()
        for leg in journey.state.legs():
            if leg.waits:
                journey.override("paid_by_hand", FINANCE, leg=leg.key)
        if journey.state.at_rest:
            return
        journey.advance(days=7)
    raise AssertionError("no rest")


def test_every_ground_can_be_agreed_to_and_disputed() -> None:
    for ground, how in product(POSSIBLE, ("agree", "dispute")):
        assert how in POSSIBLE[ground]


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
