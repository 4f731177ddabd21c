"""Any sequence of steps: every claim ends, and nothing is debited before the window (NEW-9)."""

import hypothesis.strategies as st
from hypothesis import given, settings

from domain.model.claw_back_request import PaidLink
from domain.payments.commands.answer_claw_back import POSSIBLE
from tests.builders import a_state, gbp
from tests.domain.claw_back_driver import answer, books, check, decide, now_of, pay, pay_by_hand
from tests.domain.state_driver import StateDriver

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
