"""EasyPost's trackers over REST, which have the form that its webhooks carry."""

import base64
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from adapters.carriers.carrier_names import listed
from adapters.carriers.easypost import read_tracker
from adapters.carriers.rest_tracker import RestTracker
from domain.tracking.polling import PollRequest
from ports.carriers import ReportedParcel
from ports.trackers import CarrierAccount

BASE_URL = "https://api.easypost.com"


class _TrackerList(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    trackers: Annotated[list[object], Field(max_length=100)]


class EasyPostTracker(RestTracker):
    """EasyPost. Of several trackers with one number the newest is the parcel's, because carriers reuse numbers."""

    def url(self, account: CarrierAccount) -> str:
        return f"{account.base or BASE_URL}/v2/trackers"

    def headers(self, account: CarrierAccount) -> dict[str, str]:
        return {"Authorization": f"Basic {base64.b64encode(f'{account.key}:'.encode()).decode()}"}

    def search(self, request: PollRequest) -> dict[str, str]:
        carrier = listed(request.carrier).easypost or request.carrier
        return {"tracking_code": request.tracking_number, "carrier": carrier}

    def new_tracker(self, request: PollRequest) -> dict[str, Any]:
        return {"tracker": self.search(request)}

    def listed(self, content: object) -> list[object]:
        return _TrackerList.model_validate(content).trackers

    def created(self, content: object) -> object:
        return content

    def read(self, tracker: object, now: datetime) -> ReportedParcel:
        return read_tracker(tracker, now)
