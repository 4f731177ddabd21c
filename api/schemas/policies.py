"""What the routes of policies take and give."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from domain.base import Frozen
from domain.clock import Instant
from services.policies.document import MAX_LENGTH, PolicyFault
from services.policies.views import PolicyChange, PolicyVersion

ExpectedVersion = Annotated[
    int | None,
    Field(
        ge=1,
        le=2**31 - 1,
        description="The version that must still be in force; another one is 409. Null for any.",
    ),
]
Document = Annotated[
    str | None,
    Field(
        max_length=MAX_LENGTH,
        description="The policy as YAML or JSON text. Its comments are kept, and mistakes are named with their line.",
    ),
]
PolicyValue = Annotated[
    dict[str, JsonValue] | None,
    Field(description="The policy as a value: what differs from the default (`policies/default.yaml`)."),
]


class PolicyToCheck(Frozen):
    """Exactly one of `document` and `policy`."""

    document: Document = None
    policy: PolicyValue = None


class PolicyToPublish(PolicyToCheck):
    """A policy for new orders: exactly one of `document` and `policy`."""

    expected_version: ExpectedVersion = None


class PolicyRollback(Frozen):
    """Which version is published again."""

    version: Annotated[
        int, Field(ge=1, le=2**31 - 1, description="The version whose document is published again.")
    ]
    expected_version: ExpectedVersion = None


class CheckedPolicy(Frozen):
    """Whether the document is a policy."""

    ok: Annotated[bool, Field(description="It can be published.")]
    hash: Annotated[
        str | None, Field(description="Of its contents, as published versions have it; null unless it is ok.")
    ]
    amounts: Annotated[
        dict[str, str],
        Field(description="Each amount in major units, so that a wrong number of digits shows."),
    ]
    errors: Annotated[
        tuple[PolicyFault, ...], Field(description="Each mistake with its place; empty when it is ok.")
    ]


class AppliedTo(Frozen):
    """To whom a new version applies."""

    new_orders: Annotated[str, Field(description="Which fields hold for orders that are placed from now on.")]
    all_orders: Annotated[str, Field(description="Which fields hold at once for orders under way too.")]
    orders_keeping_earlier_versions: Annotated[
        int,
        Field(description="How many orders keep the terms of an earlier version, closed ones among them."),
    ]


class PublishedPolicy(Frozen):
    """What was published, or what was in force already."""

    outcome: Annotated[
        Literal["published", "unchanged"],
        Field(description="`unchanged`: the version in force means the same, and there is no new one."),
    ]
    version: Annotated[PolicyVersion, Field(description="The version in force now.")]
    changes: Annotated[tuple[PolicyChange, ...], Field(description="What differs from the version before.")]
    applies_to: Annotated[AppliedTo, Field(description="To whom it applies.")]


class PolicyVersionList(Frozen):
    """Versions, the newest first."""

    items: Annotated[tuple[PolicyVersion, ...], Field(description="One page of versions.")]
    next: Annotated[str | None, Field(description="The cursor of the next page; null on the last.")]


class PolicyDifferenceQuery(Frozen):
    """The two versions that are compared."""

    first: Annotated[int, Field(ge=1, description="The version that is compared.")]
    second: Annotated[int, Field(ge=1, description="The version that it is compared with.")]


class KeptOrder(Frozen):
    """An order that keeps a version of the policy as its terms."""

    order: Annotated[str, Field(description="Our id of the order.")]
    order_id: Annotated[str, Field(description="The merchant's own id of it.")]
    stage: Annotated[str, Field(description="How far the order is.")]
    placed_at: Annotated[Instant, Field(description="When it was placed, in the merchant's time.")]


class KeptOrderList(Frozen):
    """Orders, the newest first."""

    items: Annotated[tuple[KeptOrder, ...], Field(description="One page of orders.")]
    next: Annotated[str | None, Field(description="The cursor of the next page; null on the last.")]
