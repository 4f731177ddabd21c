"""Feedback: asked once for each moment, one at a time; a bad score waits for a person."""

from datetime import timedelta
from typing import Any

from domain.actors import Actor, Role
from domain.figures.changes import facts_of
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.orders.commands.give_feedback import GiveFeedback
from domain.orders.feedback import MOMENT, open_moment
from tests.builders import PLACED, a_delivered_state, a_return, a_state

CUSTOMER = Actor(role=Role.CUSTOMER, name="feedback")
ARRIVED = PLACED + timedelta(days=2)


def given(state: JourneyState, **fields: Any) -> bool:
    """Whether the command was accepted."""
    command = GiveFeedback.model_validate({"command_id": "c", "actor": CUSTOMER, "survey": "csat", **fields})
    if command.violations(state, ARRIVED):
        return False
    command.execute(state, ARRIVED)
    return True


def open_survey(state: JourneyState, days: int = 0) -> str | None:
    found = open_moment(state, ARRIVED + timedelta(days=days))
    return found.survey if found else None


def sent_back(state: JourneyState) -> None:
    a_return(state, received_at=ARRIVED + timedelta(days=1), received={"1": [0]})


def test_nothing_is_asked_before_all_has_arrived_nor_long_after() -> None:
    assert open_survey(a_state()) is None
    state = a_delivered_state()
    assert open_survey(state) == "csat"
    assert open_survey(state, MOMENT.days) is None
    state.cancelled_at = ARRIVED
    assert open_survey(state) is None


def test_each_moment_is_asked_once_and_the_newest_first() -> None:
    state = a_delivered_state()
    sent_back(state)
    case = state.returns[0]
    case.sent = None
    assert open_survey(state, 2) == "csat", "goods that only arrived were not handed over by a scan"
    assert given(state, score=5)
    assert open_survey(state, 2) is None
    assert not given(state, score=1), "a second answer"


def test_a_score_that_does_not_exist_or_a_question_without_its_moment_is_refused() -> None:
    state = a_delivered_state()
    for fields in ({"score": 0}, {"score": 6}, {}, {"survey": "nps", "score": 9}, {"comment": "sealed/x"}):
        assert not given(state, **fields), fields
    assert state.feedback == []


def test_a_comment_may_follow_once_and_an_answer_stays_without_one() -> None:
    state = a_delivered_state()
    assert given(state, score=4)
    assert [one.comment for one in state.feedback] == [""]
    assert given(state, comment="sealed/x")
    assert not given(state, comment="sealed/y")
    assert [(one.score, one.comment) for one in state.feedback] == [(4, "sealed/x")]


def test_a_bad_score_waits_for_a_person_and_a_good_one_does_not() -> None:
    good, bad = a_delivered_state(), a_delivered_state()
    assert given(good, score=3)
    assert given(bad, score=2)
    assert not good.attention
    assert [(item.kind, item.subject, item.owner) for item in bad.attention] == [
        ("bad_feedback", "ord_one", "agent")
    ]


def test_an_answer_is_a_fact_for_the_figures_without_its_comment() -> None:
    state = a_delivered_state()
    given(state, score=2, comment="sealed/x")
    (fact,) = [one for one in facts_of(state).values() if one.kind == "feedback"]
    assert (fact.reason, fact.bucket, fact.day) == ("csat", 2, ARRIVED.date())
    assert "sealed" not in str(fact)


def test_money_is_judged_when_it_is_there() -> None:
    state = a_delivered_state()
    case = a_return(state, received_at=ARRIVED, received={"1": [0]})
    state.settlements.append(
        Settlement(occasion="r", return_id=case.return_id, purpose="refund", units=case.units, legs=[])
    )
    assert not given(state, survey="nps", score=9), "no money has moved"
