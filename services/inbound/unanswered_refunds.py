"""Reports of a refund that may be one of ours whose answer is still under way."""

from datetime import timedelta
from typing import Final

from services.clock import real_now
from services.inbound.outcomes import AppliedLater, DeliveryDead, Outcome
from store.inbox.inbox import InboundDelivery

_KEPT_WAITING: Final = timedelta(hours=72)  # then a person may replay the delivery


def waits_for_answer(delivery: InboundDelivery) -> Outcome:
    """It waits for the answer to our own refund; after three days it is a dead letter."""
    received = delivery.received_at or real_now()
    if real_now() - received > _KEPT_WAITING:
        return DeliveryDead(
            "a refund of our own of that amount has no answer, so it is not known whose this is"
        )
    return AppliedLater("a refund of our own of that amount has no answer yet")
