"""Money that was paid early and whose goods never come, or are rejected, is asked back: with notice, and to an end (NEW-9)."""

from itertools import product

import pytest

from domain.model.claw_back_request import PaidLink
from domain.model.claw_back_terms import ClawBackTerms
from domain.model.received_goods import ReceivedLine
from domain.model.refund_part import RefundPart
from domain.model.refund_terms import FastReturnTerms
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement
from domain.model.terms import Policy
from domain.payments.commands.answer_claw_back import POSSIBLE, AnswerClawBack
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel
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
from tests.domain.letters import details_of, last
from tests.domain.state_driver import AGENT, CUSTOMER, StateDriver, reasons


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


def test_every_ground_can_be_agreed_to_and_disputed() -> None:
    for ground, how in product(POSSIBLE, ("agree", "dispute")):
        assert how in POSSIBLE[ground]
