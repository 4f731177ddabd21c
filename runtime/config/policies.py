"""Reads return policies from files, with the reader of the API."""

from pathlib import Path

from runtime.errors import CommandFailed
from services.policies.document import PolicyFault, PolicyRefused
from services.policies.reader import ReadPolicy, read_policy_text


class BadPolicy(CommandFailed):
    """The file is not a policy; the text names each mistake with its line."""


def read_policy(file: Path) -> ReadPolicy:
    """The policy in a YAML or JSON file. Raises BadPolicy."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadPolicy(f"{file} cannot be read: {problem}") from problem
    try:
        return read_policy_text(text)
    except PolicyRefused as refused:
        lines = [f"  {_place(fault)}{fault.detail}" for fault in refused.faults]
        raise BadPolicy("\n".join([f"{file} is not a policy:", *lines])) from None


def _place(fault: PolicyFault) -> str:
    """The line and the field in dots, as `line 3, credit.bonus: `."""
    field = fault.pointer.strip("/").replace("/", ".")
    places = [f"line {fault.line}"] if fault.line else []
    return ", ".join([*places, *([field] if field else [])]) + (": " if places or field else "")
