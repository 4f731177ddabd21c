"""Demands of a storefront for its customers: each becomes a request, and the erasure of one person begins at once."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from domain import keys
from domain.actors import Actor, Role
from ports.inbound_webhooks import InvalidPayload
from ports.privacy_demands import PrivacyDemand, PrivacyDemandReader
from services.inbound.outcomes import DeliveryDead, DeliveryIgnored, InboundHandler, Outcome
from services.privacy.persons import PersonIdentity
from services.privacy.requests import NewPrivacyRequest, PrivacyRequestService
from store.inbox.inbox import InboundDelivery

_REASON: Final = "demanded by the storefront"
_NOTED: Final = "kept as a privacy request"


@dataclass(frozen=True)
class PrivacyDemandHandler:
    """Takes the demands of one storefront, twice with the effect of once; all else goes to `orders`."""

    reader: PrivacyDemandReader
    requests: PrivacyRequestService
    orders: InboundHandler

    async def apply(self, delivery: InboundDelivery) -> Outcome:
        """See `InboundHandler`. The body of a demand is not kept: the request has all of it, sealed."""
        demand = self.reader.demand(delivery.topic, delivery.body)
        if demand is None:
            return await self.orders.apply(delivery)
        identity = _identity(demand)
        if identity.is_empty and demand.scope == "person":
            return DeliveryDead("body.customer: it names no person")
        actor = Actor(role=Role.STOREFRONT, name=delivery.source)
        request = keys.storefront_privacy_request(delivery.merchant, delivery.source, delivery.delivery_id)
        new = NewPrivacyRequest(
            kind=demand.kind, scope=demand.scope, person=identity, source="shopify", id=request,
            received_at=delivery.business_received_at,
        )  # fmt: skip
        await self.requests.make(delivery.merchant, actor, new)
        if demand.kind == "erasure" and demand.scope == "person":
            await self.requests.approve(delivery.merchant, request, actor, _REASON)
        return DeliveryIgnored(_NOTED, followed=False)


def _identity(demand: PrivacyDemand) -> PersonIdentity:
    """What is no address or number as we read them is left out: Shopify writes phones as people typed them."""
    stated: dict[str, Any] = {"email": demand.email, "phone": demand.phone, "customer_id": demand.customer_id}
    found: dict[str, Any] = {"orders": demand.orders}
    for name, text in stated.items():
        try:
            PersonIdentity(**{name: text or None})
        except ValidationError:
            continue
        found[name] = text or None
    try:
        return PersonIdentity(**found)
    except ValidationError:
        raise InvalidPayload("body: not ids of orders") from None
