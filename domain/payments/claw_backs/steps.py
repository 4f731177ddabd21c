"""Steps of a claim: it begins, is collected, paid, made smaller, and ends. Each step outside is planned first."""

from datetime import datetime, timedelta
from typing import NamedTuple

from domain import payment_keys
from domain.actors import SYSTEM, Actor
from domain.model.attention import AttentionItem, AttentionKind, Owner
from domain.model.claimable_units import is_owed_again
from domain.model.claw_back import ClawBack, ClawBackEnd, ClawBackPayment, ClawBackWork, WorkKind
from domain.model.claw_back_terms import ClawBackGround, ClawBackTerms
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.payments.claw_backs import amounts, letters
from domain.units import UnitsByLine

QUESTIONS: tuple[AttentionKind, ...] = ("claw_back", "claw_back_answer", "claw_back_unpaid")
_UNPAID: tuple[ClawBackEnd, ...] = ("below_minimum", "written_off")
_OF_ASKING: tuple[WorkKind, ...] = ("collect", "open_link")
_ALREADY_BOOKED = ("collect", "write_off")  # what fixes the amount when it is sent


def terms_of(state: JourneyState) -> ClawBackTerms:
    """The order's terms; where its merchant asks for nothing there is no claim, and the usual ones do no harm."""
    return state.terms.policy.claw_back or ClawBackTerms()


class Missed(NamedTuple):
    """Units whose money a customer has without their goods, and how much it is; of a return or of a parcel."""

    ground: ClawBackGround
    units: UnitsByLine
    amount: Money
    return_id: str = ""
    parcel_id: str = ""


def begin(state: JourneyState, missed: Missed, now: datetime) -> None:
    """Ask for the amount, with a notice and the time to answer it; what is too little is written off at once."""
    about, amount = (missed.return_id, missed.parcel_id), missed.amount
    subject = missed.return_id or payment_keys.claw_back_of_parcel(state.order.order, missed.parcel_id)
    number = 1 + sum((one.return_id, one.parcel_id) == about for one in state.claw_backs)
    none = zero(amount.currency)
    claim = ClawBack(
        claim=payment_keys.claw_back(subject, number),
        ground=missed.ground,
        return_id=missed.return_id,
        parcel_id=missed.parcel_id,
        all_units=missed.units,
        units=missed.units,
        requested=amount,
        amount=amount,
        opened_at=now,
        answer_by=now + timedelta(days=terms_of(state).answer_days),
        receivable=none,
        netted=none,
        paid=none,
        written_off=none,
        credit_back=none,
    )
    state.claw_backs.append(claim)
    state.audit(now, SYSTEM, "claw_back_opened", claim.claim, ground=missed.ground, amount=amount.minor)
    if not amount or terms_of(state).is_too_little(amount):
        finish(state, claim, "below_minimum", now)
        return
    state.open_question("claw_back", claim.claim, now, deadline=claim.answer_by)
    letters.notify(state, claim, "claw_back_notice", now)


def plan_work(
    claim: ClawBack, kind: WorkKind, now: datetime, *, target: Money | None = None, payment: str = ""
) -> None:
    """Plan a step outside. It is done when those before it are done."""
    claim.works += 1
    key = payment_keys.claw_back_work(claim.claim, kind, claim.works)
    claim.work = [
        *claim.work,
        ClawBackWork(key=key, kind=kind, planned_at=now, target=target, payment=payment),
    ]


def collect(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    """The time to answer is over, or the customer agrees: store credit is used now, and the rest is to be paid.

    Nothing is taken on a guess: while the money itself is owed again, as it came back, the claim waits. What the customer does
    not have any more, as a payment that came back was waived or a bonus has expired, is not asked for.
    """
    if is_owed_again(state, claim):
        wait_for_answer(state, claim, now + timedelta(days=terms_of(state).answer_days), now)
        return
    settle_questions(state, claim)
    claim.amount = min(claim.amount, amounts.owed_now(state, claim, now))
    if not claim.amount:
        finish(state, claim, "not_owed", now)
        return
    claim.stage, claim.collect_from = "collecting", now
    plan_work(claim, "collect", now)


def wait_for_answer(state: JourneyState, claim: ClawBack, until: datetime, now: datetime) -> None:
    """Leave the customer time to answer; then the claim is collected."""
    claim.stage = "sending" if claim.stage == "sending" else "notice"
    settle_questions(state, claim)
    state.open_question("claw_back", claim.claim, now, deadline=until)


def settle_questions(state: JourneyState, claim: ClawBack) -> None:
    """Close what is asked about the claim."""
    for kind in QUESTIONS:
        state.settle_question(kind, claim.claim)


def finish(state: JourneyState, claim: ClawBack, end: ClawBackEnd, now: datetime) -> None:
    """Ask for nothing more. What is still owed is written off."""
    settle_questions(state, claim)
    claim.stage, claim.end = "closing", end
    claim.work = [one for one in claim.work if one.sent_at is not None or one.kind not in _OF_ASKING]
    if not claim.booked and not claim.work and claim.amount and end in _UNPAID:
        plan_work(claim, "write_off", now)
    advance(state, claim, now)


def advance(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    """Go on from where the claim stands, once nothing outside is under way."""
    if claim.work:
        return
    if claim.stage == "collecting":
        claim.stage = "payable"
        claim.pay_by = claim.pay_by or now + timedelta(days=terms_of(state).payment_days)
    if claim.stage == "payable":
        _go_on_asking(state, claim, now)
    elif claim.stage == "closing":
        _go_on_closing(state, claim, now)


def _go_on_asking(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    if not claim.receivable:
        finish(state, claim, "paid" if claim.paid else "netted", now)
    elif terms_of(state).is_too_little(claim.receivable):
        finish(state, claim, "netted" if claim.netted else "written_off", now)
    elif claim.link is not None and claim.link.amount != claim.receivable:
        _replace_link(state, claim, now)
    elif claim.link is None and not claim.by_hand:
        plan_work(claim, "open_link", now)
    elif not state.has_open("claw_back_unpaid", claim.claim):
        _request_payment(state, claim, now)


def _replace_link(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    """The page asks for too much: it is closed, and the customer gets another one."""
    state.settle_question("claw_back_unpaid", claim.claim)
    plan_work(claim, "close_link", now)


def _request_payment(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    """Tell the customer how to pay and until when. Without a page to pay on, finance asks for it."""
    assert claim.pay_by is not None, "it is set with the stage"
    owner: Owner = "finance" if claim.by_hand else "customer"
    state.open_question("claw_back_unpaid", claim.claim, now, owner=owner, deadline=claim.pay_by)
    letters.notify(state, claim, "claw_back_payment", now)


def _go_on_closing(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    if claim.link is not None:
        plan_work(claim, "close_link", now)
    elif claim.receivable:
        plan_work(claim, "write_off", now)
    else:
        close(state, claim, now)


def close(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    """It is over: the customer is told how it ended. Again when something has changed since."""
    claim.stage, claim.ended_at, claim.closings = "closed", now, claim.closings + 1
    state.audit(now, SYSTEM, "claw_back_closed", claim.claim, end=claim.end or "")
    if claim.end == "netted":
        letters.notify(state, claim, "claw_back_netted", now)
    elif claim.end != "below_minimum":
        letters.notify(state, claim, "claw_back_closed", now)


def reduce(state: JourneyState, claim: ClawBack, units: UnitsByLine, target: Money, now: datetime) -> None:
    """Ask for these units only. What was taken for the others is given back, also after the claim was closed."""
    claim.units = units
    if not claim.booked and not any(one.sent_at and one.kind in _ALREADY_BOOKED for one in claim.work):
        claim.amount = target
        if not target:
            claim.work = []
            finish(state, claim, claim.end or "goods_arrived", now)
        elif claim.stage in ("notice", "sending", "answered") and terms_of(state).is_too_little(target):
            finish(state, claim, "written_off", now)
        return
    if claim.link is not None and not claim.work:
        _replace_link(state, claim, now)
    plan_work(claim, "reduction", now, target=target)


def pay_by_hand(state: JourneyState, claim: ClawBack, actor: Actor, now: datetime) -> None:
    """A person received what is owed, in another way than by the page."""
    number = len(claim.payments) + 1
    payment = ClawBackPayment(
        payment=payment_keys.payment_by_hand(claim.claim, number),
        provider="by_hand",
        amount=claim.receivable,
        at=now,
        kept=zero(claim.amount.currency),
    )
    claim.payments = [*claim.payments, payment]
    state.audit(now, actor, "claw_back_paid_by_hand", claim.claim, amount=claim.receivable.minor)
    plan_work(claim, "payment", now, payment=payment.payment)


def collect_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """The customer did not answer in time.

    A person decides where the notice did not reach the customer, and where goods of a lost parcel should be here, which come back
    on no return.
    """
    claim = state.claw_back(item.subject)
    if claim is None or claim.stage not in ("notice", "sending"):
        return
    owed_again = is_owed_again(state, claim)
    if not owed_again and (
        (claim.unread and claim.reply is None) or (claim.stage == "sending" and not claim.return_id)
    ):
        claim.stage = "answered"
        state.open_question("claw_back_answer", claim.claim, now)
    else:
        collect(state, claim, now)


def waive_claim_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """No person decided on the customer's answer: no money is taken from them on a guess."""
    claim = state.claw_back(item.subject)
    if claim is not None and claim.stage == "answered":
        finish(state, claim, "waived", now)


def write_off_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """It was not paid in time."""
    claim = state.claw_back(item.subject)
    if claim is not None and claim.stage == "payable":
        finish(state, claim, "written_off", now)
