"""I3: a settled leg is exactly one refund at the provider, a failed leg is none, and every refund there belongs to a leg.

A reversed leg is none either: its refund failed there after it had counted as paid. Only the sandbox provider's records are read
here. Those of other providers are the merchants' accounts: `smot reconcile payments` compares them.
"""

from collections.abc import AsyncIterator, Iterator

from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.model.attention import AttentionKind
from domain.model.leg import Leg
from domain.model.leg_data import LegStatus
from domain.payments.disputes.holds import held_legs
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money
from runtime.verify.sources import RecordedRefund
from store.tables.all import LegRow

_SANDBOX = "sandbox"
_LEDGER_STATUSES = {  # a leg's status in the snapshot, and the statuses that its key may have in the ledger
    "planned": {"reserved", "sent", "settled", "released"},
    "sent": {"reserved", "sent", "settled", "released"},
    "accepted": {"sent", "settled", "released"},
    "unknown": {"reserved", "sent", "settled", "released"},
    "settled": {"settled"},
    "reversed": {"reversed"},
    "failed": {"released"},
    "skipped": {"released"},
}

_QUESTIONS: dict[LegStatus, tuple[AttentionKind, ...]] = {
    "failed": ("payment_failed", "refund_returned"),
    "unknown": ("payment_unknown",),
    "reversed": ("refund_returned",),
}


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The ledger's legs against the provider, and the snapshot's legs against the ledger."""
    state = records.state
    current = {leg.key: leg for leg in state.legs()} if state else {}
    for row in records.legs:
        if row.provider in ("", _SANDBOX):
            refunds = records.refunds.get(payment_keys.provider_refund(row.merchant, row.key), [])
            yield from _provider_refunds(row, refunds)
        elif row.status == "settled" and not row.reference:
            yield _broken(row.key, f"leg {row.key} is settled but has no reference of {row.provider}")
        if context.quiesced and row.status in ("reserved", "sent") and not _may_rest(current.get(row.key)):
            message = f"leg {row.key} is still {row.status} in the ledger although the system is idle"
            yield _broken(row.key, message)
    if state is None:
        return
    rows = {row.key: row for row in records.legs}
    held = {leg.key for dispute in state.disputes for leg in held_legs(state, dispute)}
    for leg in current.values():
        yield from _matches_ledger(leg, rows.get(leg.key))
        yield from _matches_statements(leg)
        kinds = _QUESTIONS.get(leg.status)
        if kinds is not None and not any(state.has_open(kind, leg.key) for kind in kinds):
            yield _broken(leg.key, f"leg {leg.key} is {leg.status} but no question about it is open")
        if context.quiesced and leg.key not in held and leg.status in ("planned", "sent"):
            yield _broken(leg.key, f"leg {leg.key} is still {leg.status} although the system is idle")
    yield from _without_settlement(records, set(current))


def count_elsewhere(records: OrderRecords) -> int:
    """How many legs are paid by providers whose records are not read here."""
    return sum(row.provider not in ("", _SANDBOX) for row in records.legs)


def _may_rest(leg: Leg | None) -> bool:
    """The provider has accepted the payment and may take days to finish it, or a person is asked about it."""
    return leg is not None and leg.status in ("accepted", "unknown")


def _is_replaced(row: LegRow, records: OrderRecords) -> bool:
    """The money came back and is reserved until the leg's next epoch leaves, which may wait for a person."""
    legs = records.state.legs() if records.state else []
    return row.status == "reversed" and any(
        leg.replaces == row.key and leg.status == "planned" for leg in legs
    )


def _without_settlement(records: OrderRecords, current: set[str]) -> Iterator[BrokenInvariant]:
    """Every leg of the ledger is a leg of a settlement, or an earlier epoch of one that was released."""
    names = {payment_keys.leg_without_epoch(key) for key in current}
    for row in records.legs:
        if payment_keys.leg_without_epoch(row.key) not in names:
            message = f"leg {row.key} is in the ledger but in no settlement of order {records.id}"
            yield _broken(row.key, message)
        elif row.key not in current and row.status != "released" and not _is_replaced(row, records):
            yield _broken(row.key, f"leg {row.key} was replaced by a later epoch but is {row.status}")


def _provider_refunds(row: LegRow, refunds: list[RecordedRefund]) -> Iterator[BrokenInvariant]:
    """As many refunds as the leg's status allows, with the leg's amount and reference; those that failed pay nothing."""
    refunds = [refund for refund in refunds if refund.status != "failed"]
    may_be_paid = bool(row.provider) and row.status in ("sent", "settled")
    most, least = int(may_be_paid), int(may_be_paid and row.status == "settled")
    if not least <= len(refunds) <= most:
        yield _broken(
            row.key, f"leg {row.key} is {row.status} but the provider made {len(refunds)} refunds for it"
        )
    for refund in refunds:
        if (refund.amount, refund.currency) != (row.principal, row.currency):
            paid, due = money(refund.amount, refund.currency), money(row.principal, row.currency)
            yield _broken(row.key, f"leg {row.key} is {due} but the provider paid {paid} as {refund.id}")
        if row.status == "settled" and refund.id != row.reference:
            yield _broken(
                row.key, f"leg {row.key} was settled as {row.reference} but the provider has {refund.id}"
            )


def _matches_ledger(leg: Leg, row: LegRow | None) -> Iterator[BrokenInvariant]:
    status = row.status if row else "absent"
    opened = ("settled", "accepted", "reversed")
    fits = leg.status not in opened if row is None else status in _LEDGER_STATUSES[leg.status]
    if not fits:
        yield _broken(leg.key, f"leg {leg.key} is {leg.status} in its order but {status} in the ledger")
    elif row and (row.principal, row.bonus) != (leg.principal.minor, leg.bonus.minor):
        yield _broken(leg.key, f"leg {leg.key} has another amount in the ledger than in its order")


def _matches_statements(leg: Leg) -> Iterator[BrokenInvariant]:
    """A leg says what its provider's statements come to, unless a look-up is to book that."""
    news = leg.news
    if news is not None and leg.lookup == "none" and news.amount == leg.principal:
        yield _broken(
            leg.key, f"leg {leg.key} is {leg.status} but the provider states {news.state} as {news.reference}"
        )


async def unknown_refunds(
    session: AsyncSession, pages: AsyncIterator[list[RecordedRefund]], counts: dict[str, int]
) -> AsyncIterator[BrokenInvariant]:
    """Refunds that the provider made for no leg. The refunds are added to `counts`."""
    async for page in pages:
        counts["refunds"] += len(page)
        known = await _known_legs(session, {refund.leg for refund in page})
        for refund in page:
            if refund.leg not in known:
                amount, leg = money(refund.amount, refund.currency), refund.leg or "(none)"
                message = f"the provider refunded {amount} as {refund.id} for leg {leg}, which does not exist"
                yield _broken(refund.id, message)


async def _known_legs(session: AsyncSession, provider_keys: set[str]) -> set[str]:
    """Those of the provider's keys that belong to a leg of ours."""
    legs = {payment_keys.leg_of_provider_refund(key) for key in provider_keys if "/" in key}
    query = select(LegRow.merchant, LegRow.key).where(
        tuple_(col(LegRow.merchant), col(LegRow.key)).in_(sorted(legs))
    )
    return {payment_keys.provider_refund(*leg) for leg in (await session.exec(query)).all()}


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I3", subject=subject, message=message)
