"""What is stated about a dispute, by a provider or a person: merged by its own time, and what follows from it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain import payment_keys
from domain.actors import SYSTEM, Actor, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.claw_back import CLAW_BACK_TENDER
from domain.model.dispute import Dispute, DisputeState, DisputeStatement
from domain.model.leg import Leg
from domain.model.state import JourneyState
from domain.money import zero
from domain.payments.disputes.losses import assign_by_amount, covered, uncovered
from domain.payments.disputes.questions import open_dispute_question, open_outcome_questions

MAX_DISPUTES = 50  # of one order


class DisputeReported(Frozen):
    """A provider's statement about a dispute, from a webhook or a list.

    payment, payment_alias: the provider's ids of the payment. now: a sandbox merchant's clock.
    """

    type: Literal["dispute_reported"] = "dispute_reported"
    provider: str
    reference: Annotated[str, Field(min_length=1)]
    payment: str
    payment_alias: str = ""
    statement: DisputeStatement
    now: Instant | None = None


def apply_dispute_report(state: JourneyState, report: DisputeReported, now: datetime) -> bool:
    """Take the statement in; False when it is known, and when the order has had too many disputes."""
    dispute = _find(state, report) or _open(state, report, now)
    actor = Actor(role=Role.SYSTEM, name=report.provider)
    return dispute is not None and take_in(state, dispute, report.statement, actor, now)


def _find(state: JourneyState, report: DisputeReported) -> Dispute | None:
    """The dispute with that id; else the one that only a refused refund has shown, which this is."""
    same = (report.provider, report.reference)
    known = next((one for one in state.disputes if (one.provider, one.reference) == same), None)
    tender_id, payment = disputed_tender(state, report)
    if known is not None or not tender_id:
        return known
    shown = next((one for one in state.disputes if not one.reference and one.tender_id == tender_id), None)
    if shown is None or (shown.of_claim and shown.payment != payment):
        return None
    state.settle_question("dispute", shown.dispute)
    shown.dispute, shown.reference = payment_keys.dispute(*same), report.reference
    shown.provider, shown.payment = report.provider, payment
    return shown


def _open(state: JourneyState, report: DisputeReported, now: datetime) -> Dispute | None:
    if len(state.disputes) >= MAX_DISPUTES:
        state.open_question("refund_mismatch", state.order.order, now)
        return None
    tender_id, payment = disputed_tender(state, report)
    dispute = Dispute(
        dispute=payment_keys.dispute(report.provider, report.reference),
        provider=report.provider,
        reference=report.reference,
        payment=payment,
        tender_id=tender_id,
        opened_at=now,
    )
    state.disputes = [*state.disputes, dispute]
    return dispute


def disputed_tender(state: JourneyState, report: DisputeReported) -> tuple[str, str]:
    """The tender with that payment, and the payment's id; empty where no tender is certain.

    A payment of a claim is no tender's. Else it is the provider's only tender, as some name the order and not the payment.
    """
    names = {report.payment, report.payment_alias} - {""}
    named = [one for one in state.order.tenders if one.payment in names]
    of_claims = [one.payment for claim in state.claw_backs for one in claim.payments if one.payment in names]
    if of_claims and not named:
        return CLAW_BACK_TENDER, of_claims[0]
    of_provider = [one for one in state.order.tenders if one.provider == report.provider and one.captured]
    found = named or of_provider
    return found[0].tender_id if len(found) == 1 else "", report.payment


def take_in(
    state: JourneyState, dispute: Dispute, statement: DisputeStatement, actor: Actor, now: datetime
) -> bool:
    """Add the statement, and do what the dispute's new state asks for; False when it is known."""
    before, deadline = dispute.state if dispute.statements else None, _deadline(dispute)
    if not dispute.note(statement):
        return False
    facts = {
        "state": statement.state,
        "amount": statement.amount.minor,
        "currency": statement.amount.currency,
    }
    state.audit(now, actor, "dispute_stated", dispute.dispute, **facts, stated_at=statement.at.isoformat())
    if dispute.state != before:
        _follow(state, dispute, before, now)
    if not dispute.ended and (dispute.state != before or deadline != _deadline(dispute)):
        open_dispute_question(state, dispute, now)
    _update_outcome_question(state, dispute, now)
    book(state, dispute)
    return True


def _update_outcome_question(state: JourneyState, dispute: Dispute, now: datetime) -> None:
    """After a loss was settled the bank gave money back: who is owed it? Asked once for each time that it is stated."""
    if dispute.taken is not None and dispute.taken.currency == state.order.currency:
        if dispute.taken < covered(state, dispute):
            state.open_question("dispute_outcome_changed", dispute.dispute, now)
        else:
            state.settle_question("dispute_outcome_changed", dispute.dispute)


def _deadline(dispute: Dispute) -> datetime | None:
    return dispute.newest.respond_by if dispute.newest else None


def _follow(state: JourneyState, dispute: Dispute, before: DisputeState | None, now: datetime) -> None:
    """What a new state changes: an end closes the question, and a loss is settled."""
    dispute.ended_at = now if dispute.ended else None
    if dispute.ended:
        state.settle_question("dispute", dispute.dispute)
        state.audit(now, SYSTEM, f"dispute_{dispute.state}", dispute.dispute)
    if dispute.state == "lost" and dispute.assigned_at is None:
        assign_by_amount(state, dispute, now)
    if dispute.ended and dispute.state != "lost":
        state.settle_question("dispute_refunded", dispute.dispute)
    open_outcome_questions(state, dispute, now)


def book(state: JourneyState, dispute: Dispute) -> None:
    """Bring the ledger's part to what is stated: what the bank has, the fee, and what is lost of it."""
    if dispute.taken is not None:
        dispute.book(dispute.taken, "hold_dispute", "release_dispute")
    if dispute.fee is not None:
        dispute.book(dispute.fee, "charge_dispute_fee", "return_dispute_fee")
    lost = dispute.state == "lost" and dispute.assigned_at is not None
    target = uncovered(state, dispute) if lost else None
    if target is not None or any(one.step == "write_off_dispute" for one in dispute.bookings):
        dispute.book(target or zero(state.order.currency), "write_off_dispute", "recover_dispute")


def record_refusal_as_dispute(state: JourneyState, leg: Leg, now: datetime) -> None:
    """A provider refused the refund because its payment is disputed, and reported no dispute yet."""
    if any(one.is_of(leg) and not one.ended for one in state.disputes):
        return
    if len(state.disputes) >= MAX_DISPUTES:
        return
    tender = state.order.tender(leg.tender_id)
    name = payment_keys.refusal_as_dispute(leg.key)
    dispute = Dispute(
        dispute=payment_keys.dispute("", name),
        provider=(tender.provider or "") if tender else leg.provider,
        payment=(tender.payment or "") if tender else leg.payment,
        tender_id=leg.tender_id,
        opened_at=now,
    )
    state.disputes = [*state.disputes, dispute]
    state.audit(now, SYSTEM, "dispute_shown", dispute.dispute, leg=leg.key)
    open_dispute_question(state, dispute, now)
