"""When letters about a claim are true, and what they say of it as it stands when they leave."""

from domain.model.claw_back import ClawBack
from domain.model.notice import Notice
from domain.model.state import JourneyState
from domain.notifications.facts import Details, Facts, Stale
from domain.units import units_in


def claw_back_notice(notice: Notice, facts: Facts) -> Details | Stale:
    """What is asked back, why, what the warehouse or carrier reported, and until when it can be answered."""
    claim = facts.state.claw_back(notice.subject)
    item = facts.state.open_item("claw_back", notice.subject)
    deadline = facts.coming(item.deadline) if item else None
    if claim is None or claim.stage != "notice" or deadline is None:
        return Stale(reason="answered")
    return {
        **_requested(claim),
        **_evidence(facts.state, claim),
        "ground": claim.ground,
        "deadline": deadline,
    }


def claw_back_answered(notice: Notice, facts: Facts) -> Details | Stale:
    """What becomes of the customer's answer: a person decides, the goods are waited for, or the claim stands."""
    claim, outcome = facts.state.claw_back(notice.subject), str(notice.details.get("outcome", ""))
    if claim is None or claim.stage == "closed":
        return Stale(reason="closed")
    if outcome == "rejected":
        item = facts.state.open_item("claw_back", claim.claim)
        coming = facts.coming(item.deadline if item else claim.answer_by)
        return {**_requested(claim), "outcome": outcome, **({"deadline": coming} if coming else {})}
    if claim.stage != outcome:
        return Stale(reason="decided")
    kind = facts.state.open_item("claw_back_answer", claim.claim) or facts.state.open_item(
        "claw_back", claim.claim
    )
    coming = facts.coming(kind.deadline) if kind else None
    return {**_requested(claim), "outcome": outcome, **({"deadline": coming} if coming else {})}


def claw_back_netted(notice: Notice, facts: Facts) -> Details | Stale:
    """Store credit has covered the claim, and nothing of it was given back."""
    claim = facts.state.claw_back(notice.subject)
    if claim is None or claim.end != "netted" or not claim.netted:
        return Stale(reason="not_netted")
    return {**_requested(claim), "credit": claim.netted.minor}


def claw_back_payment(notice: Notice, facts: Facts) -> Details | Stale:
    """What is to be paid, until when, and the page on which; what store credit has covered already."""
    claim = facts.state.claw_back(notice.subject)
    coming = facts.coming(claim.pay_by) if claim and claim.pay_by else None
    if claim is None or claim.stage != "payable" or not claim.receivable or coming is None:
        return Stale(reason="not_payable")
    details: Details = {**_requested(claim), "rest": claim.receivable.minor, "deadline": coming}
    if claim.link is not None:
        details["pay_url"] = claim.link.url
    elif not claim.by_hand:
        return Stale(reason="replaced")
    return details | ({"credit": claim.netted.minor} if claim.netted else {})


def claw_back_closed(notice: Notice, facts: Facts) -> Details | Stale:
    """How it ended. An end that was overtaken is not told."""
    claim = facts.state.claw_back(notice.subject)
    if claim is None or claim.stage != "closed" or claim.end in (None, "below_minimum", "netted"):
        return Stale(reason="not_closed")
    return {**_requested(claim), "end": claim.end or "", **_given_back(claim)}


def _requested(claim: ClawBack) -> Details:
    """What was asked for: in the end nothing may be left of it."""
    return {"amount": claim.requested.minor, "currency": claim.amount.currency}


def _given_back(claim: ClawBack) -> Details:
    credit = claim.credit_back.minor
    return {"credit": credit} if credit else {}


def _evidence(state: JourneyState, claim: ClawBack) -> Details:
    """What the claim is based on, without any text from outside."""
    case = state.case(claim.return_id) if claim.return_id else None
    parcel = state.parcel(claim.parcel_id) if claim.parcel_id else None
    details: Details = {"units": len(units_in([claim.units]))}
    if case is not None and case.received_at is not None:
        details["received_at"] = case.received_at.isoformat()
    if case is not None:
        details["return"] = case.number
        if _was_exchanged(state, claim):
            details["exchanged"] = 1
    if parcel is not None and parcel.delivered_at is not None:
        details["received_at"] = parcel.delivered_at.isoformat()
    return details


def _was_exchanged(state: JourneyState, claim: ClawBack) -> bool:
    """Whether new goods were sent for claimed units, instead of money or beside it."""
    claimed = units_in([claim.units])
    return any(
        part.kind == "exchanged"
        for settlement in state.settlements_of(claim.return_id)
        if not claimed.isdisjoint(units_in([settlement.units]))
        for part in settlement.parts
    )
