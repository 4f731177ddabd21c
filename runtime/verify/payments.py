"""I3: a settled leg is exactly one effect at the provider, one that failed is none, and nothing is paid that no leg knows."""

from collections.abc import Iterator

from domain import keys
from domain.model.attention import AttentionKind
from domain.model.settlement import Leg, LegStatus
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money
from runtime.verify.sources import ProviderRefund
from store.tables.all import LegRow

_LEDGER_STATUSES = {  # a leg's status in the snapshot, and what the ledger may say of its key
    "planned": {"reserved", "sent", "settled", "released"},
    "sent": {"reserved", "sent", "settled", "released"},
    "pending": {"sent", "settled", "released"},
    "unknown": {"reserved", "sent", "settled", "released"},
    "settled": {"settled"},
    "failed": {"released"},
    "skipped": {"released"},
}

_QUESTIONS: dict[LegStatus, AttentionKind] = {"failed": "payment_failed", "unknown": "payment_unknown"}


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The ledger's legs against the provider, and the snapshot's legs against the ledger."""
    for row in records.legs:
        yield from _provider_refunds(
            row, context.refunds.get(keys.provider_refund(row.merchant, row.key), [])
        )
        if context.quiesced and row.status in ("reserved", "sent"):
            yield _broken(row.key, f"leg {row.key} is still {row.status} in the ledger although all is quiet")
    if records.state is None:
        return
    rows = {row.key: row for row in records.legs}
    current = {leg.key: leg for leg in records.state.legs()}
    for leg in current.values():
        yield from _matches_ledger(leg, rows.get(leg.key))
        yield from _attention(records, leg)
        if context.quiesced and leg.status in ("planned", "sent", "unknown"):
            yield _broken(leg.key, f"leg {leg.key} is still {leg.status} although all is quiet")
    names = {keys.leg_without_epoch(key) for key in current}
    for row in records.legs:
        if keys.leg_without_epoch(row.key) not in names:
            yield _broken(
                row.key, f"leg {row.key} is in the ledger but in no settlement of order {records.id}"
            )
        elif row.key not in current and row.status != "released":
            yield _broken(row.key, f"leg {row.key} was given up for a later epoch but is {row.status}")


def _provider_refunds(row: LegRow, refunds: list[ProviderRefund]) -> Iterator[BrokenInvariant]:
    most, least = (1, int(row.status == "settled")) if row.status in ("sent", "settled") else (0, 0)
    if not row.provider:
        most, least = 0, 0
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
                row.key, f"leg {row.key} was settled as {row.reference} but the provider says {refund.id}"
            )


def _matches_ledger(leg: Leg, row: LegRow | None) -> Iterator[BrokenInvariant]:
    status = row.status if row else "absent"
    fits = leg.status not in ("settled",) if row is None else status in _LEDGER_STATUSES[leg.status]
    if not fits:
        yield _broken(leg.key, f"leg {leg.key} is {leg.status} in its order but {status} in the ledger")
    elif row and (row.principal, row.bonus) != (leg.principal.minor, leg.bonus.minor):
        yield _broken(leg.key, f"leg {leg.key} has another amount in the ledger than in its order")


def _attention(records: OrderRecords, leg: Leg) -> Iterator[BrokenInvariant]:
    """A leg that failed or is unknown waits for somebody, until some day."""
    assert records.state is not None
    kind = _QUESTIONS.get(leg.status)
    if kind is not None and not records.state.has_open(kind, leg.key):
        yield _broken(leg.key, f"leg {leg.key} is {leg.status} and nobody is asked about it")


def unknown_refunds(known: set[str], context: CheckContext) -> Iterator[BrokenInvariant]:
    """Refunds that the provider made and no leg knows. `known`: `{merchant}/{leg key}` of every leg."""
    for leg, refunds in context.refunds.items():
        if leg not in known:
            for refund in refunds:
                amount = money(refund.amount, refund.currency)
                says = f"the provider refunded {amount} as {refund.id} for leg {leg or '(none)'}, which we do not know"
                yield _broken(refund.id, says)


def _broken(subject: str, says: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I3", subject=subject, message=says)
