"""What a provider states about a dispute, by a webhook or in its list: kept, and told to the order's journey."""

from dataclasses import dataclass
from datetime import datetime

from domain import keys
from domain.payments.disputes.statements import DisputeReported
from ports.payments import ProviderDispute
from services.clock import real_now
from services.journeys import Journeys
from store.ledger.differences import PaymentDifferences
from store.ledger.provider_legs import ProviderLegs
from store.tables.all import ProviderEventRow


@dataclass(frozen=True)
class DisputeIntake:
    """Takes statements in, each any number of times with the effect of once."""

    legs: ProviderLegs
    statements: PaymentDifferences
    journeys: Journeys

    async def take_in(
        self, merchant: str, provider: str, dispute: ProviderDispute, now: datetime | None, delivery: str
    ) -> str | None:
        """Our order; None where no order has its payment. `now`: a sandbox merchant's clock. Raises JourneyUnavailable."""
        names = [one for one in (dispute.payment, dispute.payment_alias) if one]
        found = await self.legs.orders_of(merchant, set(names))
        order = next((found[name] for name in names if name in found), None)
        if order is None:
            return None
        await self.statements.record_event(_row(merchant, provider, dispute, order, delivery))
        report = DisputeReported(
            provider=provider,
            reference=dispute.reference,
            payment=dispute.payment,
            payment_alias=dispute.payment_alias,
            statement=dispute.statement,
            now=now,
        )
        await self.journeys.signal(merchant, order, report)
        return order


def _row(
    merchant: str, provider: str, dispute: ProviderDispute, order: str, delivery: str
) -> ProviderEventRow:
    return ProviderEventRow(
        merchant=merchant,
        provider=provider,
        key=keys.provider_event(ProviderDispute.__name__, dispute.model_dump_json(), "dispute"),
        kind="dispute",
        **dispute.model_dump(
            include={"reference", "payment", "state", "raw_state", "reason", "at", "respond_by"}
        ),
        order=order,
        minor=dispute.amount.minor,
        currency=dispute.amount.currency,
        verdict="dispute",
        delivery=delivery,
        received_at=real_now(),
    )
