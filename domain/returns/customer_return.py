"""A return as its customer sees it: an explicit list of fields, none of which names staff, scores or internal reasons."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.bonus_table import BonusRow
from domain.model.refund_part import RefundPart
from domain.model.return_case import ReturnCase
from domain.model.return_choices import PayOn, Resolution, ReturnMethod
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.date_promises import open_date
from domain.payments.money_back import MoneyBack, money_back
from domain.returns.customer_exchange import CustomerExchange, customer_exchange
from domain.returns.views import status_of

CustomerReturnStatus = Literal[
    "in_review", "authorized", "refused", "dropped_off", "received", "settled", "cancelled", "expired"
]
CodeState = Literal["valid", "used", "expired", "revoked"]


class CustomerReturn(Frozen):
    """A return."""

    return_id: str
    """Our id of the return."""
    number: str
    """The name by which the customer and the shop call it."""
    status: CustomerReturnStatus
    """How far it is."""
    resolution: Resolution
    """What the customer gets for the goods."""
    method: ReturnMethod
    """How the goods come back."""
    pay_on: PayOn
    """What the money waits for: that the goods are handed over, are with a carrier, or were received and accepted."""
    units: dict[str, int]
    """Per line, what was announced and what arrived in good condition."""
    received: dict[str, int]
    """Per line, what was announced and what arrived in good condition."""
    refund: Money
    """What was quoted; store credit is both together."""
    credit_bonus: Money
    """What was quoted; store credit is both together."""
    parts: tuple[RefundPart, ...]
    """What is paid back for what, and what is deducted, as quoted; together `refund`."""
    fast_return: tuple[BonusRow, ...]
    """What goods add that are dropped off soon, by the date of the drop-off; empty where there is no such bonus."""
    opened_at: Instant
    """When it was opened."""
    code_state: CodeState
    """Whether the goods can be handed in with its code."""
    code_expires_at: Instant
    """Until when."""
    dropped_off_at: Instant | None
    """When goods were dropped off; null before."""
    exchange: CustomerExchange | None
    """The exchange of its goods for others; null where there is none."""
    sent_at: Instant | None
    """When the goods were sent, as far as there is a proof of it."""
    refusal_text: str = ""
    """What the shop wrote to the customer about a refusal; empty where it was not refused, and where nothing was written."""
    leaves_by: Instant | None
    """The end of the day by which its money leaves, once that was told; null before, and after it has left."""
    money: tuple[MoneyBack, ...]
    """What goes back for it."""
    withdrawn_at: Instant | None = None
    """When the customer's withdrawal from the contract was received; null for every other return."""


def customer_return(state: JourneyState, case: ReturnCase, now: datetime) -> CustomerReturn:
    """The return at that business time."""
    return CustomerReturn(
        return_id=case.return_id,
        number=case.number,
        status=_status(state, case),
        resolution=case.resolution,
        method=case.method,
        pay_on=case.quote.pay_on,
        units={line: len(units) for line, units in case.units.items()},
        received={line: len(units) for line, units in case.received.items()},
        refund=case.quote.refund,
        credit_bonus=case.quote.credit_bonus,
        parts=case.quote.parts,
        fast_return=case.fast_return_rows,
        opened_at=case.opened_at,
        code_state=case.code_state(now),
        code_expires_at=case.code_expires_at,
        dropped_off_at=case.dropped_off.at if case.dropped_off else None,
        exchange=customer_exchange(state, case),
        sent_at=case.sent.at if case.sent else None,
        refusal_text=case.customer_text if case.decision == "refused" else "",
        leaves_by=told.due if (told := open_date(state, "money_leaves", case.return_id)) else None,
        money=money_back(state, state.settlements_of(case.return_id)),
        withdrawn_at=case.withdrawal.received_at if case.withdrawal else None,
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
