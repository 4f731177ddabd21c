"""Consents: the customer is requested to agree to a later date. Silence also counts; the request says as what."""

from typing import Literal

from domain.actors import Role
from domain.base import State
from domain.clock import Instant
from domain.model.promise import Promise

ConsentDecision = Literal["wait", "cancel"]
MAX_CONSENTS = 10  # of one order


class Consent(State):
    """One question to the customer: will they wait for what has not left?

    The consent is open while it is in the order's attention. One that is neither open nor answered has become
    pointless, because everything left or was cancelled.
    """

    consent_id: str
    """Its id within the order."""
    due: Instant
    """The later date."""
    requested_at: Instant
    """When the customer was asked."""
    deadline: Instant
    """Until when the customer may answer; then `default_answer` holds."""
    default_answer: ConsentDecision
    """The answer that holds without one."""
    answer: ConsentDecision | None = None
    """The customer's answer; null while there is none."""
    answered_at: Instant | None = None
    """When it was given."""
    answered_by: Role | None = None
    """The role that gave it; `system` where the default answer applied."""
    promise: Promise | None = None
    """The form in which the customer read `due`, a day or an instant."""
    lines: tuple[str, ...] = ()
    """The lines that it is about; empty for everything that has not shipped."""
