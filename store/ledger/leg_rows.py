"""The row of a leg, locked for one step of the ledger."""

from typing import Literal

from sqlalchemy import bindparam, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.model.payment import TAKES_BACK, PaymentRequest
from domain.payment_keys import LedgerStep
from failpoints.points import hit
from ports.ledger import LegClosed
from store.engine.direct_statements import first_row, write
from store.engine.inserts import table_of
from store.tables.ledger import LedgerEntry, LegRow

_LEGS = table_of(LegRow)
_THIS = (_LEGS.c.merchant == bindparam("this_merchant"), _LEGS.c.key == bindparam("this_key"))
_LOCKED = select(_LEGS).where(*_THIS).with_for_update()
_SAVE = update(_LEGS).where(*_THIS)
_CHANGING = {"bonus", "status", "reference", "decline", "reversals", "sent_at", "last_sent_at"}


async def locked_leg(session: AsyncSession, merchant: str, key: str) -> LegRow | None:
    """The leg with that key. What is changed in it is written by `save_leg`."""
    row = await first_row(session, _LOCKED, this_merchant=merchant, this_key=key)
    return None if row is None else LegRow(**row._asdict())


async def save_leg(session: AsyncSession, leg: LegRow) -> None:
    """Write what may change in a leg."""
    changed = leg.model_dump(include=_CHANGING)
    await write(session, _SAVE, {"this_merchant": leg.merchant, "this_key": leg.key, **changed})


async def find_leg(session: AsyncSession, request: PaymentRequest) -> LegRow | None:
    """The leg with that key. Raises ValueError when the key was opened for another payment."""
    leg = await locked_leg(session, request.merchant, request.key)
    if leg is None:
        return None
    stored = (
        leg.order,
        leg.purpose,
        leg.tender_id,
        leg.principal,
        request.bonus.minor if _may_differ(leg) else leg.bonus,
        leg.currency,
        leg.provider,
    )
    requested = (
        request.order,
        request.purpose,
        request.tender_id,
        request.principal.minor,
        request.bonus.minor,
        request.principal.currency,
        provider_of(request),
    )
    if stored != requested:
        raise ValueError(f"leg {request.key} was opened as another payment")
    return leg


def _may_differ(leg: LegRow) -> bool:
    """A bonus that was taken back is less than was asked for where a part of it had expired."""
    return leg.purpose in TAKES_BACK and leg.status == "settled"


async def require_leg(session: AsyncSession, request: PaymentRequest) -> LegRow:
    """The leg, which was reserved before. Raises LookupError when it was not."""
    leg = await find_leg(session, request)
    if leg is None:
        raise LookupError(f"leg {request.key} was never reserved")
    return leg


async def unfinished_leg(
    session: AsyncSession, request: PaymentRequest, end: Literal["settled", "released"]
) -> LegRow | None:
    """The leg that is to reach this end; None when it has. Raises LegClosed when it has reached the other end."""
    leg = await require_leg(session, request)
    if leg.status == end:
        return None
    if leg.status in ("settled", "released"):
        raise LegClosed(f"{request.key} is {leg.status}")
    return leg


def provider_of(request: PaymentRequest) -> str:
    """The provider that is to pay; none for store credit and for what has moved already."""
    return request.provider or "" if request.to == "provider" else ""


def entry_of(step: LedgerStep, request: PaymentRequest, round: int = 1) -> LedgerEntry:
    """An entry of one leg, for the occasion of that leg. `round`: which time it is posted or reversed."""
    return LedgerEntry(
        merchant=request.merchant,
        order=request.order,
        key=payment_keys.ledger_entry(step, payment_keys.ledger_round(request.key, round)),
        kind=step,
        at=request.now,
        cause=request.occasion,
    )


def written() -> None:
    """A point at which tests stop the process: an outcome is in a transaction that is not committed."""
    hit("pay.written")
