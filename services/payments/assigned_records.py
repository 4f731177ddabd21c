"""Which leg of ours a provider's refund is about: by our key, or where the provider keeps none, by its own reference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.payments.differences import Difference, ProviderRecord, leg_of
from ports.payments import ProviderRefund
from store.ledger.provider_legs import ProviderLegs


@dataclass(frozen=True)
class Assigned:
    """What some refunds are about.

    of_legs: those that are about a leg, with its key.
    differences: those that are about an order of ours and that the ledger does not have.
    elsewhere: how many are about payments of no order here.
    """

    of_legs: Sequence[tuple[str, ProviderRecord]]
    differences: Sequence[Difference]
    elsewhere: int


@dataclass(frozen=True)
class RecordAssigner:
    """Finds the legs of refunds, many at once."""

    legs: ProviderLegs

    async def assign(self, merchant: str, records: Sequence[ProviderRecord]) -> Assigned:
        """What these refunds of one account are about."""
        own, rest = list[tuple[str, ProviderRecord]](), list[ProviderRecord]()
        for record in records:
            leg = leg_of(merchant, record)
            if leg is not None:
                own.append((leg, record))
            else:
                rest.append(record)
        if not rest:
            return Assigned(own, (), 0)
        orders = await self.legs.orders_of(merchant, {record.payment for record in rest})
        ours = [(orders[record.payment], record) for record in rest if record.payment in orders]
        by_reference = await self._by_reference(merchant, ours)
        of_legs = [(by_reference[one.reference], one) for _, one in ours if one.reference in by_reference]
        unknown = [(order, one) for order, one in ours if one.reference not in by_reference]
        found = [*await self._unknown(merchant, unknown)]
        return Assigned([*own, *of_legs], found, len(rest) - len(ours))

    async def _by_reference(
        self, merchant: str, ours: Sequence[tuple[str, ProviderRecord]]
    ) -> dict[str, str]:
        """The leg of each reference that the ledger has; never for a refund whose key is another merchant's."""
        wanted = {record.reference for _, record in ours if not record.key}
        legs = await self.legs.of_orders(merchant, {order for order, _ in ours})
        return {leg.reference: leg.key for leg in legs if leg.provider and leg.reference in wanted}

    async def _unknown(
        self, merchant: str, unknown: Sequence[tuple[str, ProviderRecord]]
    ) -> Iterator[Difference]:
        """What is entered as made outside is known. What failed has moved no money."""
        without_key = {(order, record.reference) for order, record in unknown if not record.key}
        known = await self.legs.external(merchant, without_key)
        return (
            Difference(kind="other_account" if record.key else "missing_here", theirs=record, order=order)
            for order, record in unknown
            if record.key or (record.state != "failed" and (order, record.reference) not in known)
        )


def record_of(refund: ProviderRefund) -> ProviderRecord:
    """The refund as comparisons need it; made without validation, as the adapter has validated it."""
    return ProviderRecord.model_construct(
        key=refund.key,
        reference=refund.reference,
        payment=refund.payment,
        amount=refund.amount,
        state=refund.state,
        at=refund.at,
    )
