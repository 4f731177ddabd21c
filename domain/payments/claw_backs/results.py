"""What became of a step outside, entered in the claim; and payments that a provider reports by itself."""

from datetime import datetime
from typing import Literal

from domain import payment_keys
from domain.actors import SYSTEM
from domain.base import Frozen
from domain.clock import Instant
from domain.model.claw_back import CLAW_BACK_TENDER, ClawBack, ClawBackLink, ClawBackPayment, ClawBackWork
from domain.model.claw_back_request import ClawBackResult
from domain.model.leg import Leg
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.payments.claw_backs import steps


class ClawBackPaid(Frozen):
    """A customer has paid a claim on the page of a provider. `now`: a sandbox merchant's clock."""

    type: Literal["claw_back_paid"] = "claw_back_paid"
    claim: str
    provider: str
    payment: str
    amount: Money
    now: Instant | None = None


def apply_payment(state: JourneyState, paid: ClawBackPaid, now: datetime) -> bool:
    """Enter a payment once; False for one that is known, of another currency, or of no claim of the order."""
    claim = state.claw_back(paid.claim)
    if claim is None or paid.amount.minor <= 0 or paid.amount.currency != claim.amount.currency:
        return False
    if any(one.payment == paid.payment for one in claim.payments):
        return False
    none = zero(paid.amount.currency)
    payment = ClawBackPayment(
        payment=paid.payment, provider=paid.provider, amount=paid.amount, at=now, kept=none
    )
    claim.payments = [*claim.payments, payment]
    state.audit(now, SYSTEM, "claw_back_paid", claim.claim, amount=paid.amount.minor, payment=paid.payment)
    steps.plan_work(claim, "payment", now, payment=paid.payment)
    return True


def record_result(state: JourneyState, result: ClawBackResult, now: datetime) -> None:
    """Enter the result of the claim's first step. One that is not waited for any more changes nothing."""
    claim = next((one for one in state.claw_backs if one.work and one.work[0].key == result.key), None)
    if claim is None:
        return
    work = claim.work[0]
    if result.outcome == "unknown" and work.kind not in ("open_link", "close_link"):
        return  # it is our own ledger: the step is repeated
    claim.work = claim.work[1:]
    match work.kind:
        case "collect":
            _record_collected(state, claim, result, now)
        case "open_link":
            _record_link(claim, result)
        case "close_link":
            _record_closed_link(state, claim, result, now)
        case _:
            _record_booking(state, claim, work, now)
    steps.advance(state, claim, now)


def _record_collected(state: JourneyState, claim: ClawBack, result: ClawBackResult, now: datetime) -> None:
    """Less may be asked for by now than was booked, where a run ended before it had entered the step."""
    netted, target = result.netted or zero(claim.amount.currency), claim.amount
    claim.amount = result.booked or claim.amount
    claim.netted, claim.receivable = netted, claim.amount - netted
    state.audit(now, SYSTEM, "claw_back_collected", claim.claim, credit=netted.minor)
    if target != claim.amount:
        steps.plan_work(claim, "reduction", now, target=target)


def _record_link(claim: ClawBack, result: ClawBackResult) -> None:
    claim.by_hand = result.outcome != "done"
    if result.outcome == "done":
        link = ClawBackLink(
            number=len(claim.links) + 1,
            provider=result.provider,
            reference=result.reference,
            url=result.url,
            amount=claim.receivable,
        )
        claim.links = [*claim.links, link]


def _record_closed_link(state: JourneyState, claim: ClawBack, result: ClawBackResult, now: datetime) -> None:
    """The page takes no payment any more. What was paid on it before may be news, as webhooks get lost."""
    link = claim.link
    if link is None:
        return
    link.closed = True
    for paid in result.payments:
        event = ClawBackPaid(
            claim=claim.claim, provider=link.provider, payment=paid.payment, amount=paid.amount
        )
        apply_payment(state, event, now)


def _record_booking(state: JourneyState, claim: ClawBack, work: ClawBackWork, now: datetime) -> None:
    minors = {one.account: one.minor for one in work.postings}
    claim.receivable = _plus(claim.receivable, minors.get("claim", 0))
    claim.written_off = _plus(claim.written_off, minors.get("write_off", 0))
    claim.netted = _plus(claim.netted, minors.get("credit", 0))
    claim.credit_back = _plus(claim.credit_back, -minors.get("credit", 0))
    back = -minors.get("refundable", 0)
    if work.kind == "payment":
        payment = next(one for one in claim.payments if one.payment == work.payment)
        payment.kept = payment.amount
        claim.paid = _plus(claim.paid, payment.amount.minor - back)
    if work.kind == "reduction":
        assert work.target is not None, "a reduction has a target"
        claim.amount, claim.paid = work.target, _plus(claim.paid, -back)
    if back:
        _plan_refunds(state, claim, back, now)
    _record_end(state, claim, work, now)


def _record_end(state: JourneyState, claim: ClawBack, work: ClawBackWork, now: datetime) -> None:
    """A claim for which nothing is left to ask ends. Of one that had ended the customer gets a further letter."""
    was_closed = claim.stage == "closed"
    if work.kind == "reduction" and not claim.amount:
        claim.end = claim.end if claim.end == "withdrawn" else "goods_arrived"
        if not was_closed:
            steps.finish(state, claim, claim.end, now)
    elif was_closed and work.kind == "payment" and claim.paid and not claim.written_off:
        claim.end = "paid"
    if was_closed and work.kind in ("payment", "reduction"):
        steps.close(state, claim, now)


def _plan_refunds(state: JourneyState, claim: ClawBack, minor: int, now: datetime) -> None:
    """Plan to pay back so much of what the customer paid, the newest payment first: one settlement for each."""
    for payment in reversed(claim.payments):
        part = min(minor, payment.kept.minor)
        if part:
            minor -= part
            payment.kept = _plus(payment.kept, -part)
            state.plan(_refund(state, claim, payment, part, now), now)


def _refund(
    state: JourneyState, claim: ClawBack, payment: ClawBackPayment, minor: int, now: datetime
) -> Settlement:
    existing = [settlement.occasion for settlement in state.settlements]
    occasion = payment_keys.next_part(payment_keys.occasion_of_claw_back(claim.claim), existing)
    by_hand = payment.provider == "by_hand"
    leg = Leg(
        occasion=occasion,
        tender_id=CLAW_BACK_TENDER,
        to="by_hand" if by_hand else "provider",
        principal=Money(minor=minor, currency=claim.amount.currency),
        bonus=zero(claim.amount.currency),
        planned_at=now,
        awaits="person" if by_hand else "nothing",
        payment=payment.payment,
        provider="" if by_hand else payment.provider,
    )
    return Settlement(occasion=occasion, purpose="claim_refund", units={}, legs=[leg])


def _plus(amount: Money, minor: int) -> Money:
    return Money(minor=amount.minor + minor, currency=amount.currency)
