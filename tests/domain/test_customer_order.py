"""What a customer may see of an order is an explicit list: nothing of staff, of scores or of internal reasons is in it."""

from datetime import timedelta
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

from domain.actors import Role
from domain.journey.customer_order import CustomerOrder, customer_order
from domain.journey.order_view import OrderView
from domain.model.attention import AttentionItem
from domain.model.scan import ParcelStatus, Scan, ScanReason
from domain.model.state import JourneyState
from domain.reasons import Reason, Violation
from domain.returns.customer_return import CustomerReturn
from domain.returns.views import ReturnView
from domain.tracking.views import ParcelView
from tests.builders import AGENT, PLACED, a_delivered_state, a_parcel, a_return, a_scan, a_state
from tests.domain.state_driver import SENIOR, StateDriver

SHOWN = {
    "CustomerOrder": "order_id number stage placed_at promise due can_cancel lines parcels collections questions reportable "
    "returns money claw_backs paid refunded as_of seq",
    "CustomerLine": "line_id title quantity paid fulfilment expected_on arrived image_url",
    "CustomerParcel": "parcel carrier tracking_number shipped_on status due expected delivered_at delivered_local "
    "written_off_at choice search_until units scans",
    "CustomerScan": "at precision local status location",
    "ExpectedDelivery": "at day earliest_at earliest_day",
    "CustomerCollection": "units ready_at collected_at",
    "OpenCustomerQuestion": "kind subject answers until new_date otherwise",
    "CustomerReturn": "return_id number status resolution method units received refund credit_bonus parts refusal_text "
    "fast_return opened_at code_state code_expires_at dropped_off_at money pay_on sent_at "
    "leaves_by exchange withdrawn_at",
    "CustomerExchange": "status articles fallback reserved_until to_pay pay_by paid_at pays_back parcels",
    "CustomerArticle": "line_id title quantity price",
    "CustomerClawBack": "claim ground status amount from_store_credit owed answer_by pay_by payment_url",
    "RefundPart": "kind amount tax",
    "BonusRow": "days until ends_at bonus",
    "MoneyBack": "reason method tender amount bonus status paid_at expected_by provider_reference bank_reference leg",
    "Promise": "at day earliest_at earliest_day",
    "Money": "minor currency",
}  # fmt: skip
INTERNAL = {
    "attention", "next", "terms", "lead_time_trials", "delay_notices", "next_updates", "waived", "unexpected", "disputed",
    "settlements", "decline", "reference", "tenders", "payment", "provider", "eta", "estimate", "confidence", "code",
    "fault", "action_required", "lost_by", "name", "role", "override_reason", "live", "customer", "order", "sku",
}  # fmt: skip


def models_in(hint: Any) -> set[type[BaseModel]]:
    """The models that a field's type names, however they are nested."""
    found = {hint} if isinstance(hint, type) and issubclass(hint, BaseModel) else set()
    return found.union(*(models_in(part) for part in get_args(hint)))


def walked(model: type[BaseModel]) -> dict[str, set[str]]:
    """The fields of the model and of all models in it."""
    found: dict[str, set[str]] = {}
    waiting = [model]
    while waiting:
        one = waiting.pop()
        if one.__name__ not in found:
            found[one.__name__] = set(one.model_fields)
            waiting += [part for hint in get_type_hints(one).values() for part in models_in(hint)]
    return found


def test_a_customer_sees_exactly_these_fields() -> None:
    assert walked(CustomerOrder) == {name: set(fields.split()) for name, fields in SHOWN.items()}


def test_no_field_for_staff_is_among_them() -> None:
    named = {field for fields in walked(CustomerOrder).values() for field in fields}
    assert named & INTERNAL == set()
    values = {"Promise", "Money", "RefundPart", "BonusRow"}  # parts of a quote, which is made for customers
    staffs = {*walked(OrderView), *walked(ReturnView), *walked(ParcelView)} - values
    assert staffs & set(walked(CustomerOrder)) == set(), "a schema for staff would bring its next field along"


SECRETS = (
    "0a0a0a0a",
    "senior-1",
    "grumpy",
    "value_needs_review",
    "carrier-code-77",
    "merchant_fault_x",
    "insufficient_funds",
)


def _with_everything_internal() -> JourneyState:
    """An order with a waived reason, an agent's name and words, a declined payment, and a scan with the carrier's own code."""
    state = a_delivered_state()
    reason = ScanReason(code="merchant_fault_x", fault="merchant")
    state.parcels[0].scans.append(
        a_scan(
            ParcelStatus.DELIVERED, PLACED + timedelta(days=2, hours=1), code="carrier-code-77", reason=reason
        )
    )
    a_return(
        state,
        reason="grumpy",
        waived=[Violation(code=Reason.VALUE_NEEDS_REVIEW, details={"limit": 50000})],
        opened_by=AGENT,
    )
    journey = StateDriver(state, PLACED + timedelta(days=3))
    journey.drop_off(state.returns[0].return_id)
    for leg in state.legs():
        leg.status, leg.decline = "failed", "insufficient_funds"
    state.parcels[0].lost_by = Role.SENIOR_AGENT
    state.open_question("payment_failed", state.legs()[0].key, journey.now)
    return state


def test_no_internal_word_of_an_order_reaches_its_customer() -> None:
    state = _with_everything_internal()
    text = customer_order(state, PLACED + timedelta(days=3)).model_dump_json()
    assert [secret for secret in SECRETS if secret in text] == []
    [shown] = customer_order(state, PLACED + timedelta(days=3)).returns
    assert (shown.status, [one.status for one in shown.money]) == (
        "dropped_off",
        ["on_its_way", "refused"],
    )


def test_the_stage_is_in_the_customers_words() -> None:
    state = a_state()
    now = PLACED
    assert customer_order(state, now).stage == "in_preparation"
    assert customer_order(state, now).can_cancel
    parcel = a_parcel(state)
    assert customer_order(state, now).stage == "in_preparation", "a label is not on its way"
    parcel.scans.append(a_scan(ParcelStatus.PICKED_UP, now))
    shown = customer_order(state, now)
    assert (shown.stage, shown.can_cancel) == ("on_its_way", False)
    parcel.lost_at = now + timedelta(days=20)
    assert customer_order(state, parcel.lost_at).stage == "lost"
    parcel.scans.append(a_scan(ParcelStatus.IN_TRANSIT, parcel.lost_at + timedelta(days=1)))
    assert customer_order(state, parcel.lost_at + timedelta(days=2)).stage == "on_its_way", "it moves again"
    assert customer_order(a_delivered_state(), now).stage == "arrived"
    cancelled = a_state(cancelled_at=PLACED)
    assert (customer_order(cancelled, now).stage, customer_order(cancelled, now).can_cancel) == (
        "cancelled",
        False,
    )


def test_a_parcel_that_is_presumed_lost_offers_what_the_journey_would_accept() -> None:
    journey = StateDriver(a_state())
    journey.ship()
    journey.scan(ParcelStatus.PICKED_UP)
    for _ in range(60):
        if not journey.state.has_open("presumed_lost"):
            journey.advance(days=1)
    [question] = customer_order(journey.state, journey.now).questions
    assert (question.kind, question.subject) == ("lost_parcel", "p1")
    assert (question.answers, question.otherwise) == (("resend", "refund"), "refund")
    assert question.until == journey.state.attention[0].deadline
    assert customer_order(journey.state, question.until).questions == (), "an answer comes too late then"


@pytest.mark.parametrize(
    "kind", ["review", "payment_failed", "refund_mismatch", "carrier_claim", "never_scanned"]
)
def test_questions_to_staff_are_not_shown(kind: Any) -> None:
    state = a_delivered_state()
    item = AttentionItem(
        kind=kind,
        subject="p1",
        owner="agent",
        opened_at=PLACED,
        deadline=PLACED + timedelta(days=90),
        default="dismiss",
    )
    state.attention.append(item)
    assert customer_order(state, PLACED).questions == ()


def test_the_newest_hundred_scans_are_shown() -> None:
    state = a_state()
    a_parcel(
        state,
        scans=[
            Scan(key=str(n), at=PLACED + timedelta(minutes=n), status=ParcelStatus.IN_TRANSIT)
            for n in range(150)
        ],
    )
    [parcel] = customer_order(state, PLACED).parcels
    assert [parcel.scans[0].at, parcel.scans[-1].at] == [PLACED + timedelta(minutes=n) for n in (50, 149)]


def test_an_agents_override_leaves_no_trace_in_the_view() -> None:
    journey = StateDriver(a_state())
    journey.ship()
    journey.override("mark_delivered", parcel="p1", actor=SENIOR)
    assert "senior" not in customer_order(journey.state, journey.now).model_dump_json()


def test_a_valid_code_is_used_once_the_goods_are_handed_in() -> None:
    state = a_delivered_state()
    case = a_return(state)
    now = case.opened_at

    def shown(days: int) -> CustomerReturn:
        return customer_order(state, now + timedelta(days=days)).returns[0]

    assert [shown(days).code_state for days in (0, 14)] == ["valid", "expired"]
