"""Facts about the money of returns: what was chosen, what came of it, how fast it left and what went wrong."""

from collections.abc import Iterator
from datetime import datetime

from domain.clock import local_day
from domain.figures.deliveries import promised_day
from domain.figures.fact import FigureFact, duration_step
from domain.figures.taken_back import taken_back
from domain.model.leg import Leg
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.payments.money_status import is_fully_paid
from domain.returns.deadlines import refund_limit


def return_facts(state: JourneyState) -> Iterator[FigureFact]:
    """Of each return that stands: what the customer chose, with a bonus for store credit in sight or without, and its money."""
    for case in state.returns:
        if not case.live:
            continue
        country, paid = state.order.destination.country, _paid_at(state, case)
        opened = FigureFact(
            "return", case.return_id, local_day(case.opened_at, state.zone), country=country,
            reason=case.resolution, currency=state.order.currency, bucket=int(_bonus_in_sight(case)),
        )  # fmt: skip
        yield opened
        yield from _limit_facts(state, case, paid)
        ended = paid or _exchanged_at(case)
        if ended is not None:
            yield opened._replace(kind="resolved", day=local_day(ended, state.zone), currency="", bucket=0)
        if paid is not None and case.handed_over_at is not None:
            taken = paid - case.handed_over_at
            yield opened._replace(
                kind="scan_to_money",
                day=local_day(paid, state.zone),
                currency="",
                bucket=duration_step(taken),
            )


def _bonus_in_sight(case: ReturnCase) -> bool:
    return case.quote.credit_bonus.minor > 0 or any(offer.bonus.minor > 0 for offer in case.quote.offers)


def _legs(state: JourneyState, case: ReturnCase) -> list[Leg]:
    return [leg for paid in state.settlements_of(case.return_id) if not paid.takes_back for leg in paid.legs]


def _paid_at(state: JourneyState, case: ReturnCase) -> datetime | None:
    """When the last of its money had moved; None while some is open, or where none moves."""
    times = [leg.settled_at for leg in _legs(state, case) if leg.status == "settled" and leg.settled_at]
    return max(times) if times and is_fully_paid(state, case) else None


def _exchanged_at(case: ReturnCase) -> datetime | None:
    accepted = (
        [part.requested_at for part in case.exchange.parts if part.status != "rejected"]
        if case.exchange
        else []
    )
    return max(accepted, default=None)


def _limit_facts(state: JourneyState, case: ReturnCase, paid: datetime | None) -> Iterator[FigureFact]:
    limit = refund_limit(state, case)
    if limit is None:
        return
    given = FigureFact(
        "refund_limit", case.return_id, promised_day(limit.at, state.zone),
        country=state.order.destination.country, reason=limit.by,
    )  # fmt: skip
    yield given
    if paid is not None and paid <= limit.at:
        yield given._replace(kind="refund_in_time")


def payment_facts(state: JourneyState) -> Iterator[FigureFact]:
    """Of each payment to the customer: that it was to be paid, whether it went wrong, and by which way it went back."""
    country = state.order.destination.country
    for paid in state.settlements:
        if paid.takes_back:
            continue
        for leg in paid.legs:
            planned = FigureFact(
                "refund", f"{leg.occasion} {leg.tender_id}", local_day(leg.planned_at, state.zone),
                country=country, reason=leg.to,
            )  # fmt: skip
            yield planned
            if _went_wrong(leg):
                yield planned._replace(kind="refund_trouble")
            if paid.return_id and leg.status == "settled" and leg.settled_at:
                yield planned._replace(
                    kind="money_back", day=local_day(leg.settled_at, state.zone),
                    currency=leg.principal.currency,
                    value=_still_given(state, paid.return_id, leg.principal.minor),
                )  # fmt: skip
    yield from _exchanged_goods(state)


def _still_given(state: JourneyState, return_id: str, minor: int) -> int:
    """That part of what a return gave, less its share of what the shop got back of all of it."""
    taken = taken_back(state, return_id)
    if not taken:
        return minor
    case = state.require_case(return_id)
    legs = [leg for leg in _legs(state, case) if leg.status == "settled"]
    given = sum(leg.principal.minor + leg.bonus.minor for leg in legs) + _carried(case)
    return minor - min(minor, minor * taken // given) if given else minor


def _went_wrong(leg: Leg) -> bool:
    """It was refused, or came back, whatever became of it later."""
    return (
        leg.status in ("failed", "reversed")
        or bool(leg.retries or leg.replaces)
        or leg.reversed_at is not None
    )


def _exchanged_goods(state: JourneyState) -> Iterator[FigureFact]:
    """What returned goods were worth that other goods left for: the shop keeps that money."""
    for case in state.returns:
        at = _exchanged_at(case)
        if at is not None and case.quote.exchange is not None:
            yield FigureFact(
                "money_back", case.return_id, local_day(at, state.zone), country=state.order.destination.country,
                reason="exchange", currency=state.order.currency,
                value=_still_given(state, case.return_id, _carried(case)),
            )  # fmt: skip


def _carried(case: ReturnCase) -> int:
    """What of the returned goods' worth paid for other goods that have left."""
    quoted = case.quote.exchange
    if quoted is None or _exchanged_at(case) is None:
        return 0
    return sum(item.carries.minor for item in quoted.items) - quoted.pays_back.minor
