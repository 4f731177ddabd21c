"""A storefront's refunds of one order against what is entered here: each is a settlement of ours, its record, or external."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from domain import payment_keys
from domain.model.shipment import ExternalRefund
from domain.model.state import JourneyState
from domain.money import total
from domain.payments.differences import Difference, DifferenceKind, LedgerRecord, ProviderRecord


def unknown_refunds(state: JourneyState, refunds: Sequence[ExternalRefund]) -> Iterator[Difference]:
    """Refunds of the shop with money that are not entered, or that it states with another amount than is entered."""
    for refund in refunds:
        if not refund.parts or refund.failed:
            continue
        amount = total([part.amount for part in refund.parts], refund.parts[0].amount.currency)
        kind = _kind(state, refund, amount.minor)
        if kind is not None:
            theirs = ProviderRecord(
                key=refund.key,
                reference=refund.refund,
                payment=state.order.order_id,
                amount=amount,
                state="settled",
                at=refund.at,
            )
            yield Difference(kind=kind, theirs=theirs, order=state.order.order)


def _kind(state: JourneyState, refund: ExternalRefund, minor: int) -> DifferenceKind | None:
    record = next((one for one in state.external_refunds if one.refund == refund.refund), None)
    if record is not None:
        return None if record.reported_minor == minor else "other_amount"
    names = {refund.refund, *refund.transactions}
    _, key = payment_keys.leg_of_provider_refund(refund.key)
    leg = next((leg for leg in state.legs() if leg.reference in names or key in leg.all_keys), None)
    if leg is None:
        return "only_in_shop"
    return None if leg.principal.minor == minor else "other_amount"


def gone_records(
    state: JourneyState, recorded: Mapping[str, str], there: Collection[str], now: datetime
) -> Iterator[Difference]:
    """Payments whose record in the shop is not there any more. `recorded`: the shop's id of the record, by leg."""
    for key, reference in recorded.items():
        found = state.find_leg(key)
        if found is None or reference in there:
            continue
        leg = found[1]
        opened = leg.settled_at or leg.accepted_at or now
        ours = LedgerRecord(
            leg=key,
            order=state.order.order,
            reference=reference,
            amount=leg.principal,
            status=leg.status,
            opened=opened,
        )
        yield Difference(kind="gone_from_shop", ours=ours, order=state.order.order)
