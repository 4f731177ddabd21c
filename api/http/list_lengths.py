"""How long each list of a body may be, checked before its shape: pydantic looks at each item of a list that is too long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue, TypeAdapter

_Schema = Mapping[str, Any]
_REFERENCE = "#/$defs/"


@dataclass(frozen=True)
class ListLengths:
    """The limits of one value and of what is inside it; what holds no list with a limit is left out.

    max_items: of the value itself, where it is a list; None for no limit.
    items: of each item of that list. fields: of the members of an object, by name.
    """

    max_items: int | None = None
    items: "ListLengths | None" = None
    fields: Mapping[str, "ListLengths"] = field(default_factory=dict)

    def first_too_long(self, sent: JsonValue, at: str = "") -> tuple[str, int] | None:
        """The RFC 6901 pointer of the first list that is too long, and its limit; None where all lists fit."""
        if isinstance(sent, list) and self.max_items is not None and len(sent) > self.max_items:
            return at, self.max_items
        found = (limits.first_too_long(value, place) for limits, value, place in self._inside(sent, at))
        return next((one for one in found if one is not None), None)

    def _inside(self, sent: JsonValue, at: str) -> Iterator[tuple["ListLengths", JsonValue, str]]:
        if isinstance(sent, list) and self.items is not None:
            yield from ((self.items, value, f"{at}/{place}") for place, value in enumerate(sent))
        elif isinstance(sent, dict):
            known = (name for name in self.fields if name in sent)
            yield from ((self.fields[name], sent[name], f"{at}/{name}") for name in known)


def list_lengths(shape: TypeAdapter[Any]) -> ListLengths:
    """The limits that the JSON Schema of this shape states."""
    schema = shape.json_schema()
    return _limits(schema, schema.get("$defs", {}), frozenset()) or ListLengths()


def _limits(schema: _Schema, shared: _Schema, above: frozenset[str]) -> ListLengths | None:
    """Of several alternatives the most generous one. None where nothing inside has a limit."""
    reference = schema.get("$ref", "").removeprefix(_REFERENCE)
    if reference in above:
        return None
    if reference:
        return _limits(shared[reference], shared, above | {reference})
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if alternatives:
        return _most_generous([_limits(one, shared, above) for one in alternatives])
    inside = {name: _limits(one, shared, above) for name, one in schema.get("properties", {}).items()}
    fields = {name: limits for name, limits in inside.items() if limits is not None}
    items = _limits(schema["items"], shared, above) if isinstance(schema.get("items"), dict) else None
    found = ListLengths(schema.get("maxItems"), items, fields)
    return None if found == ListLengths() else found


def _most_generous(alternatives: list[ListLengths | None]) -> ListLengths | None:
    """One alternative with limits is the rule, such as a list or null; of several, none is checked before the shape."""
    found = [one for one in alternatives if one is not None]
    return found[0] if len(found) == 1 else None
