"""When letters about an exchange are true, and what they say: every date and amount is that of this moment."""

from domain import exchange_keys
from domain.model.exchange import Exchange
from domain.model.notice import Notice
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.notifications.facts import Details, Facts, Stale
from domain.payments.disputes.holds import holds_goods
from domain.units import units_in, without


def exchange_confirmed(notice: Notice, facts: Facts) -> Details | Stale:
    """The new goods are kept. `to_pay`, `pay_by`: what is paid on top before they leave, and until when."""
    found = _exchange(notice, facts)
    if found is None or found[1].status != "reserved":
        return Stale(reason="exchange_changed")
    case, exchange = found
    details: Details = {"articles": _articles(case)}
    if exchange.owes_payment and exchange.pay_by is not None:
        if exchange.pay_by <= facts.now:
            return Stale(reason="time_over")
        due = exchange.to_pay
        details |= {"to_pay": due.minor, "currency": due.currency, "pay_by": exchange.pay_by.isoformat()}
    if case.missing and case.dropped_off is None:
        details |= {"awaited": 1}
    return details


def exchange_waiting(notice: Notice, facts: Facts) -> Details | Stale:
    """The new goods are out of stock, and the customer chose to wait. `until`: how long they are waited for."""
    found = _exchange(notice, facts)
    if found is None or found[1].status != "waiting_for_stock" or found[1].waits_until is None:
        return Stale(reason="exchange_changed")
    return {"articles": _articles(found[0]), "until": found[1].waits_until.isoformat()}


def exchange_held(notice: Notice, facts: Facts) -> Details | Stale:
    """New goods wait for a bank. `until`: how long they are kept."""
    found = _exchange(notice, facts)
    if found is None or not holds_goods(facts.state, found[0]):
        return Stale(reason="not_held")
    case, exchange = found
    until = min(exchange.reserved_until or exchange.hold_until, exchange.hold_until)
    return {"articles": _articles(case), "until": until.isoformat()}


def exchange_sent(notice: Notice, facts: Facts) -> Details | Stale:
    """New goods have left. `due`: their promise, if it is to come."""
    found = _exchange(notice, facts)
    if found is None:
        return Stale(reason="exchange_changed")
    number = notice.details.get("number")
    part = next((one for one in found[1].parts if one.part == number), None)
    if part is None or part.status == "rejected":
        return Stale(reason="exchange_changed")
    ours = units_in([part.units])
    parcels = [one for one in facts.state.parcels if not ours.isdisjoint(units_in([one.units]))]
    if not parcels or all(one.delivered_at is not None for one in parcels):
        return Stale(reason="already_delivered")
    due = facts.coming(max(one.due for one in parcels))
    details: Details = {"articles": _articles(found[0]), "number": part.part}
    return details | ({"due": due} if due else {})


def exchange_ended(notice: Notice, facts: Facts) -> Details | Stale:
    """The new goods do not come. `as`: how what came back is paid, or will be once it comes."""
    found = _exchange(notice, facts)
    if found is None or found[1].status not in ("fell_back", "refused"):
        return Stale(reason="exchange_changed")
    case, exchange = found
    chosen = case.resolution
    if chosen == "exchange":
        chosen = "store_credit" if exchange.fallback == "store_credit" else "refund"
    details: Details = {"articles": _articles(case), "why": exchange.ended or "", "as": chosen}
    if not case.live:
        return Stale(reason="return_changed")
    if _awaited(facts.state, case):
        details |= {"awaited": 1}
    if _paid_back(facts.state, case):
        details |= {"paid_back": 1}
    return details


def _exchange(notice: Notice, facts: Facts) -> tuple[ReturnCase, Exchange] | None:
    case = facts.state.case(notice.subject)
    return (case, case.exchange) if case is not None and case.exchange is not None else None


def _articles(case: ReturnCase) -> str:
    """The new articles by their names, each once."""
    items = case.quote.exchange.items if case.quote.exchange else ()
    return ", ".join(dict.fromkeys(item.title for item in items))[:200]


def _awaited(state: JourneyState, case: ReturnCase) -> bool:
    """Whether the customer still has goods of it that are to come back."""
    settled = units_in(one.units for one in state.settlements_of(case.return_id))
    return case.dropped_off is None and bool(without(case.missing, settled))


def _paid_back(state: JourneyState, case: ReturnCase) -> bool:
    """Whether what was paid on top goes back."""
    occasion = exchange_keys.occasion_of_payment(case.return_id)
    return any(one.occasion == occasion and one.legs for one in state.settlements)
