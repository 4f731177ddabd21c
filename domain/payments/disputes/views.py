"""Disputes as staff and the merchant's systems see them."""

from domain.base import Frozen
from domain.clock import Instant
from domain.model.dispute import Dispute, DisputeState
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.disputes.holds import already_refunded, held_legs
from domain.payments.disputes.losses import covered


class DisputeView(Frozen):
    """One dispute: the bank of a payment asks it back, or asks about it."""

    dispute: str
    """Our id of it."""
    provider: str
    """The payment provider; empty where none holds the payment."""
    reference: str
    """The provider's id of it; empty while only a refused refund shows that there is one."""
    payment: str
    """The provider's id of the payment."""
    tender_id: str
    """The tender that is disputed; empty where it is not known which one, `claw_back` where the payment is that of a claim."""
    state: DisputeState
    """Where it stands. `inquiry`: the bank asks, no money has moved. `needs_response`, `under_review`: the bank has the money.
    `unclear`: it ended, and the provider does not say who has the money. `won`, `lost`: for and against the shop. `withdrawn`:
    it ended without the bank having the money."""
    raw_state: str
    """The provider's own word for it."""
    reason: str
    """Why the customer disputes it, in the provider's word."""
    amount: Money | None
    """What is asked back; null where it is not known."""
    fee: Money | None
    """What the provider has charged for it; null where that is not stated."""
    respond_by: Instant | None
    """Until when the provider takes evidence."""
    opened_at: Instant
    """When it became known."""
    ended_at: Instant | None
    """When its end became known; null while it goes on."""
    warned: int
    """How many alarms before the deadline there were."""
    held: tuple[str, ...]
    """The payments to the customer that wait for it."""
    already_refunded: Money | None
    """What of the amount was paid back before, or may have been: a customer who wins has it twice."""
    covered: Money
    """Of a lost one: what the bank has paid instead of us."""
    unassigned: bool
    """Whether it is lost and a person has to say for which units the bank has paid."""


def dispute_view(state: JourneyState, dispute: Dispute) -> DisputeView:
    """The dispute as it stands."""
    stated = dispute.newest
    return DisputeView(
        dispute=dispute.dispute,
        provider=dispute.provider,
        reference=dispute.reference,
        payment=dispute.payment,
        tender_id=dispute.tender_id,
        state=dispute.state,
        raw_state=stated.raw_state if stated else "",
        reason=stated.reason if stated else "",
        amount=dispute.amount,
        fee=dispute.fee,
        respond_by=stated.respond_by if stated else None,
        opened_at=dispute.opened_at,
        ended_at=dispute.ended_at,
        warned=dispute.warned,
        held=tuple(leg.key for leg in held_legs(state, dispute)),
        already_refunded=already_refunded(state, dispute),
        covered=covered(state, dispute),
        unassigned=dispute.unassigned,
    )
