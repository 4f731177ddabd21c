"""Changes of an exchange that commands, results and automatic steps share."""

from datetime import datetime, timedelta

from domain import exchange_keys
from domain.actors import SYSTEM
from domain.clock import local_day
from domain.model.exchange import Exchange, ExchangeEnd, ExchangeGoods, ExchangePart, ExchangeStep
from domain.model.exchange_quote import ExchangeFallback
from domain.model.notice import NoticeKind
from domain.model.return_case import ReturnCase
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.payments import exchange_plan
from domain.returns.exchange_quotes import hold_limit
from domain.returns.steps import change_resolution
from domain.units import UnitsByLine, units_in, without


def begin(state: JourneyState, case: ReturnCase, fallback: ExchangeFallback, now: datetime) -> None:
    """Have the new goods reserved for as long as the old ones may take, but no longer than an authorization pays for them.

    An exchange that was cancelled before gets a new reservation.
    """
    quoted, policy = case.quote.exchange, state.terms.policy
    assert quoted is not None, f"return {case.return_id} was quoted without an exchange"
    terms, before = policy.exchange, case.exchange
    whole = max(case.code_expires_at, now + timedelta(hours=policy.review_hours, days=policy.code_days))
    limit = hold_limit(state.order, terms.authorization_days)
    until = whole + timedelta(days=policy.goods_days)
    case.exchange = Exchange(
        fallback=fallback,
        round=before.round + 1 if before else 1,
        hold_until=min(until, limit) if limit else until,
        to_pay=quoted.to_pay,
        pay_by=now + timedelta(days=terms.pay_days) if quoted.to_pay else None,
        waits_until=now + timedelta(days=terms.wait_days) if fallback == "wait" else None,
        steps=before.open_steps if before else [],
    )
    _reserve(case, now)


def reserve_again(case: ReturnCase, at: datetime) -> None:
    """Reserve the goods again, under a new key: the answer to the first call stays."""
    exchange = _of(case)
    exchange.round += 1
    exchange.reserved_until = None
    _reserve(case, at)


def _reserve(case: ReturnCase, at: datetime) -> None:
    exchange, quoted = _of(case), case.quote.exchange
    assert quoted is not None, f"return {case.return_id} was quoted without an exchange"
    goods = tuple(ExchangeGoods(sku=item.sku, quantity=len(item.units)) for item in quoted.items)
    key = exchange_keys.reservation(case.return_id, exchange.round)
    exchange.plan(ExchangeStep(key=key, kind="reserve", reservation=key, goods=goods, planned_at=at))


def release(case: ReturnCase, now: datetime) -> None:
    """Give the goods back that were reserved and are not sent. Those of a call under way are, once it is answered."""
    exchange = _of(case)
    exchange.steps = [step for step in exchange.steps if step.status != "planned" or step.kind != "reserve"]
    if exchange.reserved_until is not None:
        plan_release(case, exchange_keys.reservation(case.return_id, exchange.round), now)
    exchange.reserved_until = None


def plan_release(case: ReturnCase, reservation: str, now: datetime) -> None:
    """Give back what of the reservation was not sent."""
    key = exchange_keys.release(reservation)
    _of(case).plan(ExchangeStep(key=key, kind="release", reservation=reservation, planned_at=now))


def fall_back(
    state: JourneyState, case: ReturnCase, why: ExchangeEnd, now: datetime, chosen: Resolution | None = None
) -> None:
    """Pay what was not exchanged yet in the way that was chosen for this; what was paid on top goes back.

    chosen: by an agent instead.
    """
    exchange = _of(case)
    other = chosen or money_instead(exchange)
    release(case, now)
    exchange.status, exchange.ended = "fell_back", why
    change_resolution(state, case, other)
    state.audit(now, SYSTEM, "exchange_fell_back", case.return_id, why=why, resolution=other)
    pay_back(state, case, now)
    notify(state, case, "exchange_ended", now)


def cancel(state: JourneyState, case: ReturnCase, now: datetime) -> None:
    """End an exchange whose goods do not come, or were paid otherwise; what was paid on top goes back."""
    exchange = _of(case)
    release(case, now)
    exchange.status = "cancelled"
    state.audit(now, SYSTEM, "exchange_cancelled", case.return_id)
    pay_back(state, case, now)


def pay_back(state: JourneyState, case: ReturnCase, now: datetime) -> None:
    """Plan to pay back what was paid on top and is not needed; once."""
    exchange, occasion = _of(case), exchange_keys.occasion_of_payment(case.return_id)
    if exchange.paid_at is None or any(one.occasion == occasion for one in state.settlements):
        return
    settlement = exchange_plan.plan_payment_back(state, case, now)
    if settlement.legs:
        state.plan(settlement, now)


def send_goods(state: JourneyState, case: ReturnCase, now: datetime) -> None:
    """Settle the units that came back with new ones: the order gets lines of them, and the shop is asked to send them."""
    exchange = _of(case)
    number = len(exchange.parts) + 1
    settlement, lines = exchange_plan.plan_exchange(state, case, number, now)
    state.plan(settlement, now)
    ships = local_day(now, state.zone) + timedelta(days=state.terms.policy.exchange.ship_days)
    promised = tuple(line.model_copy(update={"expected_on": ships}) for line in lines)
    state.order = state.order.model_copy(update={"lines": (*state.order.lines, *promised)})
    _keep_rules(state, case, number)
    state.closed_at = None
    exchange.parts.append(
        ExchangePart(
            part=number,
            units={line.line_id: list(range(line.quantity)) for line in promised},
            requested_at=now,
        )
    )
    exchange.status = "sending"
    exchange.plan(
        ExchangeStep(
            key=exchange_keys.sending(case.return_id, number),
            kind="send",
            reservation=exchange_keys.reservation(case.return_id, exchange.round),
            goods=tuple(
                ExchangeGoods(sku=line.sku, quantity=line.quantity, line_id=line.line_id) for line in promised
            ),
            planned_at=now,
        )
    )
    state.audit(now, SYSTEM, "goods_exchanged", case.return_id, part=number)


def refuse_part(
    state: JourneyState, case: ReturnCase, part: ExchangePart, reason: str, now: datetime
) -> None:
    """The shop does not send these goods: what they were worth is paid back, in the way that was chosen for this.

    Those that were cancelled meanwhile are paid back already.
    """
    exchange = _of(case)
    part.status, part.reason = "rejected", reason
    exchange.status, exchange.ended = "refused", "refused_by_the_shop"
    settlement = exchange_plan.plan_refused(state, case, part, now)
    if settlement.units:
        state.plan(settlement, now)
    if any(one.kind == "already_refunded" for one in settlement.parts):
        state.open_question("refund_mismatch", case.return_id, now)
    state.rest_cancelled_at = now
    state.settle_questions_about_shipping()
    if not state.unshipped():
        state.settle_question("not_shipped", state.order.order)
    for question in ("exchange_unanswered", "exchange_to_stop"):
        state.settle_question(question, exchange_keys.sending(case.return_id, part.part))
    state.audit(now, SYSTEM, "exchange_refused", case.return_id, part=part.part)
    release(case, now)
    release_part(case, part, now)
    if unsettled(state, case):
        change_resolution(state, case, money_instead(exchange))
        pay_back(state, case, now)
    notify(state, case, "exchange_ended", now)


def may_end(state: JourneyState, case: ReturnCase) -> bool:
    """Whether an agent may still end the exchange: units of it wait to be exchanged, or new goods wait to be sent."""
    exchange = case.exchange
    if exchange is None:
        return False
    waits = not exchange.over and case.live and bool(unsettled(state, case))
    return waits or bool(_unsent(state, exchange))


def _unsent(state: JourneyState, exchange: Exchange) -> list[ExchangePart]:
    """Parts of which nothing is in a parcel."""
    waiting = units_in([state.unshipped()])
    return [
        part for part in exchange.parts if part.status != "rejected" and units_in([part.units]) <= waiting
    ]


def end_by_agent(state: JourneyState, case: ReturnCase, chosen: Resolution | None, now: datetime) -> None:
    """End the exchange, as the customer chose for this or in the agent's way, of goods that wait and of those to be sent."""
    exchange = _of(case)
    if chosen is not None:
        exchange.fallback = "store_credit" if chosen == "store_credit" else "refund"
    for part in _unsent(state, exchange):
        refuse_part(state, case, part, "by_an_agent", now)
    if not exchange.over and unsettled(state, case):
        fall_back(state, case, "by_an_agent", now)


def release_part(case: ReturnCase, part: ExchangePart, now: datetime) -> None:
    """Give goods back to the stock that were taken out of it to be sent, and are not."""
    exchange = _of(case)
    taken = exchange_keys.confirmation(exchange_keys.sending(case.return_id, part.part))
    reservation = exchange_keys.reservation(case.return_id, exchange.round)
    step = ExchangeStep(
        key=exchange_keys.release(taken),
        kind="release",
        reservation=reservation,
        confirmation=taken,
        planned_at=now,
    )
    exchange.plan(step)


def money_instead(exchange: Exchange) -> Resolution:
    """How goods are paid that are not exchanged. Who chose to wait gets the original payments back."""
    return "store_credit" if exchange.fallback == "store_credit" else "refund"


def unsettled(state: JourneyState, case: ReturnCase) -> UnitsByLine:
    """Units of the return that have no settlement yet."""
    return without(case.units, units_in(s.units for s in state.settlements_of(case.return_id)))


def notify(state: JourneyState, case: ReturnCase, kind: NoticeKind, now: datetime, number: int = 1) -> None:
    """Notify the customer of the exchange. `number`: which reservation, or which part of the goods it is about."""
    key = exchange_keys.notice(case.return_id, case.revision, kind, number)
    state.notify(now, key, kind, case.return_id, number=number)


def _keep_rules(state: JourneyState, case: ReturnCase, part: int) -> None:
    """New goods have the policy's rows of the goods that they leave for."""
    rules = state.terms.rules
    items = case.quote.exchange.items if case.quote.exchange else ()
    for place, item in enumerate(items, 1):
        rules = rules.with_line(exchange_keys.line(case.number, part, place), item.line_id)
    if rules != state.terms.rules:
        state.terms = state.terms.model_copy(update={"rules": rules})


def _of(case: ReturnCase) -> Exchange:
    assert case.exchange is not None, f"return {case.return_id} has no exchange"
    return case.exchange
