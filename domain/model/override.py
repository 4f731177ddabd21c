"""Overrides: what an agent may do by hand, which roles may do it, and what each override needs."""

from typing import Annotated, Final, Literal

from pydantic import Field

from domain.actors import Role
from domain.base import Frozen
from domain.model.command import Command
from domain.model.return_choices import Resolution
from domain.model.shipment import PackedLine
from domain.model.state import JourneyState
from domain.reasons import Reason, Violation

OrderOverrideKind = Literal[
    "extend_window",
    "mark_delivered",
    "mark_lost",
    "set_contents",
    "skip_step",
    "retry_step",
    "paid_by_hand",
    "look_up",
    "confirm_paid",
    "confirm_unpaid",
    "cancel",
    "note",
]
ReturnOverrideKind = Literal[
    "approve",
    "refuse",
    "hold",
    "release",
    "extend_code",
    "change_resolution",
    "end_exchange",
    "accept_goods",
    "cancel",
    "reopen",
    "note",
]

_AGENTS = frozenset({Role.AGENT, Role.SENIOR_AGENT, Role.ADMIN})
_SENIORS = frozenset({Role.SENIOR_AGENT, Role.ADMIN})
_FINANCE = frozenset({Role.FINANCE, Role.SENIOR_AGENT, Role.ADMIN})

ALLOWED_ROLES: dict[str, frozenset[Role]] = {
    "approve": _AGENTS,
    "refuse": _AGENTS,
    "hold": _AGENTS,
    "release": _AGENTS,
    "extend_window": _AGENTS,
    "extend_code": _AGENTS,
    "change_resolution": _AGENTS,
    "end_exchange": _AGENTS,
    "accept_goods": _AGENTS,
    "mark_delivered": _AGENTS,
    "mark_lost": _SENIORS,
    "set_contents": _AGENTS,
    "skip_step": _SENIORS,
    "retry_step": _FINANCE | _AGENTS,
    "paid_by_hand": _FINANCE,
    "look_up": _FINANCE | _AGENTS,
    "confirm_paid": _FINANCE,
    "confirm_unpaid": _FINANCE,
    "cancel": _AGENTS,
    "reopen": _AGENTS,
    "note": _AGENTS | _FINANCE,
}

# An agent's text as the journey carries it: sealed, so longer than the agent wrote it.
SealedReason = Annotated[str, Field(min_length=3, max_length=12_000)]
SealedText = Annotated[str, Field(max_length=24_000)]

MAX_CUSTOMER_TEXT: Final = (
    1000  # characters that the customer of a refused return is told, as they are written
)


class OrderOverrideRequest(Frozen):
    """What an agent does to an order."""

    override: OrderOverrideKind
    """What is done."""
    reason: SealedReason
    """Why, in the agent's words; kept sealed in the audit."""
    parcel: Annotated[str, Field(max_length=64)] = ""
    """For `mark_…` and `set_contents`: the parcel."""
    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()
    """For `set_contents`: what is in the parcel; none for nothing."""
    leg: Annotated[str, Field(max_length=128)] = ""
    """For `…_step`, `paid_by_hand`, `look_up` and `confirm_…`: the payment."""
    days: Annotated[int, Field(strict=True, ge=1, le=365)] = 14
    """For `extend_window`: by how many days."""
    expected_seq: int | None = None
    """The override is refused if the order has changed since the agent read it (AGT-2)."""


class ReturnOverrideRequest(Frozen):
    """What an agent does to a return."""

    override: ReturnOverrideKind
    """What is done."""
    reason: SealedReason
    """Why, in the agent's words; kept sealed in the audit."""
    resolution: Resolution | None = None
    """For `change_resolution` and `end_exchange`: the new one; after `end_exchange` the customer's choice if left out."""
    days: Annotated[int, Field(strict=True, ge=1, le=365)] = 7
    """For `hold` and `extend_code`: by how many days."""
    customer_text: SealedText = ""
    """For `refuse`: what the customer is told, in the shop's words, in the letter and on the pages of the order and the return;
    kept sealed. Empty for the usual sentences alone. `reason` is never shown to the customer."""
    expected_seq: int | None = None
    """The override is refused if the order has changed since the agent read it."""
    expected_version: Annotated[str, Field(max_length=64)] | None = None
    """The same, for the return alone."""


def override_violations(
    command: Command, override: str, expected_seq: int | None, state: JourneyState
) -> list[Violation]:
    """The checks of every override: the role may use it, and the state is the one that the agent saw."""
    violations = []
    if command.actor.role not in ALLOWED_ROLES[override]:
        needed = ", ".join(sorted(ALLOWED_ROLES[override]))
        violations.append(
            Violation(code=Reason.ROLE_TOO_LOW, details={"override": override, "needed": needed})
        )
    if expected_seq is not None and expected_seq != state.seq:
        violations.append(
            Violation(code=Reason.STATE_CHANGED, details={"expected": expected_seq, "seq": state.seq})
        )
    return violations
