"""A leg changes only by its own steps, and each step only from where it may."""

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import get_args

import pytest

from domain.journey import agenda
from domain.model.leg import Leg
from domain.model.leg_data import LegStatus
from domain.model.order import Tender
from domain.model.payment import PaymentResult
from domain.payments.legs import MAX_RETRIES
from domain.payments.payment_results import record_payment_result
from domain.returns.views import return_view
from tests.builders import PLACED, a_state, an_order, gbp
from tests.domain.state_driver import SENIOR, Outcome, StateDriver
from tests.scenario_table import ROOT

STEPS: dict[str, Callable[[Leg], None]] = {
    "send": lambda leg: leg.send(PLACED),
    "settle": lambda leg: leg.settle("re_1", PLACED),
    "accept": lambda leg: leg.accept("re_1", PLACED),
    "reverse": lambda leg: leg.reverse("account_closed", PLACED),
    "fail": lambda leg: leg.fail("declined"),
    "lose_track": lambda leg: leg.lose_track(),
    "skip": lambda leg: leg.skip(),
    "retry": lambda leg: leg.retry(PLACED),
}
UNANSWERED = {"planned", "sent", "failed", "unknown"}
ALLOWED: dict[str, tuple[set[str], LegStatus]] = {
    "send": ({"planned", "sent"}, "sent"),
    "settle": (UNANSWERED | {"accepted", "reversed"}, "settled"),
    "accept": (UNANSWERED | {"accepted"}, "accepted"),
    "reverse": ({"settled"}, "reversed"),
    "fail": (UNANSWERED | {"accepted"}, "failed"),
    "lose_track": (UNANSWERED, "unknown"),
    "skip": ({"failed"}, "skipped"),
    "retry": ({"failed", "unknown", "reversed"}, "planned"),
}


def a_leg(status: LegStatus = "planned") -> Leg:
    return Leg(
        occasion="return/r1/1",
        tender_id="card",
        to="provider",
        principal=gbp(1200),
        bonus=gbp(0),
        planned_at=PLACED,
        status=status,
    )


@pytest.mark.parametrize("status", get_args(LegStatus))
@pytest.mark.parametrize("step", STEPS)
def test_a_leg_takes_a_step_only_from_where_it_may(step: str, status: LegStatus) -> None:
    leg, (allowed, after) = a_leg(status), ALLOWED[step]
    before = leg.model_copy()
    if status in allowed:
        STEPS[step](leg)
        assert leg.status == after
    else:
        with pytest.raises(AssertionError, match=f"is {status}, expected"):
            STEPS[step](leg)
        assert leg == before


@pytest.mark.parametrize(("status", "epoch"), [("failed", 2), ("reversed", 2), ("unknown", 1)])
def test_only_a_payment_that_pays_nothing_under_its_key_gets_a_new_one(status: LegStatus, epoch: int) -> None:
    leg = a_leg(status)
    leg.retry(PLACED)
    assert leg.epoch == epoch


FIELDS = {
    "expected_by",
    "chased",
    "replaces",
    "events",
    "reversed_at",
    "accepted_at",
    "epoch",
    "planned_at",
    "sent_at",
    "settled_at",
    "principal",
    "bonus",
}  # of no other state


def writes(code: str) -> Iterator[str]:
    """Every statement that sets a field which only legs have, or the status of something called a leg."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assign | ast.AugAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for part in ast.walk(target):
                    named_leg = isinstance(part, ast.Attribute) and "leg" in ast.unparse(part.value)
                    if named_leg and isinstance(part, ast.Attribute) and part.attr in {*FIELDS, "status"}:
                        yield ast.unparse(node)


def test_no_file_but_its_own_sets_a_field_of_a_leg() -> None:
    rooms = ("domain", "activities", "workflows", "services", "api", "pages", "runtime")
    files = (file for room in rooms for file in sorted((ROOT / room).rglob("*.py")))
    assert [(file.name, line) for file in files for line in writes(file.read_text())] == []


@pytest.mark.parametrize(
    "planted", ["leg.status = 'skipped'", "leg.status, leg.sent_at = 'sent', now", "self.leg(key).epoch += 1"]
)
def test_a_leg_changed_elsewhere_is_found(planted: str) -> None:
    assert list(writes(planted))


@pytest.fixture
def sent() -> StateDriver:
    """A return of one mug whose refund was sent to the card's provider."""
    card = Tender(tender_id="card", kind="card", amount=gbp(6800), payment="pay_1", provider="sandbox")
    journey = StateDriver(a_state(an_order(tenders=(card,))))
    journey.advance(days=2).deliver()
    journey.drop_off(journey.open({"1": 1}).subject)
    return journey


def test_a_payment_that_the_provider_has_not_finished_is_accepted_and_looked_up_every_day(
    sent: StateDriver,
) -> None:
    (leg,) = sent.state.legs()
    for _ in range(3):
        sent.settle_leg(leg.key, "accepted")
        assert (leg.status, leg.reference) == ("accepted", f"ref/{leg.key}")
        assert return_view(sent.state, sent.state.returns[0]).money == "pending"
        assert not sent.state.attention
        (look_up,) = [
            wait for wait in agenda.scheduled_actions(sent.state) if wait.reason == "payment_accepted"
        ]
        assert look_up.at == sent.now + timedelta(days=1)
        sent.advance(hours=23)
        assert leg.lookup == "none"
        sent.advance(hours=1)
        assert (leg.status, leg.lookup) == ("accepted", "sent"), "the payment step looks it up"
    sent.settle_leg(leg.key)
    assert return_view(sent.state, sent.state.returns[0]).money == "paid"
    assert sum(notice.kind == "refunded" for notice in sent.sent) == 1


def test_an_accepted_payment_that_fails_asks_finance_and_is_retried_under_a_new_key(
    sent: StateDriver,
) -> None:
    (leg,) = sent.state.legs()
    key = leg.key
    sent.settle_leg(key, "accepted")
    sent.settle_leg(key, "declined")
    assert (leg.status, sent.state.has_open("refund_returned", key)) == ("failed", True)
    sent.override("retry_step", SENIOR, leg=key)
    assert (leg.status, leg.epoch, leg.reference) == ("sent", 2, "")


def test_an_outcome_of_an_earlier_key_changes_nothing(sent: StateDriver) -> None:  # S-76
    (leg,) = sent.state.legs()
    key = leg.key
    sent.settle_leg(key, "declined")
    sent.override("retry_step", SENIOR, leg=key)
    record_payment_result(sent.state, PaymentResult(leg=key, outcome="settled", reference="late"), sent.now)
    assert (leg.status, leg.reference) == ("sent", "")


@pytest.mark.parametrize(
    ("outcome", "kind"), [("declined", "payment_failed"), ("unknown", "payment_unknown")]
)
def test_a_payment_that_is_declined_again_and_again_is_not_retried_without_end(
    sent: StateDriver, outcome: Outcome, kind: str
) -> None:
    (leg,) = sent.state.legs()
    tries, asked = 0, []
    for _ in range(14):
        tries += leg.status == "sent"
        sent.settle_sent_legs(outcome)
        (item,) = [one for one in sent.state.attention if one.kind != "refund_due"]
        assert (item.kind, item.owner) == (kind, "finance")
        asked.append((item.default, (item.deadline - sent.now).days))
        sent.jump_to(item.deadline)
    assert tries == 1 + MAX_RETRIES
    assert asked[:7] == [*[("retry", 3)] * 3, ("remind", 3), ("remind", 3), ("remind", 6), ("remind", 12)]
    assert asked[-1] == ("remind", 365)
    assert not sent.state.at_rest, "the money is still owed"
    assert sent.override("retry_step", SENIOR, leg=leg.key).verdict == "accepted", "a person may try again"
    sent.settle_sent_legs()
    sent.until_at_rest()
