"""What a line about a payment says: the sum, where it went, who decided it and who approved that."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.model.terms import Policy
from domain.money import Money
from services.line_amounts import amount_in
from services.orders.payment_facts import PaymentFacts
from store.tables.all import AuditRow
from tests.builders import a_state, gbp
from tests.domain.state_driver import SENIOR, StateDriver

NAMES = {"usr_maria": "Maria", "usr_ada": "Ada"}


@pytest.fixture
def paid() -> StateDriver:
    """A return that a person approved, and that was paid when it was handed in."""
    journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 0})))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    journey.override_return(subject, "approve", SENIOR)
    journey.drop_off(subject)
    return journey


def a_line(action: str, subject: str, at: datetime, name: str, **details: Any) -> AuditRow:
    return AuditRow(
        merchant="m", order="o", at=at, written_at=at, role="agent" if name else "system", name=name, action=action,
        subject=subject, details=json.dumps(details),
    )  # fmt: skip


def test_a_payment_names_who_decided_it_and_who_approved_exactly_that(paid: StateDriver) -> None:
    [case] = paid.state.returns
    leg = next(one for one in paid.state.settlements_of(case.return_id)[0].legs if one.to == "provider")
    second = {"command": "approve", "about": case.return_id, "requested_by": "usr_maria"}
    another = {**second, "about": "ret_another"}
    lines = [
        a_line("return_opened", case.return_id, paid.now - timedelta(days=3), "cus_one"),
        a_line("approval_approved", "apr_1", paid.now - timedelta(days=2), "usr_ada", **second),
        a_line("approval_approved", "apr_2", paid.now - timedelta(days=2), "usr_tom", **another),
        a_line("approve", case.return_id, paid.now - timedelta(days=1), "usr_maria"),
        a_line("note", case.return_id, paid.now, "usr_tom"),
        a_line("approve", "ret_another", paid.now, "usr_tom"),
    ]
    fact = PaymentFacts(paid.state, lines).of(leg.key, NAMES)
    assert fact is not None
    assert (fact.amount, fact.to, fact.tender) == (leg.principal + leg.bonus, leg.to, "card")
    assert fact.decided_by is not None
    assert (fact.decision, fact.decided_by.name) == ("approve", "Maria")
    assert fact.approved_by is not None
    assert fact.approved_by.name == "Ada"
    by_rules = PaymentFacts(paid.state, [a_line("approve", case.return_id, paid.now, "")]).of(leg.key, NAMES)
    assert by_rules is not None
    assert (by_rules.decision, by_rules.decided_by, by_rules.approved_by) == ("", None, None)
    assert PaymentFacts(paid.state, lines).of("cancel/o/card/1", NAMES) is None


def test_the_sum_of_a_line_has_a_currency() -> None:
    assert amount_in({"amount": 5100, "days": 2}, "GBP") == gbp(5100)
    assert amount_in({"minor": 5, "currency": "JPY"}, "GBP") == Money(minor=5, currency="JPY")
    assert amount_in({"amount": 5100}, "") is None
    assert amount_in({"days": 2, "amount": 0}, "GBP") is None
