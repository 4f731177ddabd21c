"""The points of a return: which facts add them, and that they change when money leaves and who looks, and nothing else."""

from datetime import timedelta

import pytest

from domain.model.risk import CustomerHistory, RiskReason, RiskSignals, RiskTerms
from domain.model.terms import Policy
from domain.returns import quotes
from domain.returns.commands.record_risk_signals import RecordRiskSignals
from domain.returns.commands.report_sent import ReportSent
from domain.returns.risk import assess
from tests.builders import AGENT, a_state, gbp
from tests.domain.state_driver import PARTNER, SHOP, StateDriver, reasons, return_items

KNOWN = CustomerHistory(first_order_days=900)
BELOW = RiskTerms(value_above={"GBP": 4000})


@pytest.mark.parametrize(
    ("reason", "history", "signals", "refund"),
    [
        ("value", {}, {}, 4001),
        ("earlier_returns", {"returns": 4}, {}, 4000),
        ("rejected_earlier", {"rejected": 1}, {}, 4000),
        ("unpaid_claw_back", {"owes": True}, {}, 4000),
        ("new_customer", {"first_order_days": 89}, {}, 4000),
        ("address_mismatch", {}, {"address_mismatch": True}, 4000),
        ("flagged", {}, {"flagged": True}, 4000),
        ("shop_score", {}, {"score": 100}, 4000),
    ],
)
def test_each_fact_adds_its_points_and_no_other(
    reason: RiskReason, history: dict[str, int], signals: dict[str, int], refund: int
) -> None:
    state = a_state(policy=Policy(risk=BELOW), risk_signals=RiskSignals(**signals))
    found = assess(state, gbp(refund), KNOWN.model_copy(update=history))
    assert found is not None
    assert [(one.reason, one.points) for one in found.reasons] == [(reason, BELOW.points[reason])]


def test_facts_below_their_limits_add_nothing_and_no_section_is_no_assessment() -> None:
    just_below = CustomerHistory(first_order_days=90, returns=3)
    found = assess(a_state(policy=Policy(risk=BELOW)), gbp(4000), just_below)
    assert found is not None
    assert (found.tier, found.points, found.reasons) == ("low", 0, ())
    assert assess(a_state(), gbp(1_000_000), CustomerHistory(owes=True)) is None


def test_points_add_up_and_the_tier_begins_at_its_limit() -> None:
    state = a_state(policy=Policy(risk=BELOW), risk_signals=RiskSignals(score=50))
    found = assess(state, gbp(4001), KNOWN.model_copy(update={"rejected": 2}))
    assert found is not None
    assert (found.points, found.tier) == (20 + 30 + 30, "high")
    assert [BELOW.tier(points) for points in (0, 29, 30, 59, 60, 999)] == [
        "low", "low", "medium", "medium", "high", "high",
    ]  # fmt: skip


def test_a_currency_without_a_row_counts_as_above() -> None:
    found = assess(a_state(policy=Policy(risk=RiskTerms(value_above={"EUR": 10**9}))), gbp(1), KNOWN)
    assert found is not None
    assert [one.reason for one in found.reasons] == ["value"]


def test_limits_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="medium_from is not above high_from"):
        RiskTerms(medium_from=61)


def opened_at(score: int, **terms: object) -> tuple[StateDriver, str]:
    """A return of the lamp, opened by an order with that score of the shop; 60 points are high, 30 medium."""
    risk = RiskTerms.model_validate({"points": {"shop_score": 100}, **terms})
    journey = StateDriver(a_state(policy=Policy(risk=risk), risk_signals=RiskSignals(score=score)))
    journey.deliver()
    return journey, journey.open({"2": 1}).subject


def sent(journey: StateDriver, return_id: str, nonce: str = "s1") -> list[str]:
    command = ReportSent(
        command_id=nonce, actor=PARTNER, return_id=return_id, carrier="UPS", tracking_number="1Z"
    )
    return reasons(journey.execute(command))


def test_low_risk_is_paid_at_the_scan_with_nothing_to_wait_for() -> None:
    journey, subject = opened_at(29)
    assert journey.case(subject).quote.pay_on == "drop_off"
    journey.drop_off(subject)
    assert journey.legs("sent") == [("gift", 1000), ("card", 3000)]


def test_medium_risk_is_paid_when_a_carrier_has_the_goods() -> None:
    journey, subject = opened_at(30)
    journey.drop_off(subject)
    assert journey.legs() == []
    assert sent(journey, subject) == []
    assert journey.legs("sent") == [("gift", 1000), ("card", 3000)]
    assert sent(journey, subject, "s2") == []
    assert len(journey.legs()) == 2, "a second proof changes nothing"


def test_high_risk_is_paid_when_the_goods_were_accepted() -> None:
    journey, subject = opened_at(60)
    journey.drop_off(subject)
    sent(journey, subject)
    assert journey.legs() == []
    journey.receive(subject)
    assert journey.legs("sent") == [("gift", 1000), ("card", 3000)]


def test_points_never_change_what_is_paid_nor_refuse_anything() -> None:
    for score in (0, 45, 100):
        journey, subject = opened_at(score)
        case = journey.case(subject)
        assert (case.decision, case.quote.refund, case.quote.credit_bonus) == (
            "authorized",
            gbp(4000),
            gbp(400),
        )
        journey.drop_off(subject)
        sent(journey, subject)
        journey.receive(subject)
        assert sum(minor for _, minor in journey.legs()) == 4000


def test_the_quote_freezes_them() -> None:
    journey, _ = opened_at(0)
    shown = journey.quote({"1": 1})
    journey.execute(RecordRiskSignals(command_id="r1", actor=AGENT, flagged=True, score=100))
    subject = journey.open(shown).subject
    journey.drop_off(subject)
    assert journey.legs("sent")
    assert journey.quote({"1": 1}).pay_on == "receipt"


def test_only_staff_flag_an_order_and_what_is_left_out_stays() -> None:
    journey, _ = opened_at(10)
    asked = RecordRiskSignals(command_id="r1", actor=SHOP, flagged=True)
    assert reasons(journey.execute(asked)) == ["role_too_low"]
    journey.execute(RecordRiskSignals(command_id="r2", actor=SHOP, address_mismatch=True))
    assert journey.state.risk_signals == RiskSignals(score=10, address_mismatch=True)


def test_a_tier_may_wait_for_an_agent_who_sees_it_and_whose_silence_is_a_yes() -> None:
    terms = RiskTerms(points={"shop_score": 100}, review=("high",))
    journey = StateDriver(a_state(policy=Policy(risk=terms), risk_signals=RiskSignals(score=80)))
    journey.deliver()
    quote = journey.quote({"2": 1})
    risk = assess(journey.state, quote.refund, CustomerHistory())
    command = journey.opening(quote).model_copy(update={"risk": risk})
    answer = journey.execute(command)
    assert (answer.verdict, reasons(answer)) == ("needs_agent", ["risk_needs_review"])
    assert journey.case(answer.subject).risk == risk
    journey.advance(hours=49)
    assert journey.case(answer.subject).decision == "authorized"


def test_mail_has_no_scan_so_its_money_waits_for_a_proof_of_sending() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    quote = quotes.quote(journey.state, return_items({"2": 1}), journey.now, "mail")
    assert quote.pay_on == "sent"
    subject = journey.open(quote, method="mail").subject
    journey.advance(days=1)
    assert journey.legs() == []
    assert sent(journey, subject) == []
    assert journey.legs("sent") == [("gift", 1000), ("card", 3000)]


def test_goods_that_were_sent_do_not_expire_and_cannot_be_cancelled() -> None:
    journey = StateDriver(a_state(policy=Policy(pay_on="receipt", window=200)))
    journey.deliver()
    subject = journey.open({"2": 1}, method="mail").subject
    sent(journey, subject)
    assert reasons(journey.cancel_return(subject)) == ["return_under_way"]
    journey.jump_to(journey.now + timedelta(days=5))
    assert journey.case(subject).goods == "dropped_off"
    assert journey.case(subject).code_state(journey.now) == "used"


def test_a_return_that_is_over_takes_no_proof() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    subject = journey.open({"2": 1}).subject
    journey.cancel_return(subject)
    assert sent(journey, subject) == ["return_closed"]
    assert sent(journey, "ret_none", "s9") == ["return_unknown"]
