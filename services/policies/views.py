"""Versions of a policy, and what differs between two of them."""

from typing import Any, Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.terms import Policy
from services.key_names import Doer

AppliesTo = Literal["new_orders", "all_orders"]
# Read when a notice leaves (services/notifications/send_planner.py), and every night; all else is in frozen terms.
_READ_LATER = ("notices", "retention")


class PolicyVersion(Frozen):
    """One published version."""

    version: int
    """Counted from 1; a version never changes."""
    hash: str
    """Equal for versions that mean the same, however they were written."""
    in_force: bool
    """New orders get this version."""
    published_at: Instant
    """When it was published, in real time."""
    published_by: Doer
    """Who published it."""
    restores: int | None
    """The earlier version that a rollback published again; else null."""
    orders: int
    """How many orders keep this version as their terms."""


class PolicyDocument(PolicyVersion):
    """One version with its contents."""

    policy: dict[str, Any]
    """Every field, also those that were left out when it was written."""
    text: str
    """The document as it was written, with its comments."""


class PolicyChange(Frozen):
    """One field in which two versions differ."""

    pointer: str
    """The field as a JSON pointer, such as `/credit/bonus`."""
    before: Any
    """Its value in the first version; null where it has none."""
    after: Any
    """Its value in the second version; null where it has none."""
    applies_to: AppliesTo
    """`new_orders`: orders placed from then on; `all_orders`: also notices of orders under way, when they leave, and
    data that are kept already."""


class PolicyDifference(Frozen):
    """What differs between two versions, field by field."""

    first: int
    """The version that is compared."""
    second: int
    """The version that it is compared with."""
    changes: tuple[PolicyChange, ...]
    """Empty where both mean the same."""


def changes_between(before: Policy, after: Policy) -> tuple[PolicyChange, ...]:
    """Field by field, sorted by pointer; a list is one value."""
    first, second = _flat(before.model_dump(mode="json")), _flat(after.model_dump(mode="json"))
    return tuple(
        PolicyChange(
            pointer=pointer,
            before=first.get(pointer),
            after=second.get(pointer),
            applies_to="all_orders" if pointer.split("/")[1] in _READ_LATER else "new_orders",
        )
        for pointer in sorted(first.keys() | second.keys())
        if first.get(pointer) != second.get(pointer)
    )


def _flat(value: Any, pointer: str = "") -> dict[str, Any]:
    if not isinstance(
        value, dict
    ):  # an empty one has no field: what stands in it later are fields that are new
        return {pointer: value}
    return {
        place: inner
        for key, one in value.items()
        for place, inner in _flat(one, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}").items()
    }
