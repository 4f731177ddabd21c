"""Every date about money or answers that a customer was told ends: kept, broken and made good, or withdrawn and told (NEW-5)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.model.date_promise import DateKind, DatePromise
from domain.model.payment import PaymentResult
from domain.model.received_goods import ReceivedLine
from domain.model.terms import Policy
from domain.payments import payment_results
from tests.builders import a_state
from tests.domain.state_driver import StateDriver

LIMIT = datetime(2026, 3, 17, tzinfo=UTC)


def a_journey(pay_on: str = "receipt", **policy: object) -> StateDriver:
    terms = {
        "pay_on": pay_on,
        "code_days": 60,
        "window": 200,
        "goods_days": 90,
        "attention_days": 3,
        **policy,
    }
    journey = StateDriver(a_state(policy=Policy.model_validate(terms)))
    journey.deliver()
    return journey


def dates(journey: StateDriver, kind: DateKind) -> list[tuple[datetime, str]]:
    return [(one.due, one.outcome) for one in journey.state.date_promises if one.kind == kind]


def notices(journey: StateDriver, kind: str) -> list[dict[str, str | int]]:
    return [notice.details for notice in journey.sent if notice.kind == kind]


def waiting(**policy: object) -> tuple[StateDriver, str]:
    """A return of the lamp that was dropped off and is paid on receipt."""
    journey = a_journey(**policy)
    subject = journey.open({"2": 1}).subject
    journey.drop_off(subject)
    return journey, subject


def test_who_waits_for_money_is_told_its_date_when_the_goods_are_handed_over() -> None:
    journey, subject = waiting()
    assert notices(journey, "money_promised") == [{"due": LIMIT.isoformat()}]
    assert dates(journey, "money_leaves") == [(LIMIT, "open")]
    journey.receive(subject)
    journey.settle_sent_legs()
    assert dates(journey, "money_leaves") == [(LIMIT, "kept")]


def test_the_money_leaves_by_itself_so_that_the_date_is_kept() -> None:
    journey, _ = waiting()
    journey.advance(days=14, hours=4)
    journey.settle_sent_legs()
    assert dates(journey, "money_leaves") == [(LIMIT, "kept")]
    assert notices(journey, "date_broken") == []


def test_nothing_is_told_where_money_leaves_at_the_scan_or_no_date_is_given() -> None:
    for journey in (a_journey("drop_off"), a_journey(refund_deadlines={"statutory_days": {}})):
        journey.advance(days=0 if journey.state.terms.policy.pay_on == "drop_off" else 20)
        journey.drop_off(journey.open({"2": 1}).subject)
        assert notices(journey, "money_promised") == []
        assert dates(journey, "money_leaves") == []


def test_a_broken_date_is_told_with_the_next_one_and_made_good_once() -> None:
    journey, subject = waiting(refund_deadlines={"goodwill": {"GBP": 500}})
    journey.override_return(subject, "hold", days=40)
    journey.advance(days=15)
    next_due = datetime(2026, 3, 20, tzinfo=UTC)
    assert dates(journey, "money_leaves") == [(LIMIT, "broken"), (next_due, "open")]
    assert notices(journey, "date_broken") == [
        {"about": "money_leaves", "promised": LIMIT.isoformat(), "due": next_due.isoformat()}
    ]
    goodwill = [s for s in journey.state.settlements if s.purpose == "goodwill"]
    assert [leg.bonus.minor for s in goodwill for leg in s.legs] == [500]
    journey.advance(days=10)
    assert [outcome for _, outcome in dates(journey, "money_leaves")][:2] == ["broken", "broken"]
    assert len([s for s in journey.state.settlements if s.purpose == "goodwill"]) == 1
    journey.settle_sent_legs()
    assert notices(journey, "goodwill_issued")[0]["money"] == 1
    journey.override_return(subject, "release")
    journey.settle_sent_legs()
    assert [outcome for _, outcome in dates(journey, "money_leaves")][-1] == "kept"


def test_goods_that_are_not_what_was_announced_withdraw_the_date_and_the_customer_is_told() -> None:
    journey, subject = waiting()
    journey.receive(subject, None, ReceivedLine(line_id="2", quantity=1, condition="empty"))
    assert dates(journey, "money_leaves") == [(LIMIT, "withdrawn")]
    assert notices(journey, "date_broken") == [
        {"about": "money_leaves", "promised": LIMIT.isoformat(), "withdrawn": 1}
    ]


def test_a_return_that_is_given_up_withdraws_its_date_and_its_own_letter_says_so() -> None:
    journey = a_journey(review_above={"GBP": 0})
    subject = journey.open({"2": 1}).subject
    [(due, outcome)] = dates(journey, "review_decision")
    assert outcome == "open"
    assert notices(journey, "return_in_review")[0]["deadline"] == due.isoformat()
    journey.cancel_return(subject)
    assert dates(journey, "review_decision") == [(due, "withdrawn")]
    assert journey.notice_kinds()[-1] == "return_cancelled"


@pytest.mark.parametrize("answered", [True, False])
def test_the_day_of_an_answer_is_kept_by_the_agent_or_by_the_default(answered: bool) -> None:
    journey = a_journey(review_above={"GBP": 0})
    subject = journey.open({"2": 1}).subject
    if answered:
        journey.override_return(subject, "refuse")
    journey.advance(hours=49)
    assert [outcome for _, outcome in dates(journey, "review_decision")] == ["kept"]


def refunded(outcome: str) -> tuple[StateDriver, str]:
    journey = a_journey("drop_off")
    journey.drop_off(journey.open({"2": 1}).subject)
    journey.settle_sent_legs(tender="gift")
    key = next(leg.key for leg in journey.state.legs() if leg.tender_id == "card")
    journey.settle_leg(key, "accepted" if outcome == "accepted" else "settled")
    return journey, key


def test_the_day_on_the_statement_is_kept_as_soon_as_the_provider_has_paid() -> None:
    journey, key = refunded("accepted")
    statement = datetime(2026, 3, 17, tzinfo=UTC)
    assert dates(journey, "money_arrives") == [(statement, "open")]
    journey.settle_leg(key)
    assert dates(journey, "money_arrives") == [(statement, "kept")]
    journey, key = refunded("settled")
    assert dates(journey, "money_arrives") == [(statement, "kept")]
    assert notices(journey, "refunded")[0]["statement_by"] == statement.isoformat()


def test_a_provider_that_does_not_finish_breaks_the_day_and_the_customer_hears_the_next_one() -> None:
    journey, key = refunded("accepted")
    journey.advance(days=16)
    statement = datetime(2026, 3, 17, tzinfo=UTC)
    [first, second] = dates(journey, "money_arrives")
    assert (first, second[1]) == ((statement, "broken"), "open")
    [told] = notices(journey, "date_broken")
    assert (told["about"], told["due"]) == ("money_arrives", second[0].isoformat())
    journey.settle_leg(key)
    assert [outcome for _, outcome in dates(journey, "money_arrives")] == ["broken", "kept"]


def test_money_that_comes_back_withdraws_its_day_and_names_the_day_of_a_decision() -> None:
    journey, key = refunded("accepted")
    payment_results.record_payment_result(
        journey.state, PaymentResult(leg=key, outcome="declined", decline="closed"), journey.now
    )
    journey.apply_due()
    assert [outcome for _, outcome in dates(journey, "money_arrives")] == ["withdrawn"]
    [(due, outcome)] = dates(journey, "refund_decision")
    assert (due, outcome) == (datetime(2026, 3, 6, tzinfo=UTC), "open")
    assert notices(journey, "refund_returned")[0]["deadline"] == due.isoformat()
    journey.advance(days=5)
    assert [outcome for _, outcome in dates(journey, "refund_decision")] == ["broken", "open"]
    journey.override("retry_step", leg=key)
    assert [outcome for _, outcome in dates(journey, "refund_decision")] == ["broken", "kept"]


def test_no_date_is_open_at_rest() -> None:
    journey, _ = waiting()
    journey.until_at_rest()
    assert {one.outcome for one in journey.state.date_promises} == {"kept"}
    assert isinstance(journey.state.date_promises[0], DatePromise)
    assert timedelta(0) < journey.now - LIMIT
