"""Reads return policies from YAML files."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError

from domain.model.policy_amounts import in_full
from domain.model.terms import Policy
from runtime.errors import CommandFailed


class BadPolicy(CommandFailed):
    """The file is not a policy; the text names each wrong field."""


def read_policy(file: Path) -> Policy:
    """The policy in a YAML file. Raises BadPolicy, which names each field that is misspelt or has an impossible value."""
    try:
        document = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError) as problem:
        raise BadPolicy(f"{file} cannot be read: {problem}") from problem
    except yaml.YAMLError as problem:
        raise BadPolicy(f"{file} is not YAML: {problem}") from problem
    try:
        return Policy.model_validate(document or {})
    except ValidationError as problem:
        lines = [
            f"  {'.'.join(map(str, one['loc'])) or file.name}: {one['msg'].removeprefix('Value error, ')}"
            for one in problem.errors()
        ]
        raise BadPolicy("\n".join([f"{file} is not a policy:", *lines])) from problem


def amounts_in_full(policy: Policy) -> Iterator[tuple[str, str]]:
    """Each amount of the policy in major units, as `GBP 500.00, JPY 100000`, so that a wrong number of digits shows."""
    for setting, amounts in policy.amounts().items():
        if amounts is None:
            yield setting, "not set"
        else:
            yield setting, ", ".join(in_full(code, minor) for code, minor in amounts.items()) or "no currency"
