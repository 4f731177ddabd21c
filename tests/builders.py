"""Builders for tests: one order of two lines, paid by gift card and card, and journeys of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.actors import Actor, Role
from domain.journey import agenda
from domain.model.attention import AttentionItem
from domain.model.notice_policy import NoticePolicy
from domain.model.order import Destination, Order, OrderLine, SealedCustomer, Tender
from domain.model.parcel import Parcel
from domain.model.promise import Promise
from domain.model.quote import ReturnItem
from domain.model.return_case import ReturnCase
from domain.model.scan import ParcelStatus, Scan
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from domain.money import Money
from domain.returns.quotes import quote
from domain.sealed import Sealed

PLACED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGENT = Actor(role=Role.AGENT, name="0a0a0a0a")

# Notices leave at once and each by itself, for tests that are not about when they leave.
AT_ONCE = NoticePolicy(quiet={}, per_parcel_hours=0, per_customer_day=None, digest_minutes=0)


def gbp(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


def an_order(**changed: Any) -> Order:
    """Two mugs at 12.00 and a lamp at 45.00 less 5.00, 4.00 shipping: 10.00 by gift card, 58.00 by card."""
    ord_ = changed.get("order", "ord_one")
    payment = "pay_1" if ord_ == "ord_one" else f"pay_{ord_}"
    order: dict[str, Any] = {
        "merchant": "acme",
        "order": "ord_one",
        "order_id": "#1001",
        "placed_at": PLACED,
        "currency": "GBP",
        "customer": SealedCustomer(
            customer="cus_ada",
            name=Sealed(key="pk_ada", ciphertext="bmFtZQ=="),
            email=Sealed(key="pk_ada", ciphertext="bWFpbA=="),
        ),
        "destination": Destination(country="GB", zone="Europe/London", postcode="N1 9GU"),
        "promise": Promise(day=date(2026, 3, 6)),
        "lines": (
            OrderLine(line_id="1", sku="MUG", title="Mug", quantity=2, unit_price=gbp(1200)),
            OrderLine(
                line_id="2", sku="LAMP", title="Lamp", quantity=1, unit_price=gbp(4500), discount=gbp(500)
            ),
        ),
        "shipping": gbp(400),
        "tenders": (
            Tender(tender_id="gift", kind="gift_card", amount=gbp(1000)),
            Tender(tender_id="card", kind="card", amount=gbp(5800), payment=payment, provider="sandbox"),
        ),
    }
    return Order(**{**order, **changed})


def a_state(order: Order | None = None, policy: Policy | None = None, **changed: Any) -> JourneyState:
    """A new journey of the order: nothing has happened, the sandbox clock is at the time when it was placed."""
    order = order or an_order()
    state: dict[str, Any] = {
        "order": order,
        "terms": compile_terms(policy or Policy(), 1, order),
        "rules_version": agenda.LATEST,
        "clock": order.placed_at,
    }
    return JourneyState(**{**state, **changed})


def a_parcel(state: JourneyState, number: str = "TRACK1", carrier: str = "ups", **changed: Any) -> Parcel:
    """A parcel with all unshipped units, handed over a day after the order. Added to the state."""
    parcel = Parcel(
        **{
            "parcel_id": f"p{len(state.parcels) + 1}",
            "carrier": carrier,
            "tracking_number": number,
            "units": state.unshipped(),
            "registered_at": state.order.placed_at + timedelta(days=1),
            "due": state.order.due(),
            **changed,
        }
    )
    state.parcels.append(parcel)
    return parcel


def a_scan(status: ParcelStatus, at: datetime, **changed: Any) -> Scan:
    return Scan(**{"key": f"{status}/{at.isoformat()}", "at": at, "status": status, **changed})


def a_delivered_state(**changed: Any) -> JourneyState:
    """Everything arrived two days after the order was placed; the clock is at that time."""
    state = a_state(**changed)
    at = state.order.placed_at + timedelta(days=2)
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, at)])
    state.clock = at
    return state


def a_return(state: JourneyState, **changed: Any) -> ReturnCase:
    """An authorized return of one mug, opened at the clock's time. Added to the state."""
    now = state.clock or state.order.placed_at
    items = [ReturnItem(line_id="1", quantity=1, reason="unwanted")]
    case = ReturnCase(
        **{
            "return_id": f"ret_{len(state.returns) + 1}",
            "number": f"R{len(state.returns) + 1}",
            "quote": quote(state, items, now),
            "resolution": "refund",
            "method": "drop_off",
            "decision": "authorized",
            "opened_at": now,
            "opened_by": AGENT,
            "code_hash": f"hash-{len(state.returns) + 1}",
            "code_expires_at": now + timedelta(days=14),
            **changed,
        }
    )
    state.returns.append(case)
    return case


def add_question(state: JourneyState, item: AttentionItem) -> None:
    """Put the question into the state as it is; it replaces one of the same kind and subject."""
    state.settle_question(item.kind, item.subject)
    state.attention.append(item)
