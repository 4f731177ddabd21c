"""One body of each kind of outgoing event, made by the rules that make them in production."""

import json
from datetime import timedelta
from typing import Any

from domain import payment_keys
from domain.delays.delay_notices import SendDelayNotice
from domain.journey.order_view import order_view
from domain.model.attention import AttentionItem
from domain.model.delay import Delay
from domain.model.dispute import Dispute, DisputeStatement
from domain.model.leg import Leg
from domain.model.received_goods import UnitReceipt
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.payments.claw_backs import steps
from domain.webhooks.events import events_between, notice_sent, ping
from tests.builders import PLACED, a_parcel, a_return, a_scan, a_state, add_question, gbp

LATER = PLACED + timedelta(days=3)


def an_eventful_state() -> JourneyState:
    """A delivered order with a delay, a return, a refund and an open question."""
    state = a_state(seq=7)
    parcel = a_parcel(state)
    delay = Delay(subject="p1", reason="no_movement", since=LATER, due=state.order.due(), expected=None)
    SendDelayNotice(delay=delay).apply(state, LATER)
    parcel.apply_update([a_scan(ParcelStatus.DELIVERED, LATER + timedelta(hours=1))], None)
    case = a_return(state)
    case.receipts.append(
        UnitReceipt(
            number=1, receipt="dock-4711", line_id="1", sku="MUG", quantity=1, result="expected", condition="good",
            grade="A", disposition="restock", place="leeds-k14", received_at=LATER, disposed_at=LATER,
        )
    )  # fmt: skip
    leg = Leg(
        occasion="return/ret_1", tender_id="card", to="provider", payment="pay_1", principal=gbp(1200),
        bonus=gbp(0), planned_at=LATER, status="settled", settled_at=LATER,
    )  # fmt: skip
    state.settlements.append(Settlement(occasion="return/ret_1", purpose="refund", units={}, legs=[leg]))
    steps.begin(state, steps.Missed("incomplete", {"1": [0]}, gbp(1200), "ret_1"), LATER)
    state.disputes.append(a_dispute())
    question = AttentionItem(
        kind="presumed_lost", subject="p1", owner="agent", opened_at=LATER, deadline=LATER, default="refund"
    )
    add_question(state, question)
    return state


def a_dispute() -> Dispute:
    """A chargeback of the card payment, with seven days to answer."""
    stated = DisputeStatement(
        amount=gbp(5800), fee=gbp(1500), state="needs_response", raw_state="needs_response",
        reason="product_not_received", respond_by=LATER + timedelta(days=7), at=LATER,
    )  # fmt: skip
    return Dispute(
        dispute=payment_keys.dispute("stripe", "dp_1"), provider="stripe", reference="dp_1", payment="pi_1", tender_id="card",
        statements=[stated], opened_at=LATER,
    )  # fmt: skip


def event_examples() -> dict[str, Any]:
    """The bodies by kind, as `api/schemas/events.py` names kinds."""
    view = order_view(an_eventful_state(), LATER)
    bodies: dict[str, Any] = {}
    for event in [
        *events_between(None, view),
        notice_sent(view, LATER, "ord_one/p1/late/1", "delayed", "p1"),
    ]:
        kind = event.type if event.type == "order.placed" else event.type.partition(".")[0]
        bodies.setdefault(kind, json.loads(event.body()))
    bodies["ping"] = json.loads(ping("we_1", LATER))
    return bodies
