"""What the routes of policies take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from services.policies.backtesting import MAX_RETURNS
from services.policies.document import MAX_LENGTH, PolicyFault
from services.policies.views import PolicyChange, PolicyVersion

ExpectedVersion = Annotated[int | None, Field(ge=1, le=2**31 - 1)]
Document = Annotated[str | None, Field(max_length=MAX_LENGTH)]
PolicyValue = dict[str, Any] | None


class PolicyToCheck(Frozen):
    """Exactly one of `document` and `policy`."""

    document: Document = None
    """The policy as YAML or JSON text. Its comments are kept, and mistakes are named with their line."""
    policy: PolicyValue = None
    """The policy as a value: what differs from the default (`policies/default.yaml`)."""


class PolicyToPublish(PolicyToCheck):
    """A policy for new orders: exactly one of `document` and `policy`."""

    expected_version: ExpectedVersion = None
    """The version that must still be in force; another one is 409. Null for any."""


class PolicyRollback(Frozen):
    """Which version is published again."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """The version whose document is published again."""
    expected_version: ExpectedVersion = None
    """The version that must still be in force; another one is 409. Null for any."""


class CheckedPolicy(Frozen):
    """Whether the document is a policy."""

    ok: bool
    """It can be published."""
    hash: str | None
    """Of its contents, as published versions have it; null unless it is ok."""
    amounts: dict[str, str]
    """Each amount in major units, so that a wrong number of digits shows."""
    errors: tuple[PolicyFault, ...]
    """Each mistake with its place; empty when it is ok."""


class AppliedTo(Frozen):
    """To whom a new version applies."""

    new_orders: str
    """Which fields hold for orders that are placed from now on."""
    all_orders: str
    """Which fields hold at once for orders under way too."""
    orders_keeping_earlier_versions: int
    """How many orders keep the terms of an earlier version, closed ones among them."""


class PublishedPolicy(Frozen):
    """What was published, or what was in force already."""

    outcome: Literal["published", "unchanged"]
    """`unchanged`: the version in force means the same, and there is no new one."""
    version: PolicyVersion
    """The version in force now."""
    changes: tuple[PolicyChange, ...]
    """What differs from the version before."""
    applies_to: AppliedTo
    """To whom it applies."""


class PolicyVersionList(Frozen):
    """Versions, the newest first."""

    items: tuple[PolicyVersion, ...]
    """One page of versions."""
    next: str | None
    """The cursor of the next page; null on the last."""


class PolicyDifferenceQuery(Frozen):
    """The two versions that are compared."""

    first: Annotated[int, Field(ge=1)]
    """The version that is compared."""
    second: Annotated[int, Field(ge=1)]
    """The version that it is compared with."""


class WhatIfQuery(Frozen):
    """By which version of the policy something is explained."""

    policy: ExpectedVersion = None
    """A version of the merchant's policy; left out, the one that the order keeps."""


class PolicyBacktest(PolicyToCheck):
    """A draft to try out: exactly one of `document` and `policy`."""

    returns: Annotated[int, Field(ge=1, le=MAX_RETURNS)] = MAX_RETURNS
    """The newest returns, so many at most."""


class KeptOrder(Frozen):
    """An order that keeps a version of the policy as its terms."""

    order: str
    """Our id of the order."""
    order_id: str
    """The merchant's own id of it."""
    stage: str
    """How far the order is."""
    placed_at: Instant
    """When it was placed, in the merchant's time."""


class KeptOrderList(Frozen):
    """Orders, the newest first."""

    items: tuple[KeptOrder, ...]
    """One page of orders."""
    next: str | None
    """The cursor of the next page; null on the last."""
