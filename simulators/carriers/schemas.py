"""Requests of the carrier simulator: accounts, scripted parcels and faults. docs/simulator.md explains every field."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from simulators.base import StrictRequest

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Status = Literal[
    "pre_transit", "picked_up", "in_transit", "out_for_delivery", "attempt_failed", "available_for_pickup",
    "delivered", "return_to_sender", "exception", "cancelled", "expired", "unknown",
]  # fmt: skip
Form = Literal["easypost", "generic"]


class Receiver(StrictRequest):
    """The receiver of an account's webhooks: their form, its URL and the secret that signs them."""

    form: Form
    url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=2000)]
    secret: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class SimulatorAccount(StrictRequest):
    """A caller that follows parcels. `api_key`: for its look-ups. Without `webhooks` none are sent."""

    api_key: Name
    webhooks: Receiver | None = None


class WebhookBehaviour(StrictRequest):
    """How the webhook of one scan goes wrong. Look-ups show the scan as it was.

    - `lost`: never sent.
    - `delay`: sent that much after the scan.
    - `times`: sent that often.
    - `status`: it reports this status instead, which contradicts the look-up.
    - `tracking_number`: it names this parcel instead.
    """

    lost: bool = False
    delay: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=365))] = timedelta(0)
    times: Annotated[int, Field(ge=1, le=10)] = 1
    status: Status | None = None
    tracking_number: Name | None = None


class ScriptedScan(StrictRequest):
    """One scan of a parcel. `estimate`: from then on the carrier expects to deliver by the end of that day."""

    at: AwareDatetime
    status: Status
    city: Annotated[str, Field(max_length=60)] = ""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "GB"
    estimate: date | None = None
    webhook: WebhookBehaviour = WebhookBehaviour()


class ParcelScript(StrictRequest):
    """What happens to a parcel.

    - `shuffled`: webhooks that are due at the same time are sent in another order.
    - `wrong_zone`: times are the wall clock of that offset (`+05:30`), labelled as UTC.
    - `silent_from`: from then on neither webhooks nor look-ups show new scans.
    - `retired_at`: from then on look-ups do not know the parcel.
    """

    carrier: Name
    tracking_number: Name
    scans: Annotated[tuple[ScriptedScan, ...], Field(max_length=200)] = ()
    shuffled: bool = False
    wrong_zone: Annotated[str, StringConstraints(pattern=r"^[+-]\d\d:\d\d$")] | None = None
    silent_from: AwareDatetime | None = None
    retired_at: AwareDatetime | None = None


class ParcelScripts(StrictRequest):
    """The parcels of a scenario. Other fields of its file (`about`, `order`, `expect`) are for people and test runners."""

    model_config = ConfigDict(extra="ignore")

    parcels: Annotated[tuple[ParcelScript, ...], Field(min_length=1, max_length=1000)]


class ClockUpdate(StrictRequest):
    """The time of the account from now on; the simulator has no clock of its own."""

    now: AwareDatetime


class LookupFault(StrictRequest):
    """A fault of the next `times` look-ups, of one parcel if named.

    - rate_limited: 429 with `Retry-After: seconds`.
    - error_500: 500.
    - timeout: no response for `seconds`, then the connection is closed.
    - malformed: 200 with a broken body.
    - unauthorized: 401.
    - gone: the parcel is not known.
    """

    kind: Literal["rate_limited", "error_500", "timeout", "malformed", "unauthorized", "gone"]
    times: Annotated[int, Field(ge=1, le=100_000)] = 1
    seconds: Annotated[int, Field(ge=0, le=86_400)] = 60
    tracking_number: Name | None = None
