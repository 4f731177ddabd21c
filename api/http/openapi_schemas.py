"""The schemas of the OpenAPI document, in the form that generators of clients read best.

Each list of words is a schema with a name of its own, so that generators make one type of it with a name that stays. Fields
have no titles: those would only repeat their names, and some generators make numbered types of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import core_schema

from api.http.field_docs import field_docs

Json = dict[str, Any]
SchemaKey = tuple[str, str]  # the endpoint's or event's name, and the part: body, query or answer
_REFERENCE: Final = "#/components/schemas/"
_LIMITS: Final = {"pattern", "minLength", "maxLength", "minimum", "maximum"}


class _Described(GenerateJsonSchema):
    """Pydantic's JSON Schema, whose fields have no titles, and are described by the strings that follow them in the source."""

    def model_schema(self, schema: core_schema.ModelSchema) -> Json:
        found = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        texts = field_docs(model)
        for name, field in model.model_fields.items():
            inner = found.get("properties", {}).get(field.alias or name)
            if inner is not None and name in texts:
                inner.setdefault("description", texts[name])
        return found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def generate(
    wanted: Sequence[tuple[SchemaKey, JsonSchemaMode, TypeAdapter[Any]]], enums: Mapping[str, Sequence[str]]
) -> tuple[dict[SchemaKey, Json], dict[str, Json]]:
    """The schema of each part, and what they share, by name.

    enums: the names of lists of words that several schemas share. Another one is named after its schema and field.
    """
    by_part, shared = TypeAdapter.json_schemas(
        wanted, ref_template=_REFERENCE + "{model}", schema_generator=_Described
    )
    schemas: dict[str, Json] = shared.get("$defs", {})
    names = {frozenset(words): name for name, words in enums.items()}
    named: dict[str, Json] = {}
    for name, schema in schemas.items():
        for field, inner in schema.get("properties", {}).items():
            _name_enums(inner, _pascal(name, field), names, named)
            _name_items(inner, _pascal(name, field, "item"), named)
            _drop_object_defaults(inner)
    parts = {key: _resolved(key, schema, schemas) for (key, _), schema in by_part.items()}
    for (operation, part), schema in parts.items():
        if part == "query":
            for field, inner in schema.get("properties", {}).items():
                _name_enums(inner, _pascal(operation, field), names, named)
    return parts, {**schemas, **named}


def open_answers(document: Json) -> None:
    """Let schemas of answers and events take further members, as some may be added. Those of requests stay closed."""
    schemas = document["components"]["schemas"]
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    closed = _reachable([operation.get("requestBody", {}) for operation in operations], schemas)
    for name, schema in schemas.items():
        if name not in closed and schema.get("additionalProperties") is False:
            del schema["additionalProperties"]


def only_used(document: Json) -> None:
    """Leave out the schemas that nothing refers to, such as the models of queries: those are parameters."""
    schemas = document["components"]["schemas"]
    used = _reachable({**document, "components": {}}, schemas)
    document["components"]["schemas"] = {name: schemas[name] for name in sorted(schemas) if name in used}


def reference(name: str) -> Json:
    return {"$ref": f"{_REFERENCE}{name}"}


def _name_enums(schema: Json, name: str, names: Mapping[frozenset[str], str], named: dict[str, Json]) -> None:
    """Replace each list of words in this schema by a reference to one with a name."""
    for inner in _alternatives(schema):
        words = inner.get("enum")
        if words and all(isinstance(word, str) for word in words):
            title = names.get(frozenset(words), name)
            named.setdefault(
                title, {"title": title, "type": "string", "enum": words, "description": _of(words)}
            )
            del inner["enum"]
            inner.pop("type", None)
            inner.update(reference(title))


def _name_items(schema: Json, name: str, named: dict[str, Json]) -> None:
    """Give the texts and numbers of a list, where they have limits, a name: generators make types of them."""
    for inner in _alternatives(schema):
        items = inner.get("items")
        if isinstance(items, dict) and _LIMITS & set(items):
            text = items.pop("description", "One item of the list.")
            named[name] = {"title": name, **items, "description": text}
            inner["items"] = reference(name)


def _drop_object_defaults(schema: Json) -> None:
    """Generators cannot write them; the policy that applies by default is in `policies/default.yaml`."""
    if isinstance(schema.get("default"), dict):
        del schema["default"]


def _of(words: Sequence[str]) -> str:
    return f"One of {len(words)} words; more may be added."


def _alternatives(schema: Json) -> Iterator[Json]:
    """The schema itself and those inside it that are no fields of an object."""
    yield schema
    for key in ("anyOf", "oneOf", "prefixItems"):
        for inner in schema.get(key, ()):
            yield from _alternatives(inner)
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(key), dict):
            yield from _alternatives(schema[key])


def _pascal(*names: str) -> str:
    words: Iterable[str] = (word for name in names for word in re.split(r"[_\W]+", name) if word)
    return "".join(word[0].upper() + word[1:] for word in words)


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        target = part.get("$ref")
        if isinstance(target, str) and target.startswith(_REFERENCE):
            yield target.removeprefix(_REFERENCE)
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _reachable(part: Any, schemas: Mapping[str, Json]) -> set[str]:
    """The names of the schemas that a part of the document refers to, and those to which they refer."""
    found: set[str] = set()
    waiting = {*_references(part)}
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= {*_references(schemas[name])} - found
    return found


def _resolved(key: SchemaKey, schema: Json, shared: Mapping[str, Json]) -> Json:
    """A query's model is split into parameters, so the model itself is needed instead of a reference."""
    if key[1] != "query" or "$ref" not in schema:
        return schema
    return shared[schema["$ref"].removeprefix(_REFERENCE)]
