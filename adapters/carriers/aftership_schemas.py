"""AfterShip's bodies as far as they are read: unknown fields are ignored, the fields listed here must have their type.

Versions add and rename fields, so most of them may be missing.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict  # which pydantic wants before Python 3.12

from adapters import untrusted_json
from adapters.untrusted_json import Text


class _AfterShipModel(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


@with_config(ConfigDict(strict=True, extra="ignore"))
class AfterShipCheckpoint(TypedDict, total=False):
    """`message` and `signed_by` are left out on purpose: they may name who signed. Versions differ in the country's field."""

    tag: Text
    subtag: Text
    checkpoint_time: Text
    city: object
    state: object
    country_iso3: object
    country_region: object


CHECKPOINT = TypeAdapter(AfterShipCheckpoint)


class AfterShipTracking(_AfterShipModel):
    """Estimates are strings in some versions and objects in others; an estimate of another form is ignored.

    shipment_delivery_date, first_attempted_at: when it was delivered, and when the carrier first tried to, told beside the
    checkpoints.
    """

    tracking_number: untrusted_json.Number
    slug: object = None
    tag: Text = None
    subtag: Text = None
    updated_at: Text = None
    checkpoints: Annotated[list[AfterShipCheckpoint], Field(max_length=untrusted_json.MAX_SCANS)] | None = (
        None
    )
    shipment_delivery_date: object = None
    first_attempted_at: object = None
    destination_country_iso3: object = None
    destination_country_region: object = None
    latest_estimated_delivery: object = None
    courier_estimated_delivery_date: object = None
    aftership_estimated_delivery_date: object = None
    expected_delivery: object = None
    first_estimated_delivery: object = None


class AfterShipEvent(_AfterShipModel):
    """A webhook's envelope."""

    event: str
    ts: object = None
    msg: object = None


TRACKING_EVENTS = ("tracking_update", "edd_revise", "tracking_pending_time")
"""The events that are followed, whose `msg` is a tracking."""
