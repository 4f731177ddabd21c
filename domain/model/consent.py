"""Consents: a customer is asked to agree to a later date. Silence is an answer too, and which one is said when asked."""

from typing import Literal

from domain.base import State
from domain.clock import Instant
from domain.model.promise import Promise

ConsentDecision = Literal["wait", "cancel"]
MAX_CONSENTS = 10  # of one order


class Consent(State):
    """One question to the customer: will they wait until `due` for what has not left?

    `default_answer` happens at `deadline`, unless the customer answers before. It is open while it is in the order's attention:
    one that is neither open nor answered was overtaken, because everything left or was called off. `promise`: what `due`
    was said as, a day or an instant.
    """

    consent_id: str
    due: Instant
    requested_at: Instant
    deadline: Instant
    default_answer: ConsentDecision
    answer: ConsentDecision | None = None
    answered_at: Instant | None = None
    promise: Promise | None = None
