"""AfterShip's trackings over REST."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from adapters.carriers.aftership import read_tracking
from adapters.carriers.carrier_names import listed
from adapters.carriers.rest_tracker import RestTracker
from domain.tracking.polling import PollRequest
from ports.carriers import ReportedParcel
from ports.trackers import CarrierAccount

BASE_URL = "https://api.aftership.com"
_VERSION = "2026-07"


class _AfterShipApiModel(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Trackings(_AfterShipApiModel):
    trackings: Annotated[list[object], Field(max_length=200)]


class _TrackingList(_AfterShipApiModel):
    data: _Trackings


class _CreatedTracking(_AfterShipApiModel):
    data: object


class AfterShipTracker(RestTracker):
    """AfterShip. Its slug of an unlisted carrier is the carrier's name in lower case with dashes."""

    def url(self, account: CarrierAccount) -> str:
        return f"{account.base or BASE_URL}/tracking/{_VERSION}/trackings"

    def headers(self, account: CarrierAccount) -> dict[str, str]:
        return {"as-api-key": account.key}

    def search(self, request: PollRequest) -> dict[str, str]:
        return {"tracking_numbers": request.tracking_number, "slug": _slug(request)}

    def new_tracker(self, request: PollRequest) -> dict[str, Any]:
        return {"tracking_number": request.tracking_number, "slug": _slug(request)}

    def listed(self, content: object) -> list[object]:
        return _TrackingList.model_validate(content).data.trackings

    def created(self, content: object) -> object:
        return _CreatedTracking.model_validate(content).data

    def read(self, tracker: object, now: datetime) -> ReportedParcel:
        return read_tracking(tracker, now)


def _slug(request: PollRequest) -> str:
    return listed(request.carrier).aftership or "-".join(request.carrier.casefold().split())
