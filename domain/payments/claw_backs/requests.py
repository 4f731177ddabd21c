"""A planned step of a claim as the request that is sent; what it books is fixed then."""

from datetime import datetime

from domain import payment_keys
from domain.model.claw_back import ClawBack, ClawBackWork
from domain.model.claw_back_request import ClawBackRequest
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.claw_backs.postings import payment_named, postings_of


def send_work(state: JourneyState, claim_id: str, now: datetime) -> ClawBackRequest:
    """Mark the claim's next step as sent, and return its input. The same step again has the same input but the time."""
    claim = state.claw_back(claim_id)
    assert claim is not None, f"claim {claim_id} is not in the state"
    work = claim.work[0]
    if work.sent_at is None:
        work.postings = postings_of(claim, work)
    work.sent_at = now
    order, link = state.order, claim.link
    number = len(claim.links) + 1
    return ClawBackRequest(
        merchant=order.merchant,
        order=order.order,
        order_id=order.number or order.order_id,
        customer=order.customer.customer,
        claim=claim.claim,
        key=work.key,
        kind=work.kind,
        amount=_amount(claim, work),
        own=payment_keys.return_legs_prefix(claim.return_id) if claim.return_id else "",
        postings=work.postings,
        cash=payment_named(claim, work.payment).provider if work.payment else "",
        providers=_providers(state),
        link=payment_keys.claw_back_link(order.merchant, order.order, claim.claim, number),
        link_provider=link.provider if link else "",
        link_reference=link.reference if link else "",
        now=now,
    )


def _amount(claim: ClawBack, work: ClawBackWork) -> Money:
    match work.kind:
        case "collect":
            return claim.amount
        case "open_link" | "close_link":
            return claim.receivable
        case _:
            booked = sum(one.minor for one in work.postings if one.minor > 0)
            return Money(minor=booked, currency=claim.amount.currency)


def _providers(state: JourneyState) -> tuple[str, ...]:
    """Those that took the order's payments first."""
    return tuple(dict.fromkeys(tender.provider for tender in state.order.tenders if tender.provider))
