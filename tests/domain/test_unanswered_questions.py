"""Questions that wait: since when they are overdue, and to whom they may be handed over."""

from datetime import timedelta

from domain.actors import Role
from domain.journey.attention import CloseUnanswered
from domain.journey.question_roles import roles_of_question
from domain.model.questions import QUESTIONS
from tests.builders import PLACED, a_delivered_state

DAY = timedelta(days=1)
NOW = PLACED + 20 * DAY


def test_a_question_that_is_asked_again_is_overdue_since_its_first_deadline() -> None:
    """A customer who waits for two weeks must not look as one who has just written."""
    state = a_delivered_state()
    order = state.order.order
    first = state.open_question("customer_message", order, NOW)
    close = CloseUnanswered(question="customer_message", subject=order)
    for _ in range(4):
        asked = state.open_item("customer_message", order)
        assert asked is not None
        close.apply(state, asked.deadline)
    again = state.open_item("customer_message", order)
    assert again is not None
    assert (again.opened_at, again.due, again.owner) == (NOW, first.deadline, "merchant")
    assert again.deadline > first.deadline + 3 * DAY


def test_a_question_is_handed_over_to_roles_that_can_act_on_it() -> None:
    assert Role.FINANCE not in roles_of_question("customer_message", "agent")
    assert Role.FINANCE in roles_of_question("payment_failed", "finance")
    assert Role.AGENT not in roles_of_question("refund_by_hand", "finance"), "only finance pays by hand"
    assert roles_of_question("privacy_request", "merchant") == {Role.SENIOR_AGENT, Role.ADMIN}
    for kind, row in QUESTIONS.items():
        assert Role.SENIOR_AGENT in roles_of_question(kind, row.owner), kind
