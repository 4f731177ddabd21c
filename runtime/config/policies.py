"""Reads return policies from YAML files."""

from pathlib import Path

import yaml
from pydantic import ValidationError

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
        lines = [f"  {'.'.join(map(str, one['loc'])) or file.name}: {one['msg']}" for one in problem.errors()]
        raise BadPolicy("\n".join([f"{file} is not a policy:", *lines])) from problem
