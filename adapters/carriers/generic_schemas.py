"""The documented body of the source `generic` (generic.py). Unknown fields are ignored: a sender may add some tomorrow."""

from datetime import UTC, date, datetime
from typing import Annotated, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from adapters import untrusted_json
from adapters.carriers.vocabulary import NAMES
from adapters.stated_times import parse_time
from adapters.untrusted_json import Text, sanitize, text
from domain.clock import is_valid_window
from domain.model.scan import Fault, ScanReason

_MAX_PARCELS = 500


def _instant(text: str) -> str:
    stated = parse_time(text)
    if stated is None or stated.tzinfo is None:
        raise ValueError("not an ISO 8601 time with an offset")
    return text


def _day(text: str) -> str:
    if parse_time(date.fromisoformat(text).isoformat()) is None:
        raise ValueError("not a plausible day")
    return text


def _vocabulary(name: str) -> str:
    if name not in NAMES:
        raise ValueError("no vocabulary of that name")
    return name


_Instant = Annotated[str, AfterValidator(_instant)]
_Day = Annotated[str, AfterValidator(_day)]


def parse_instant(text: str | None) -> datetime | None:
    """An instant of a validated body, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def parse_day(text: str | None) -> date | None:
    """A day of a validated body."""
    return date.fromisoformat(text) if text else None


class _GenericModel(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Reason(_GenericModel):
    """An unknown fault is `unknown`: whose it was, we do not guess."""

    code: Text = None
    fault: Text = None

    def as_scan_reason(self) -> ScanReason:
        fault = self.fault if self.fault in get_args(Fault) else "unknown"
        return ScanReason.model_validate({"code": sanitize(text(self.code)[: 4 * 64], 64), "fault": fault})


class GenericScan(_GenericModel):
    """One scan of a parcel. What may be left out may be null, and a text may be a number."""

    at: _Instant
    status: Text
    detail: Text = None
    code: Text = None
    location: object = None
    reason: _Reason | None = None
    action_required: bool | None = None
    estimate: object = None
    """Not read: it belongs to the parcel, and the message is answered with that hint."""


SCAN = TypeAdapter(GenericScan)


class GenericEstimate(_GenericModel):
    """When the parcel is expected: a day or an instant, with its beginning where it is a window."""

    day: _Day | None = None
    at: _Instant | None = None
    earliest_day: _Day | None = None
    earliest_at: _Instant | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    reason: Text = None

    @model_validator(mode="after")
    def has_one_form(self) -> "GenericEstimate":
        if (self.day is None) == (self.at is None):
            raise ValueError("either day or at")
        if not is_valid_window(
            parse_instant(self.at),
            parse_day(self.day),
            parse_instant(self.earliest_at),
            parse_day(self.earliest_day),
        ):
            raise ValueError("a window begins before it ends, both as day or both as at")
        return self


class GenericParcel(_GenericModel):
    """One parcel of the message."""

    carrier: object = None
    tracking_number: untrusted_json.Number
    shipped_on: _Day | None = None
    estimate: object = None
    vocabulary: Annotated[str, AfterValidator(_vocabulary)] | None = None
    scans: Annotated[list[GenericScan], Field(max_length=untrusted_json.MAX_SCANS)] | None = None


class GenericEnvelope(_GenericModel):
    """What every message has, of whatever type."""

    type: str


class _Data(_GenericModel):
    parcels: Annotated[list[object], Field(max_length=_MAX_PARCELS)] | None = None


class GenericMessage(GenericEnvelope):
    """A message of type `tracking.updated`. Its parcels are validated one by one: a wrong one does not refuse the others."""

    timestamp: object = None
    data: _Data
