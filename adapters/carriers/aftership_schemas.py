"""AfterShip's bodies as far as they are read: unknown fields are ignored, the fields listed here must have their type.

Versions add and rename fields, so most of them may be missing.
"""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from adapters import untrusted_json

_YEAR_2000 = 946_684_800  # an earlier time is that of an unset clock


class _AfterShipModel(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class AfterShipCheckpoint(_AfterShipModel):
    """`message` and `signed_by` are left out on purpose: they may name who signed. Versions differ in the country's field."""

    tag: str | None = None
    subtag: str | None = None
    checkpoint_time: str | None = None
    city: str | None = None
    state: str | None = None
    country_iso3: str | None = None
    country_region: str | None = None


class AfterShipTracking(_AfterShipModel):
    """Estimates are strings in some versions and objects in others; an estimate of another form is ignored."""

    tracking_number: untrusted_json.Name
    slug: untrusted_json.Name
    tag: str | None = None
    subtag: str | None = None
    updated_at: str | None = None
    checkpoints: Annotated[list[AfterShipCheckpoint], Field(max_length=untrusted_json.MAX_SCANS)] | None = (
        None
    )
    latest_estimated_delivery: object = None
    courier_estimated_delivery_date: object = None
    expected_delivery: object = None
    first_estimated_delivery: object = None


class AfterShipEvent(_AfterShipModel):
    """A webhook's envelope."""

    event: str
    ts: Annotated[int, Field(ge=_YEAR_2000, lt=2**40)] | None = None
    msg: object = None


_TrackingEventName = Literal["tracking_update", "edd_revise", "tracking_pending_time"]
TRACKING_EVENTS = get_args(_TrackingEventName)


class AfterShipTrackingEvent(AfterShipEvent):
    """One of the events that are followed, whose `msg` is a tracking."""

    event: _TrackingEventName
    msg: AfterShipTracking
