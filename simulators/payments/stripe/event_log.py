"""Events: what happened, for whom it is waiting, and GET /v1/events."""

import json
from collections.abc import Mapping

from simulators.payments.stripe.call import API_VERSION, Body, StripeCall
from simulators.payments.stripe.world import StripeObject, StripeWorld, new_id


class EventLog:
    """Writes the events of one request or step. call: the request that caused them; None where Stripe itself did."""

    def __init__(self, world: StripeWorld, call: StripeCall | None = None) -> None:
        self._world = world
        self._cause = {
            "id": call.request if call else None,
            "idempotency_key": (call.key or None) if call else None,
        }

    def write(self, kind: str, about: StripeObject, before: Mapping[str, object] | None = None) -> None:
        """One event about an object, and a delivery to each endpoint that wants it. before: fields as they were."""
        data: Body = {"object": about.body}
        if before is not None:
            data["previous_attributes"] = dict(before)
        event: Body = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self._world.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": self._cause,
            "type": kind,
        }
        stored = StripeObject(event["id"], "event", about.account, event["created"], "", event, {})
        self._world.add(stored)
        self._queue(stored)

    def _queue(self, event: StripeObject) -> None:
        wanted = [
            number
            for number, settings in self._world.endpoints(event.account)
            if {"*", event.body["type"]} & set(settings["events"])
        ]
        for number in wanted:
            self._world.queue_delivery(event.id, number)
        if wanted:
            self._world.change(event, pending_webhooks=len(wanted))


def text_of(event: Body) -> str:
    """The bytes that are sent and signed, as text: indented, as Stripe sends them."""
    return json.dumps(event, indent=2, ensure_ascii=False)
