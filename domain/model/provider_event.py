"""What a payment provider said about one refund, and when: facts that are only ever added."""

from collections.abc import Iterable
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.money import Money

ProviderEventState = Literal["accepted", "settled", "failed"]


class ProviderEvent(Frozen):
    """One statement of a provider about one refund.

    reference: the provider's id of the refund.
    leg: the key of the leg within its order.
    amount: as the provider states it.
    state: accepted, settled or failed, as `ports.payments.ProviderState` has them.
    raw_state: the provider's own word for the state.
    reason: the provider's word for why it failed or waits.
    bank_reference: the number by which the customer's bank finds the refund, once there is one.
    at: since when the refund is in this state, by the provider's time; by our own where the provider states none.
    """

    reference: str
    leg: str
    amount: Money
    state: ProviderEventState
    raw_state: str = ""
    reason: str = ""
    bank_reference: str = ""
    at: Instant


def newest(events: Iterable[ProviderEvent], leg: str) -> ProviderEvent | None:
    """What these events come to for that leg, in whatever order they came.

    The newest of success and failure by the provider's time; a failure at the same instant, as money that came back was
    paid before. Without either, the newest.
    """
    own = [event for event in events if event.leg == leg]
    ends = [event for event in own if event.state != "accepted"]
    return max(ends or own, key=lambda event: (event.at, event.state == "failed"), default=None)
