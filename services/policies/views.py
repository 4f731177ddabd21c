"""Versions of a policy, and what differs between two of them."""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from domain.base import Frozen
from domain.clock import Instant
from domain.model.terms import Policy
from services.key_names import Doer

AppliesTo = Literal["new_orders", "all_orders"]
# The one section that is read when a notice leaves (services/notifications/send_planner.py); all else is in frozen terms.
_READ_LATER = "notices"


class PolicyVersion(Frozen):
    """One published version."""

    version: Annotated[int, Field(description="Counted from 1; a version never changes.")]
    hash: Annotated[
        str, Field(description="Equal for versions that mean the same, however they were written.")
    ]
    in_force: Annotated[bool, Field(description="New orders get this version.")]
    published_at: Annotated[Instant, Field(description="When it was published, in real time.")]
    published_by: Annotated[Doer, Field(description="Who published it.")]
    restores: Annotated[
        int | None, Field(description="The earlier version that a rollback published again; else null.")
    ]
    orders: Annotated[int, Field(description="How many orders keep this version as their terms.")]


class PolicyDocument(PolicyVersion):
    """One version with its contents."""

    policy: Annotated[
        Policy, Field(description="Every field, also those that were left out when it was written.")
    ]
    text: Annotated[str, Field(description="The document as it was written, with its comments.")]


class PolicyChange(Frozen):
    """One field in which two versions differ."""

    pointer: Annotated[str, Field(description="The field as a JSON pointer, such as `/credit/bonus`.")]
    before: Annotated[JsonValue, Field(description="Its value in the first version; null where it has none.")]
    after: Annotated[JsonValue, Field(description="Its value in the second version; null where it has none.")]
    applies_to: Annotated[
        AppliesTo,
        Field(
            description="`new_orders`: orders placed from then on; `all_orders`: also notices of orders under way, when they "
            "leave."
        ),
    ]


class PolicyDifference(Frozen):
    """What differs between two versions, field by field."""

    first: Annotated[int, Field(description="The version that is compared.")]
    second: Annotated[int, Field(description="The version that it is compared with.")]
    changes: Annotated[tuple[PolicyChange, ...], Field(description="Empty where both mean the same.")]


def changes_between(before: Policy, after: Policy) -> tuple[PolicyChange, ...]:
    """Field by field, sorted by pointer; a list is one value."""
    first, second = _flat(before.model_dump(mode="json")), _flat(after.model_dump(mode="json"))
    return tuple(
        PolicyChange(
            pointer=pointer,
            before=first.get(pointer),
            after=second.get(pointer),
            applies_to="all_orders" if pointer.split("/")[1] == _READ_LATER else "new_orders",
        )
        for pointer in sorted(first.keys() | second.keys())
        if first.get(pointer) != second.get(pointer)
    )


def _flat(value: Any, pointer: str = "") -> dict[str, JsonValue]:
    if not isinstance(value, dict) or not value:
        return {pointer: value}
    return {
        place: inner
        for key, one in value.items()
        for place, inner in _flat(one, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}").items()
    }
