"""I3: a settled leg is exactly one effect at the provider, one that failed is none, and nothing is paid that no leg knows."""

from collections.abc import Iterator

from domain.settlements import Leg
from runtime.verify.lives import Life, Look
from runtime.verify.report import Broken, money
from runtime.verify.sources import ProviderRefund
from store.tables import LegRow

_FITS = {  # a leg's status in the snapshot, and what the ledger may say of its key
    "planned": {"reserved", "sent", "settled", "released"},
    "sent": {"reserved", "sent", "settled", "released"},
    "unknown": {"reserved", "sent", "settled", "released"},
    "settled": {"settled"},
    "failed": {"released"},
    "skipped": {"released"},
}


def check(life: Life, look: Look) -> Iterator[Broken]:
    """The ledger's legs against the provider, and the snapshot's legs against the ledger."""
    for row in life.legs:
        yield from _effects(row, look.refunds.get(f"{row.merchant}/{row.key}", []))
        if look.quiesced and row.status in ("reserved", "sent"):
            yield _broken(row.key, f"leg {row.key} is still {row.status} in the ledger although all is quiet")
    if life.state is None:
        return
    rows = {row.key: row for row in life.legs}
    current = {leg.key: leg for leg in life.state.legs()}
    for leg in current.values():
        yield from _agrees(leg, rows.get(leg.key))
        yield from _asked_about(life, leg)
        if look.quiesced and leg.status in ("planned", "sent", "unknown"):
            yield _broken(leg.key, f"leg {leg.key} is still {leg.status} although all is quiet")
    names = {key.rpartition("/")[0] for key in current}
    for row in life.legs:
        if row.key.rpartition("/")[0] not in names:
            yield _broken(row.key, f"leg {row.key} is in the ledger but in no settlement of order {life.id}")
        elif row.key not in current and row.status != "released":
            yield _broken(row.key, f"leg {row.key} was given up for a later epoch but is {row.status}")


def _effects(row: LegRow, refunds: list[ProviderRefund]) -> Iterator[Broken]:
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


def _agrees(leg: Leg, row: LegRow | None) -> Iterator[Broken]:
    status = row.status if row else "absent"
    fits = leg.status not in ("settled",) if row is None else status in _FITS[leg.status]
    if not fits:
        yield _broken(leg.key, f"leg {leg.key} is {leg.status} in its order but {status} in the ledger")
    elif row and (row.principal, row.bonus) != (leg.principal.minor, leg.bonus.minor):
        yield _broken(leg.key, f"leg {leg.key} has another amount in the ledger than in its order")


def _asked_about(life: Life, leg: Leg) -> Iterator[Broken]:
    """A leg that failed or is unknown waits for somebody, until some day."""
    assert life.state is not None
    questions = {"failed": "payment_failed", "unknown": "payment_unknown"}
    if leg.status in questions and f"{questions[leg.status]}/{leg.key}" not in {
        item.id for item in life.state.attention
    }:
        yield _broken(leg.key, f"leg {leg.key} is {leg.status} and nobody is asked about it")


def strangers(known: set[str], look: Look) -> Iterator[Broken]:
    """Refunds that the provider made and no leg knows. `known`: `{merchant}/{leg key}` of every leg."""
    for leg, refunds in look.refunds.items():
        if leg not in known:
            for refund in refunds:
                amount = money(refund.amount, refund.currency)
                says = f"the provider refunded {amount} as {refund.id} for leg {leg or '(none)'}, which we do not know"
                yield _broken(refund.id, says)


def _broken(subject: str, says: str) -> Broken:
    return Broken(invariant="I3", subject=subject, says=says)
