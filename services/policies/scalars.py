"""Values without quotes in a policy's YAML: only what every YAML parser reads as the same value is accepted.

YAML 1.1 reads 21:00 as a number, `no` as false and 010 as 8, YAML 1.2 does not. Who wrote them meant a text.
"""

import re

from pydantic import JsonValue

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 32  # characters
_CONSTANTS: dict[str, JsonValue] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_SWITCH = re.compile(r"y|yes|on", re.IGNORECASE), re.compile(r"n|no|off", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_OTHER_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*|\.[0-9]+|[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|\.(?:inf|nan))",
    re.IGNORECASE,
)


class AmbiguousScalar(ValueError):
    """Parsers read this value differently; the text says how to write what is meant."""


def scalar(text: str) -> JsonValue:
    """The value of a scalar without quotes. Raises AmbiguousScalar."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) <= _LONGEST_NUMBER:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    _refuse_ambiguous(text)
    return text


def _refuse_ambiguous(text: str) -> None:
    if _SEXAGESIMAL.fullmatch(text):
        raise AmbiguousScalar(
            f'{text} without quotes is a number in YAML: write it in quotes, as in "{text}"'
        )
    for read_as, words in zip(("true", "false"), _SWITCH, strict=True):
        if words.fullmatch(text):
            raise AmbiguousScalar(
                f'{text} without quotes is {read_as} in YAML: write {read_as}, or in quotes "{text}" if the text is meant'
            )
    if _LEADING_ZERO.fullmatch(text):
        number = text.replace("_", "").lstrip("+-0") or "0"
        raise AmbiguousScalar(
            f'{text} begins with 0, which is an octal number in YAML: write {number}, or in quotes "{text}" if the text is meant'
        )
    if _OTHER_NUMBER.fullmatch(text):
        raise AmbiguousScalar(
            f'{text} is not a plain number: write its digits only, or in quotes "{text}" if the text is meant'
        )
