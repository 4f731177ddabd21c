"""Which roles can answer or close a question of a kind: what a question is handed over to."""

from collections.abc import Mapping
from typing import Final

from domain.actors import STAFF, Role
from domain.journey.close_question import OWNING_ROLES
from domain.model.attention import AttentionKind, Owner
from domain.model.override import ALLOWED_ROLES
from domain.model.questions import QUESTIONS

_SENIORS: Final = frozenset({Role.SENIOR_AGENT, Role.ADMIN})
_ANSWERS: Final[Mapping[str, frozenset[Role]]] = {
    **ALLOWED_ROLES,
    "approve_privacy_request": _SENIORS,
    "refuse_privacy_request": _SENIORS,
    "decide_claw_back": STAFF | {Role.FINANCE},
    "state_dispute": _SENIORS | {Role.FINANCE},
    "assign_dispute": _SENIORS | {Role.FINANCE},
    "close_payment_difference": frozenset({Role.FINANCE, Role.SENIOR_AGENT}),
    "close_unknown_goods": STAFF | {Role.WAREHOUSE},
    "report_exchange": STAFF | {Role.WAREHOUSE},
}
"""By answer; staff for all others."""


def roles_of_question(kind: AttentionKind, owner: Owner) -> frozenset[Role]:
    """The roles whose users can give one of its answers, or close it."""
    row = QUESTIONS[kind]
    found = frozenset[Role]().union(*(_ANSWERS.get(answer, STAFF) for answer in row.answers))
    if not row.closing and row.answers:
        return found
    return found | STAFF | {role for role, owns in OWNING_ROLES.items() if owns == owner}
