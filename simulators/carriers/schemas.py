"""What the carrier simulator reads: accounts, scripted parcels and faults. docs/simulator.md explains every field."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Status = Literal[
    "pre_transit", "picked_up", "in_transit", "out_for_delivery", "attempt_failed", "available_for_pickup",
    "delivered", "return_to_sender", "exception", "cancelled", "expired", "unknown",
]  # fmt: skip
Form = Literal["easypost", "generic"]


class SimulatorRequest(BaseModel):
    """A request's body: exact types and no unknown fields, so that a misspelt behaviour is not silently none."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Receiver(SimulatorRequest):
    """Where an account's webhooks go, in which form, signed with what."""

    form: Form
    url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=2000)]
    secret: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class SimulatorAccount(SimulatorRequest):
    """Whoever follows parcels here. `api_key` opens its look-ups; without `webhooks` nothing is pushed."""

    api_key: Name
    webhooks: Receiver | None = None


class WebhookBehaviour(SimulatorRequest):
    """What becomes of the webhook of one scan; the look-up shows the scan as it was.

    `lost`: never pushed. `delay`: pushed that much after the scan. `times`: pushed that often. `status`: it reports this status
    instead, a contradiction. `tracking_number`: it names this parcel instead.
    """

    lost: bool = False
    delay: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=365))] = timedelta(0)
    times: Annotated[int, Field(ge=1, le=10)] = 1
    status: Status | None = None
    tracking_number: Name | None = None


class ScriptedScan(SimulatorRequest):
    """One event of a parcel's life. `estimate`: from now on the carrier expects to deliver by the end of that day."""

    at: AwareDatetime
    status: Status
    city: Annotated[str, Field(max_length=60)] = ""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "GB"
    estimate: date | None = None
    webhook: WebhookBehaviour = WebhookBehaviour()


class ParcelScript(SimulatorRequest):
    """A parcel's life. `shuffled`: webhooks due at the same time come in disorder.

    `wrong_zone`: times are the wall clock of that offset (`+05:30`), labelled as UTC. `silent_from`: the carrier's systems
    tell nothing of what happens from then on. `retired_at`: from then on look-ups do not know the parcel.
    """

    carrier: Name
    tracking_number: Name
    scans: Annotated[tuple[ScriptedScan, ...], Field(max_length=200)] = ()
    shuffled: bool = False
    wrong_zone: Annotated[str, StringConstraints(pattern=r"^[+-]\d\d:\d\d$")] | None = None
    silent_from: AwareDatetime | None = None
    retired_at: AwareDatetime | None = None


class ParcelScripts(SimulatorRequest):
    """A scenario's parcels. Whatever else its file says (`about`, `order`, `expect`) is for people and test runners."""

    model_config = ConfigDict(extra="ignore")

    parcels: Annotated[tuple[ParcelScript, ...], Field(min_length=1, max_length=1000)]


class ClockUpdate(SimulatorRequest):
    """What time it is; the simulator has no clock of its own."""

    now: AwareDatetime


class LookupFault(SimulatorRequest):
    """A misbehaviour of the next `times` look-ups (of one parcel, if named).

    rate_limited: 429 with `Retry-After: seconds`. error_500. timeout: no answer for `seconds`, then the line is cut.
    malformed: 200 with a broken body. unauthorized: 401. gone: the parcel is not known.
    """

    kind: Literal["rate_limited", "error_500", "timeout", "malformed", "unauthorized", "gone"]
    times: Annotated[int, Field(ge=1, le=100_000)] = 1
    seconds: Annotated[int, Field(ge=0, le=86_400)] = 60
    tracking_number: Name | None = None
