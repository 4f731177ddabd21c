"""Consents: the customer is requested to agree to a later date. Silence also counts; the request says as what."""

from typing import Literal

from domain.actors import Role
from domain.base import State
from domain.clock import Instant
from domain.model.promise import Promise

ConsentDecision = Literal["wait", "cancel"]
MAX_CONSENTS = 10  # of one order


class Consent(State):
    """One question to the customer: will they wait until `due` for what has not left?

    The consent is open while it is in the order's attention. One that is neither open nor answered has become
    pointless, because everything left or was cancelled.
    deadline, default_answer: `default_answer` happens at `deadline`, unless the customer answers before.
    promise: the form in which the customer read `due`, a day or an instant.
    answered_by: the role that answered; `system` where the default answer applied.
    lines: the lines that it is about; empty for everything that has not shipped.
    """

    consent_id: str
    due: Instant
    requested_at: Instant
    deadline: Instant
    default_answer: ConsentDecision
    answer: ConsentDecision | None = None
    answered_at: Instant | None = None
    answered_by: Role | None = None
    promise: Promise | None = None
    lines: tuple[str, ...] = ()
