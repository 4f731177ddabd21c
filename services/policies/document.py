"""A policy as text, in YAML or JSON: its value with the line of each part, or every mistake in its form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from pydantic import JsonValue

from domain.base import Frozen
from services.policies.scalars import AmbiguousScalar, scalar

MAX_LENGTH = 65_536  # characters of a document; policies/default.yaml has some 6,000
_MAX_VALUES = 5_000  # an anchor that is used again and again counts each time
_MAX_DEPTH = 20
_PLAIN_TAGS = {
    "null",
    "bool",
    "int",
    "float",
    "str",
    "timestamp",
    "merge",
    "value",
}  # given by the form of a scalar
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # databases refuse NUL, and UTF-8 has no lone surrogates


class PolicyFault(Frozen):
    """One mistake in a policy."""

    pointer: str
    """Its place as a JSON pointer (RFC 6901), empty for the whole document."""
    line: int | None = None
    """Its line in the text, from 1; null where the policy was not sent as text."""
    detail: str
    """What is wrong, and what may be meant."""


class PolicyRefused(Exception):
    """The text or the value is not a policy."""

    def __init__(self, faults: list[PolicyFault]) -> None:
        super().__init__("; ".join(fault.detail for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Document:
    """The value of a text. `lines`: the line of each part, by its pointer."""

    value: JsonValue
    lines: dict[str, int]


EMPTY = "the policy is empty: is that meant? Write {} for the default policy"


def parse(text: str) -> Document:
    """The value of that YAML or JSON. Raises PolicyRefused with all doubled keys and ambiguous values."""
    if len(text) > MAX_LENGTH:
        raise _refused(f"the document is longer than {MAX_LENGTH} characters")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _refused(
            f"the document is neither YAML nor JSON: {error.problem or error.context}", line
        ) from None
    except (yaml.YAMLError, RecursionError):
        raise _refused("the document is neither YAML nor JSON, or is nested too deep") from None
    if root is None:
        raise _refused(EMPTY)
    reading = _Reading()
    value = reading.value(root, "")
    if reading.faults:
        raise PolicyRefused(reading.faults)
    return Document(value, reading.lines)


def _refused(detail: str, line: int | None = None) -> PolicyRefused:
    return PolicyRefused([PolicyFault(pointer="", line=line, detail=detail)])


@dataclass
class _Reading:
    """One walk over the nodes of a document."""

    lines: dict[str, int] = field(default_factory=dict)
    faults: list[PolicyFault] = field(default_factory=list)
    values: int = 0

    def value(self, node: yaml.Node, pointer: str) -> JsonValue:
        self.values += 1
        if self.values > _MAX_VALUES or pointer.count("/") > _MAX_DEPTH:
            raise _refused(f"the document has more than {_MAX_VALUES} values or {_MAX_DEPTH} levels")
        self.lines.setdefault(pointer, _line(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, f"{pointer}/{index}") for index, one in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return dict(self._entries(node, pointer))
        return self._scalar(node, pointer)

    def _entries(self, node: yaml.MappingNode, pointer: str) -> Iterator[tuple[str, JsonValue]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, pointer)
            here, line = f"{pointer}/{_escaped(key)}", _line(key_node)
            if key in first:
                self._fault(here, line, f"`{key}` is there twice, first in line {first[key]}")
            first.setdefault(key, line)
            self.lines.setdefault(here, line)
            yield key, self.value(value_node, here)

    def _key(self, node: yaml.Node, pointer: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._fault(pointer, _line(node), "the name of a field is a text, not a list or a set of fields")
            return ""
        key = self._scalar(node, pointer)
        return key if isinstance(key, str) else str(node.value)

    def _scalar(self, node: yaml.Node, pointer: str) -> JsonValue:
        text = str(node.value)
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _PLAIN_TAGS:
            self._fault(pointer, _line(node), "tags are not used in a policy")
            return None
        if _UNSTORABLE.search(text):
            self._fault(pointer, _line(node), "the text has a NUL or half a character")
            return None
        if getattr(node, "style", None) is not None:
            return text
        try:
            return scalar(text)
        except AmbiguousScalar as problem:
            self._fault(pointer, _line(node), str(problem))
            return None

    def _fault(self, pointer: str, line: int, detail: str) -> None:
        self.faults.append(PolicyFault(pointer=pointer, line=line, detail=detail))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
