"""Delivery terms: what a merchant's services promise, as part of the policy."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from domain.base import Frozen
from domain.clock import StatedDay, Zone

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
)  # fmt: skip
ServiceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


def _clock(stated: object) -> object:
    """A time from its text. YAML reads an unquoted 14:00 as the number 840, which would become 00:14, so it is refused."""
    if isinstance(stated, str):
        try:
            return time.fromisoformat(stated)
        except ValueError:
            raise ValueError('it is not a time of day, as in "14:00"') from None
    if isinstance(stated, time):
        return stated
    raise ValueError('write it in quotes, as in "14:00"')


def _day(stated: object) -> object:
    try:
        return date.fromisoformat(stated) if isinstance(stated, str) else stated
    except ValueError:
        raise ValueError("it is not a date, as in 2026-12-24") from None


def _local(stated: time) -> time:
    if stated.tzinfo is not None:
        raise ValueError("without an offset: it is the warehouse's own time")
    return stated


ClosureDate = Annotated[StatedDay, BeforeValidator(_day)]
ClockTime = Annotated[time, BeforeValidator(_clock), AfterValidator(_local)]


class Transit(Frozen):
    """Carrier working days from the hand-over."""

    min_days: Annotated[int, Field(ge=0, le=60)] = 1
    """The earliest day of arrival."""
    max_days: Annotated[int, Field(ge=0, le=60)]
    """The day by which the promise must be kept."""

    @model_validator(mode="after")
    def _in_order(self) -> "Transit":
        if self.min_days > self.max_days:
            raise ValueError("min_days is more than max_days")
        return self


class ServiceTerms(Frozen):
    """One way of delivery. It has either `transit` (a promise of a day) or `hours` (a promise of an instant)."""

    cutoff: ClockTime = time(14, 0)
    """In the warehouse's time. An order at that minute or later counts for the next working day; goods leave at it."""
    handling: Annotated[int, Field(ge=0, le=60)] = 1
    """Warehouse working days between the order and its hand-over to the carrier."""
    transit: Transit | None = None
    """The carrier's working days."""
    hours: Annotated[int, Field(ge=1, le=72)] | None = None
    """Hours from the order, or from the next opening."""
    saturdays: bool = False
    """Whether the carrier works on Saturdays at the destination."""
    sundays: bool = False
    """Whether the carrier works on Sundays at the destination."""
    holidays: bool = False
    """Whether the carrier works on public holidays of the destination."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "ServiceTerms":
        if (self.transit is None) == (self.hours is None):
            raise ValueError("either transit or hours")
        return self


class Warehouse(Frozen):
    """Where goods are packed."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    """ISO 3166-1 alpha-2."""
    region: Annotated[str, Field(pattern=r"^([A-Z0-9]{1,3})?$")] = ""
    """The part of the country (ISO 3166-2, without the country) whose holidays also count."""
    zone: Zone
    """The warehouse's time zone (IANA)."""
    opens: ClockTime = time(0, 0)
    """When work begins."""
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6)] | None = None
    """Days of the week without work; the country's own if left out."""
    closed: Annotated[tuple[ClosureDate, ...], Field(max_length=100)] = ()
    """Closed days besides public holidays."""


class DeliveryTerms(Frozen):
    """The merchant's delivery services by name."""

    warehouse: Warehouse
    """The warehouse that goods leave from."""
    services: Annotated[dict[ServiceName, ServiceTerms], Field(min_length=1, max_length=20)]
    """The services by name."""
    default: ServiceName
    """The service that applies if an order names none."""

    @model_validator(mode="after")
    def _default_is_known(self) -> "DeliveryTerms":
        if self.default not in self.services:
            raise ValueError(f"default: there is no service {self.default!r}")
        never = [n for n, one in self.services.items() if one.hours and one.cutoff <= self.warehouse.opens]
        if never:
            raise ValueError(f"services: {never[0]} ends before the warehouse opens")
        return self

    def service(self, name: str | None) -> ServiceTerms | None:
        return self.services.get(name or self.default)
