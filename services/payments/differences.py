"""Differences from providers' records, as people list and close them."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.model.attention import Owner
from domain.money import Money
from domain.payments.differences import SENTENCES, DifferenceKind
from services.key_names import KeyNames
from services.paging import Page, PageRequest
from store.audit import AuditLine, AuditLog
from store.ledger.differences import PaymentDifferences
from store.merchants.clock import Clocks
from store.tables.all import PaymentDifferenceRow


class DifferenceSide(Frozen):
    """What one side has of a refund."""

    amount: Money
    """The amount, as that side states it."""
    state: str
    """Its state, in that side's words."""


class PaymentDifference(Frozen):
    """A difference between a provider's records and the ledger. Nothing is changed by itself because of it."""

    id: str
    """The difference's id."""
    provider: str
    """The payment provider."""
    kind: DifferenceKind
    """What differs."""
    question: str
    """What it means, and what is asked of its owner."""
    order: str | None
    """Our id of the order; null where none is known."""
    leg: str | None
    """The payment in the ledger; null where it has none."""
    reference: str | None
    """The provider's id of the refund; null where it has none."""
    payment: str | None
    """The provider's id of the payment."""
    ledger: DifferenceSide | None
    """What the ledger has; null where it has nothing."""
    at_provider: DifferenceSide | None
    """What the provider has; null where it has nothing."""
    owner: Owner
    """The role that decides."""
    opened_at: Instant
    """Since when it is open."""
    deadline: Instant
    """Until when it is to be answered; then its owner is asked again."""
    closed_at: Instant | None
    """When it was closed; null while it is open."""
    closed_by: str | None
    """The name of the key that closed it, or `reconcile` where both sides agree by now."""
    note: str | None
    """Why it was closed."""


@dataclass(frozen=True)
class PaymentDifferenceService:
    """The list of differences of one merchant."""

    differences: PaymentDifferences
    key_names: KeyNames
    clocks: Clocks
    audit: AuditLog

    async def page(self, merchant: str, page: PageRequest, *, open: bool) -> Page[PaymentDifference]:
        """Oldest first. Raises BadCursor."""
        found = await self.differences.page(merchant, open=open, limit=page.limit, cursor=page.cursor)
        names = await self.key_names.of(merchant, (row.closed_by for row in found.items))
        return Page([difference_view(row, names) for row in found.items], found.next)

    async def close(self, merchant: str, id: str, actor: Actor, note: str) -> PaymentDifference | None:
        """A person has dealt with it, by no money of ours; None without an open one of that id."""
        now = await self.clocks.business_now(merchant)
        if not await self.differences.close(merchant, id, now, actor.name, note):
            return None
        row = await self.differences.find(merchant, id)
        assert row is not None, "a difference is never deleted"
        line = AuditLine(actor, "payment_difference_closed", now, row.order, id, {"note": note})
        await self.audit.write(merchant, line)
        return difference_view(row, await self.key_names.of(merchant, [row.closed_by]))


def difference_view(row: PaymentDifferenceRow, names: Mapping[str, str]) -> PaymentDifference:
    """The row as people read it. `names`: of keys, by id."""
    kind: DifferenceKind = row.kind  # type: ignore[assignment]
    return PaymentDifference.model_validate(
        {
            **row.model_dump(
                include={"id", "provider", "kind", "owner", "opened_at", "deadline", "closed_at"}
            ),
            "question": SENTENCES[kind],
            **{name: getattr(row, name) or None for name in ("order", "leg", "reference", "payment")},
            "closed_by": names.get(row.closed_by) or row.closed_by or None,
            "note": row.note or None,
            "ledger": _side(row.ours_minor, row.currency, row.ours_state),
            "at_provider": _side(row.theirs_minor, row.currency, row.theirs_state),
        }
    )


def _side(minor: int | None, currency: str, state: str) -> DifferenceSide | None:
    if minor is None:
        return None
    return DifferenceSide(amount=Money(minor=minor, currency=currency), state=state)
