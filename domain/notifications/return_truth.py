"""When letters about a return are true: its decision is still the one that was written, at the newest revision."""

from domain.model.notice import Notice, NoticeKind
from domain.model.parcel import Parcel
from domain.model.return_case import ReturnCase, ReturnDecision
from domain.model.state import JourneyState
from domain.notifications.date_truth import day_of_promise
from domain.notifications.facts import Details, Facts, Stale
from domain.notifications.money_truth import payment_of, undelivered
from domain.units import units_in

DECISIONS: dict[NoticeKind, ReturnDecision] = {
    "return_authorized": "authorized",
    "return_in_review": "in_review",
    "return_refused": "refused",
    "return_expired": "expired",
    "return_cancelled": "cancelled",
}


def return_decision(notice: Notice, facts: Facts) -> Details | Stale:
    """`handed_over`: goods are not with the customer. `arrived`: some are here. `mail`: they come without one. `text`: sealed."""
    case = facts.state.case(notice.subject)
    if case is None or case.decision != DECISIONS[notice.kind]:
        return Stale(reason="return_changed")
    if notice.details.get("revision", case.revision) != case.revision:
        return Stale(reason="return_changed")
    details = _where_the_goods_are(case)
    if notice.kind == "return_in_review":
        deadline = day_of_promise(facts, "review_decision", case.return_id)
        return details | ({"deadline": deadline} if deadline else {})
    if notice.kind == "return_refused":
        return details | ({"text": case.customer_text} if case.customer_text else {})
    if notice.kind == "return_authorized":
        return _authorized(case, facts, details)
    if notice.kind == "return_cancelled" and notice.details.get("reason") == "parcel_lost":
        return details | _lost(facts.state, case)
    return details


def goods_disputed(notice: Notice, facts: Facts) -> Details | Stale:
    """How many units arrived otherwise than announced, and by when a person decides, while the question about them is open."""
    case = facts.state.case(notice.subject)
    item = facts.state.open_item("goods_condition", notice.subject)
    deadline = facts.coming(item.deadline) if item else None
    if case is None or case.received_at is None or not case.disputed or deadline is None:
        return Stale(reason="decided")
    return {
        "return": case.number,
        "received_at": case.received_at.isoformat(),
        "units": sum(map(len, case.disputed.values())),
        "deadline": deadline,
    }


def _where_the_goods_are(case: ReturnCase) -> Details:
    handed_over = case.left_customer or bool(case.received)
    arrived: Details = {"arrived": 1} if case.arrived else {}
    mail: Details = {"mail": 1} if case.method == "mail" else {}
    details: Details = {"revision": case.revision}
    return details | arrived | mail | ({"handed_over": 1} if handed_over else {})


def _authorized(case: ReturnCase, facts: Facts, details: Details) -> Details | Stale:
    """The code can be used. Goods that come by mail need none. `free`: no money follows."""
    if case.left_customer or not case.missing:
        return Stale(reason="already_handed_over")
    if case.method == "drop_off" and case.code_state(facts.now) != "valid":
        return Stale(reason="code_expired")
    if case.method == "drop_off":
        details |= {"code_expires": case.code_expires_at.isoformat()}
    if case.resolution == "exchange":
        return details | {"exchange": 1}
    return details | _bonuses(case, facts) | _payment(case)


def _payment(case: ReturnCase) -> Details:
    """What will be paid: `amount` and what it waits for, `pay_on`. `credit`: as store credit, with that bonus."""
    refund = case.quote.refund
    if not refund.minor:
        return {"free": 1}
    paid: Details = {"amount": refund.minor, "currency": refund.currency, "pay_on": case.quote.pay_on}
    return paid | ({"credit": case.quote.credit_bonus.minor} if case.resolution == "store_credit" else {})


def _bonuses(case: ReturnCase, facts: Facts) -> Details:
    """The rows of the fast-return bonus that can still be reached: `bonus_1`, `bonus_1_until` and so on, soonest first."""
    rows = [row for row in case.fast_return if facts.now < row.ends_at]
    details: Details = {"currency": facts.state.order.currency} if rows else {}
    for number, row in enumerate(rows, 1):
        details |= {f"bonus_{number}": row.bonus.minor, f"bonus_{number}_until": row.ends_at.isoformat()}
    return details


def _lost(state: JourneyState, case: ReturnCase) -> Details:
    """Why it ended and what happens with the goods, while a parcel of it is lost; else nothing of that is said."""
    lost = [parcel for parcel in state.parcels if parcel.lost_at is not None and _holds(parcel, case)]
    if not lost:
        return {}
    if any(parcel.resent for parcel in lost):
        return {"reason": "parcel_lost", "payment": "resent"}
    settlements = [one for parcel in lost for one in undelivered(state, parcel.parcel_id)]
    return {"reason": "parcel_lost", "payment": payment_of(settlements)}


def _holds(parcel: Parcel, case: ReturnCase) -> bool:
    return parcel.delivered_at is None and not units_in([parcel.units]).isdisjoint(units_in([case.units]))
