"""Overrides of agents: the same rules with a role, a reason and a version, and what each override changes."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain.actors import STAFF, Actor, Role
from domain.model.override import ALLOWED_ROLES, OrderOverrideRequest
from domain.model.scan import ParcelStatus
from domain.returns.views import return_view
from tests.domain.state_driver import AGENT, CUSTOMER, PARTNER, SHOP, StateDriver, reasons


@pytest.mark.scenario("S-38")
def test_a_reopened_return_is_notified_again_and_can_expire_again(
    delivered: StateDriver, opened: str
) -> None:
    delivered.advance(days=14)
    assert delivered.override_return(opened, "reopen").verdict == "accepted"
    delivered.advance(days=14)
    kinds = [kind for kind in delivered.notice_kinds() if kind != "delayed"]
    assert kinds == ["return_authorized", "return_expired"] * 2
    assert not delivered.duplicate_notices()


def test_a_return_whose_units_went_elsewhere_cannot_be_reopened(delivered: StateDriver, opened: str) -> None:
    delivered.cancel_return(opened)
    delivered.open({"1": 1})
    assert reasons(delivered.override_return(opened, "reopen")) == ["quote_stale"]


def test_a_return_held_cancelled_and_reopened_is_paid(delivered: StateDriver, opened: str) -> None:
    delivered.override_return(opened, "hold")
    delivered.cancel_return(opened)
    assert delivered.attention_kinds() == []
    delivered.override_return(opened, "reopen")
    delivered.drop_off(opened)
    assert sum(principal for _, principal in delivered.legs("sent")) == 2400


def test_extend_code_and_change_resolution_and_note(delivered: StateDriver, opened: str) -> None:
    before = delivered.case(opened).code_expires_at
    delivered.override_return(opened, "extend_code", days=3)
    assert delivered.case(opened).code_expires_at == before + timedelta(days=3)
    delivered.override_return(opened, "change_resolution", resolution="store_credit")
    assert delivered.override_return(opened, "note").verdict == "accepted"
    delivered.drop_off(opened)
    assert sum(leg.bonus.minor for leg in delivered.state.legs()) == 240
    answer = delivered.override_return(opened, "change_resolution", resolution="refund")
    assert reasons(answer) == ["nothing_to_override"], "the money has moved"


def test_refusing_a_return_frees_its_units_and_notifies_the_customer(delivered: StateDriver) -> None:
    delivered.state.terms = delivered.state.terms.model_copy(
        update={"policy": delivered.state.terms.policy.model_copy(update={"review_above": {"GBP": 0}})}
    )
    subject = delivered.open({"1": 1}).subject
    delivered.override_return(subject, "refuse")
    assert return_view(delivered.state, delivered.case(subject)).status == "refused"
    assert (delivered.notice_kinds()[-1], delivered.attention_kinds()) == ("return_refused", [])
    assert delivered.violations({"1": 2}) == []


WORDS_OF_AN_ORDER = (
    "extend_window",
    "mark_delivered",
    "mark_lost",
    "skip_step",
    "retry_step",
    "cancel",
    "note",
)


WORDS_OF_A_RETURN = (
    "approve", "refuse", "hold", "release", "extend_code", "change_resolution", "accept_goods", "cancel",
    "reopen", "note",
)  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("override", WORDS_OF_AN_ORDER)
def test_an_order_override_needs_an_allowed_role(journey: StateDriver, role: Role, override: str) -> None:
    refusal = reasons(journey.override(override, Actor(role=role), parcel="p1", leg="l1"))
    assert ("role_too_low" in refusal) == (role not in ALLOWED_ROLES[override])


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("override", WORDS_OF_A_RETURN)
def test_a_return_override_needs_an_allowed_role(
    delivered: StateDriver, opened: str, role: Role, override: str
) -> None:
    refusal = reasons(delivered.override_return(opened, override, Actor(role=role)))
    assert ("role_too_low" in refusal) == (role not in ALLOWED_ROLES[override])


def test_no_override_is_for_customers_shops_or_partners() -> None:
    outsiders = {CUSTOMER.role, SHOP.role, PARTNER.role, Role.WAREHOUSE, Role.SYSTEM}
    assert all(not outsiders & roles for roles in ALLOWED_ROLES.values())
    assert ALLOWED_ROLES["skip_step"] | ALLOWED_ROLES["mark_lost"] <= STAFF - {Role.AGENT}
    assert Role.FINANCE in ALLOWED_ROLES["retry_step"]


def test_every_override_needs_a_reason() -> None:
    with pytest.raises(ValidationError):
        OrderOverrideRequest(override="note", reason="")


def test_an_override_of_an_older_state_is_a_conflict(delivered: StateDriver, opened: str) -> None:
    seq = delivered.state.seq
    assert delivered.override("note", expected_seq=seq).verdict == "accepted"
    (reason,) = delivered.override_return(opened, "hold", expected_seq=seq).reasons
    assert (reason.code, reason.details) == ("state_changed", {"expected": seq, "seq": seq + 1})


def test_an_override_keeps_who_did_it_and_why(delivered: StateDriver) -> None:
    delivered.override("extend_window", AGENT)
    entry = delivered.written[-1]
    assert (entry.action, entry.role, entry.name) == ("extend_window", "agent", "agent-1")
    assert entry.details == {"override_reason": "as agreed by phone"}


def test_a_parcel_declared_delivered_counts_as_delivered_until_a_scan_knows_better(
    journey: StateDriver,
) -> None:
    journey.ship()
    journey.advance(days=3)
    assert journey.override("mark_delivered", parcel="p1").verdict == "accepted"
    assert (journey.state.stage, journey.violations({"1": 1})) == ("delivered", [])
    assert reasons(journey.override("mark_delivered", parcel="p1")) == ["nothing_to_override"]
    assert reasons(journey.override("mark_delivered", parcel="p7")) == ["parcel_unknown"]
    seen = journey.now - timedelta(days=1)
    journey.scan(ParcelStatus.DELIVERED, at=seen)
    assert journey.state.parcels[0].delivered_at == seen


def test_an_override_to_cancel_checks_the_same_rules_as_a_cancellation(journey: StateDriver) -> None:
    journey.ship()
    journey.scan(ParcelStatus.PICKED_UP)
    assert reasons(journey.override("cancel")) == ["order_shipped"]
