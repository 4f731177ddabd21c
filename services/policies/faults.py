"""What is wrong with the value of a policy, in the words of a policy document: place, rule, and what may be meant."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from domain.model.terms import Policy
from services.policies.document import PolicyFault

MAX_FAULTS = 50
_CLOCK_PATTERN = "[0-5]"  # part of every pattern of a time of day
_EXPECTED = {
    "int": "a whole number", "float": "a number", "bool": "true or false", "string": "text",
    "list": "a list, as in [a, b]", "tuple": "a list, as in [a, b]", "set": "a list, as in [a, b]",
    "dict": "a set of fields, as in {name: value}", "mapping": "a set of fields, as in {name: value}",
    "model": "a set of fields, as in {name: value}", "date": "a date, as in 2026-12-24", "time": 'a time, as in "14:00"',
    "decimal": "a number", "none": "null",
}  # fmt: skip
_LIMITS = {
    "greater_than_equal": "must be at least {ge}", "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}", "less_than": "must be less than {lt}",
    "too_long": "has more than {max_length} items", "too_short": "needs at least {min_length}",
    "string_too_long": "has more than {max_length} characters", "string_too_short": "needs at least {min_length} character",
}  # fmt: skip


def policy_faults(error: ValidationError, sent: JsonValue, lines: Mapping[str, int]) -> list[PolicyFault]:
    """At most MAX_FAULTS mistakes. `sent`: the value that is refused; `lines`: of its parts, by pointer."""
    details = error.errors(include_url=False)[:MAX_FAULTS]
    return [_fault(one, sent, lines) for one in details if not _follows(one, details)]


def _follows(one: ErrorDetails, others: Sequence[ErrorDetails]) -> bool:
    """Whether this one only follows from another: a wrong item is not counted, which makes its list too short."""
    here, depth = one["loc"], len(one["loc"])
    return one["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == here for other in others
    )


def _fault(one: ErrorDetails, sent: JsonValue, lines: Mapping[str, int]) -> PolicyFault:
    steps = [*_steps(one["loc"], sent)]
    pointer = "".join(f"/{step}" for step in steps)
    nearest = next((place for place in _outwards(pointer) if place in lines), None)
    line = lines[nearest] if nearest is not None else None
    return PolicyFault(pointer=pointer, line=line, detail=_detail(one, steps))


def _steps(location: Sequence[int | str], sent: JsonValue) -> Iterator[str]:
    """The location without the names of alternatives, which are no part of the document."""
    here: JsonValue = sent
    for index, step in enumerate(location):
        last = index == len(location) - 1
        if isinstance(here, dict) and isinstance(step, str) and (step in here or (last and step != "[key]")):
            yield step
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int):
            yield str(step)
            here = here[step] if step < len(here) else None


def _outwards(pointer: str) -> Iterator[str]:
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def _detail(one: ErrorDetails, steps: list[str]) -> str:
    kind, given, context = one["type"], one["input"], one.get("ctx", {})
    name = _name(steps)
    if kind == "extra_forbidden":
        return _unknown(steps)
    if kind == "missing":
        return f"{name} is missing"
    if kind in _LIMITS:
        return f"{name} {_LIMITS[kind].format(**context)}"
    if kind in ("literal_error", "enum"):
        return _not_one_of(name, str(context.get("expected", "")), given)
    if kind == "value_error":
        return one["msg"].removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        return f"{name} {_form(str(context.get('pattern', '')))}"
    return _wrong_type(name, kind, given) or f"{name} cannot have this value"


def _name(steps: Sequence[str]) -> str:
    if not steps:
        return "the policy"
    if steps[-1].isdigit() and len(steps) > 1:
        return f"item {int(steps[-1]) + 1} of `{steps[-2]}`"
    return f"`{steps[-1]}`"


def _wrong_type(name: str, kind: str, given: Any) -> str | None:
    expected = _EXPECTED.get(kind.partition("_")[0])
    if expected is None:
        return None
    hint = (
        ": write it without quotes"
        if kind == "int_type" and isinstance(given, str) and given.isdigit()
        else ""
    )
    return f"{name} must be {expected}, not {_given(given)}{hint}"


def _given(given: Any) -> str:
    if given is None:
        return "nothing"
    if isinstance(given, bool):
        return "true or false"
    if isinstance(given, int):
        return "a number"
    if isinstance(given, float):
        return "a number with decimals"
    if isinstance(given, str):
        return "text"
    return "a list" if isinstance(given, list | tuple) else "a set of fields"


def _not_one_of(name: str, expected: str, given: Any) -> str:
    choices = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    return f"{name} must be one of {', '.join(choices)}{_meant(str(given), choices)}"


def _form(pattern: str) -> str:
    if _CLOCK_PATTERN in pattern:
        return 'must be a time of day in quotes, as in "21:00"'
    if pattern == "^[A-Z]{2}$":
        return "must be a country's code of two capital letters, as in GB"
    if pattern.startswith("^[a-z0-9]"):
        return "must be small letters, digits, - and _, at most 32"
    return "cannot have this form"


def _unknown(steps: list[str]) -> str:
    name, here = steps[-1], _fields_at(steps[:-1])
    homes = [home for home, fields in _SECTIONS.items() if name in fields]
    if homes:
        return f"there is no field `{name}` here; it belongs to `{homes[0] or 'the top'}`"
    return f"there is no field `{name}`" + (_meant(name, [*here]) or " here")


def _meant(given: str, choices: Sequence[str]) -> str:
    close = get_close_matches(given.lower(), choices, 1, 0.7)
    return f"; did you mean {close[0]}?" if close else ""


def _fields_at(steps: Sequence[str]) -> Sequence[str]:
    """The fields of the section at that place; none where the names are the merchant's."""
    model: Any = Policy
    for step in steps:
        found = (
            model.model_fields.get(step) if isinstance(model, type) and issubclass(model, BaseModel) else None
        )
        model = _section(found.annotation) if found is not None else _section(model)
    return [*model.model_fields] if isinstance(model, type) and issubclass(model, BaseModel) else []


def _section(annotation: Any) -> Any:
    """The model within an annotation, behind optionals, lists and tables; the annotation itself if there is none."""
    if (
        get_origin(annotation) in (Union, UnionType, Annotated, tuple, list, dict)
        or get_origin(annotation) is Literal
    ):
        inner = [_section(one) for one in get_args(annotation)]
        return next((one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)), None)
    return annotation


_SECTIONS: dict[str, frozenset[str]] = {"": frozenset(Policy.model_fields)} | {
    name: frozenset(section.model_fields)
    for name, one in Policy.model_fields.items()
    if isinstance(section := _section(one.annotation), type) and issubclass(section, BaseModel)
}
