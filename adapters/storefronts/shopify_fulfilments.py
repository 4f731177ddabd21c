"""Fulfilments of Shopify, which arrive on their own or inside their order."""

from datetime import datetime
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from adapters.stated_times import is_plausible
from adapters.storefronts.shopify_schemas import Fulfillment
from adapters.storefronts.tracking_numbers import numbers_in
from adapters.untrusted_json import sanitize
from domain.model.scan import ParcelStatus
from domain.model.shipment import Shipment

_STATUSES = TypeAdapter(dict[str, ParcelStatus]).validate_python(
    yaml.safe_load(Path(__file__).with_name("shopify.yaml").read_text("utf-8"))
)
_ENDED = {"cancelled", "error", "failure"}
MAX_UNITS = 1000  # of one line


def shipment_of(fulfillment: Fulfillment, now: datetime) -> Shipment:
    """A fulfilment. Without a tracking number its goods were sent untracked, collected, or delivered digitally."""
    given = [*fulfillment.tracking_numbers, fulfillment.tracking_number or ""]
    numbers = numbers_in(given)
    status, changed_at = fulfillment.shipment_status, fulfillment.updated_at or fulfillment.created_at
    quantities: dict[str, int] = {}
    for line in fulfillment.line_items:
        if line.quantity:
            quantities[str(line.id)] = min(MAX_UNITS, quantities.get(str(line.id), 0) + line.quantity)
    return Shipment(
        fulfilment=str(fulfillment.id),
        updated_at=changed_at if is_plausible(changed_at, now) else now,
        carrier=sanitize(fulfillment.tracking_company or "", 64) or "unknown",
        tracking_numbers=numbers[:50],
        quantities=quantities,
        cancelled=fulfillment.status in _ENDED,
        status=_STATUSES.get(status, ParcelStatus.UNKNOWN) if status else None,
        code=sanitize(status or "", 120),
    )
