"""Reads policies: one reader for `smot policies check`, for files of new merchants and for what is published over HTTP."""

import json
from dataclasses import dataclass

from pydantic import JsonValue, ValidationError

from domain.model.policy_amounts import in_full
from domain.model.terms import Policy
from services.policies.document import EMPTY, Document, PolicyFault, PolicyRefused, parse
from services.policies.faults import policy_faults


@dataclass(frozen=True)
class ReadPolicy:
    """A policy and the text that it was written as; of one that was sent as a value, its canonical JSON."""

    policy: Policy
    text: str


def read_policy_text(text: str) -> ReadPolicy:
    """The policy in that YAML or JSON. Raises PolicyRefused, which names each mistake with its line."""
    return ReadPolicy(_validated(parse(text)), text)


def read_policy_value(value: JsonValue) -> ReadPolicy:
    """The policy of a JSON value. Raises PolicyRefused."""
    policy = _validated(Document(value, {}))
    return ReadPolicy(policy, policy.model_dump_json(indent=2))


def amounts_in_full(policy: Policy) -> dict[str, str]:
    """Each amount of the policy in major units, as `GBP 500.00, JPY 100000`, so that a wrong number of digits shows."""
    return {
        setting: "not set"
        if amounts is None
        else ", ".join(in_full(code, minor) for code, minor in amounts.items()) or "no currency"
        for setting, amounts in policy.amounts().items()
    }


def _validated(document: Document) -> Policy:
    value = document.value
    if value is None:
        raise PolicyRefused([PolicyFault(pointer="", line=document.lines.get(""), detail=EMPTY)])
    if not isinstance(value, dict):
        detail = "a policy is a set of fields, as in `window: 30`"
        raise PolicyRefused([PolicyFault(pointer="", line=document.lines.get(""), detail=detail)])
    try:
        return Policy.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise PolicyRefused(policy_faults(error, value, document.lines)) from None
