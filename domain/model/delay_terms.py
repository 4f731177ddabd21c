"""When customers are notified of delays, and what a late or missing delivery pays: sections of a policy."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.model.order import Country
from domain.model.policy_amounts import Amounts, default_amounts
from domain.model.refund_terms import BasisPoints, Days
from domain.model.scan import Fault

Hours = Annotated[int, Field(ge=0, le=24 * 365)]


class DelayTerms(Frozen):
    """When the journey notifies the customer of a delay. `Hours` fields are in hours; null turns a rule off."""

    at_risk: Hours = 24
    """So long before the promise a silent parcel counts as late."""
    exception: Hours = 72
    """The same for a parcel with an exception or a failed attempt."""
    silent: Hours = 24
    """A parcel without a scan for so long is silent."""
    tolerance: Hours = 12
    """A carrier's estimate may pass the promise by this much."""
    slip: Hours = 24
    """A further estimate is news when it is later by this much."""
    max_notices: Annotated[int, Field(ge=0, le=10)] = 3
    """The most notices per parcel."""
    first_scan: Hours | None = 72
    """So long after its label a parcel without any scan counts as late."""
    no_movement_days: Days | None = 5
    """After so many working days of the carrier without a scan a parcel counts as late."""
    slipped: Hours | None = 72
    """The carrier's date may move by less than this within the promise."""
    pickup_days: Days = 7
    """How long a pick-up point keeps the parcel."""
    pickup_reminder: Days = 2
    """The customer is reminded so many days before the end of `pickup_days`."""
    next_update: Hours = 72
    """After a notice of a delay the customer gets a further one after so long, even without news."""
    max_next_updates: Annotated[int, Field(ge=0, le=20)] = 6
    """How often such a further notice is sent at most."""
    lead_time_trials: Annotated[tuple[Hours, ...], Field(max_length=12)] = ()
    """Other values of `at_risk` to try: the journey records what they would have reported and notifies no customer."""


class GoodwillTier(Frozen):
    """What is paid from so many days late on."""

    days: Annotated[int, Field(ge=1, le=365)]
    """From so many days late on."""
    goods: BasisPoints = 0
    """This share of what the late goods cost, in basis points."""
    shipping: BasisPoints = 0
    """This share of the shipping that was paid, in basis points."""


class GoodwillTerms(Frozen):
    """What the customer receives for a broken promise, as store credit, once per order: the highest tier reached."""

    tiers: Annotated[tuple[GoodwillTier, ...], Field(min_length=1, max_length=10)]
    """What is paid, by days late."""
    cap: Amounts = default_amounts(20)
    """The highest credit. An order in a currency without a row earns nothing by itself; the merchant gets a question."""
    min_order: Amounts | None = None
    """Smaller orders earn nothing; null: every order does. Without a row for its currency an order does not."""
    excluded_faults: tuple[Fault, ...] = ("customer",)
    """Lateness that a scan attributes to one of these earns nothing."""


class DelayOption(Frozen):
    """The countries in which a customer must agree to a later date, as mail-order rules demand; a notice is not enough.

    Silence means consent the first time, and only up to 30 days; the second time it cancels what has not left.
    """

    countries: Annotated[tuple[Country, ...], Field(min_length=1, max_length=250)] = ("US",)
    """Destinations, ISO 3166-1 alpha-2."""
    extension: Annotated[int, Field(ge=1, le=365)] = 14
    """The requested days."""
    notice: Hours = 48
    """The customer is questioned so many hours before the promise breaks."""


class TraceTerms(Frozen):
    """The rules for a delivered parcel that its customer does not have.

    report_within: days in which the customer may report it.
    days: how long the carrier's trace may take.
    default: what happens after that.
    """

    report_within: Days = 30
    """Days in which the customer may report it."""
    days: Days = 5
    """How long the carrier's trace may take."""
    default: Literal["refund", "dismiss"] = "refund"
    """What happens after that."""
