"""A return as its customer sees it: an explicit list of fields, none of which names staff, scores or internal reasons."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.return_case import Resolution, ReturnCase, ReturnMethod
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.money_back import MoneyBack, money_back
from domain.returns.views import status_of

CustomerReturnStatus = Literal[
    "in_review", "authorized", "refused", "dropped_off", "received", "settled", "cancelled", "expired"
]
CodeState = Literal["valid", "used", "expired", "revoked"]


class CustomerReturn(Frozen):
    """A return.

    number: the name by which the customer and the shop call it.
    units, received: per line, what was announced and what arrived in good condition.
    refund, credit_bonus: what was quoted; store credit is both together.
    code_state: whether the goods can be handed in with its code.
    code_expires_at: until when.
    money: what goes back for it.
    """

    return_id: str
    number: str
    status: CustomerReturnStatus
    resolution: Resolution
    method: ReturnMethod
    units: dict[str, int]
    received: dict[str, int]
    refund: Money
    credit_bonus: Money
    opened_at: Instant
    code_state: CodeState
    code_expires_at: Instant
    dropped_off_at: Instant | None
    money: tuple[MoneyBack, ...]


def customer_return(state: JourneyState, case: ReturnCase, now: datetime) -> CustomerReturn:
    """The return at that business time."""
    return CustomerReturn(
        return_id=case.return_id,
        number=case.number,
        status=_status(state, case),
        resolution=case.resolution,
        method=case.method,
        units={line: len(units) for line, units in case.units.items()},
        received={line: len(units) for line, units in case.received.items()},
        refund=case.quote.refund,
        credit_bonus=case.quote.credit_bonus,
        opened_at=case.opened_at,
        code_state=case.code_state(now),
        code_expires_at=case.code_expires_at,
        dropped_off_at=case.dropped_off.at if case.dropped_off else None,
        money=money_back(state, state.settlements_of(case.return_id)),
    )


def _status(state: JourneyState, case: ReturnCase) -> CustomerReturnStatus:
    """A payment that needs attention is ours to mend: for the customer the return stands where its goods are."""
    status = status_of(state, case)
    if status != "needs_attention":
        return status
    match case.goods:
        case "received" | "partly_received" | "lost":
            return "received"
        case "dropped_off":
            return "dropped_off"
        case _:
            return "authorized"
