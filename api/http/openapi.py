"""The OpenAPI 3.1 document, made from the endpoints, so that it always describes what is served."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from api.http.endpoint import JSON, Endpoint
from api.http.problems import PROBLEM_TYPES, ProblemCode

Json = dict[str, Any]
_Key = tuple[str, str]  # the endpoint's name and the part: body, query or answer
_Schemas = Mapping[_Key, Json]

_PROBLEM: Final[Json] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` never changes its meaning; other members depend on it.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Where the code is explained."},
        "title": {"type": "string", "description": "What the code means, in a few words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "code": {"type": "string", "enum": list(PROBLEM_TYPES), "description": "What clients decide by."},
        "detail": {"type": "string", "description": "One sentence about this case."},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/ProblemError"},
            "description": "What is wrong with the body or the query, place by place; at most 50.",
        },
        "reasons": {"type": "array", "items": {}, "description": "Why the rules refuse it."},
    },
}
_PROBLEM_ERROR: Final[Json] = {
    "type": "object",
    "title": "ProblemError",
    "description": "One thing that is wrong with a body or a query.",
    "required": ["pointer", "code", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "The place in what was sent (RFC 6901)."},
        "code": {"type": "string", "description": "The rule that is broken."},
        "detail": {"type": "string", "description": "The rule in a few words; never a value that was sent."},
    },
}
PATH_NAMES: Final[Mapping[str, str]] = {
    "order": "The order, by the shop's own id or by ours (`ord_…`).",
    "parcel": "The parcel's id within the order, as in `parcels` of the order.",
    "consent": "The id of the question, as in `consents` of the order.",
    "return": "Our id of the return (`ret_…`).",
    "customer": "The shop's own id of the customer.",
    "merchant": "The merchant's id.",
    "source": "The inbound source, such as `easypost` or `shopify`.",
    "endpoint": "The id of the webhook endpoint.",
    "delivery": "The number of the delivery in the inbox.",
    "notice": "The number of the notice in the outbox.",
    "channel": "The channel, such as `sms`.",
    "tracking_number": "The tracking number, in any spelling.",
    "token": "The signed token of a letter's link.",
}
_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names this request: sent again with the same key, it is answered as the first time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_BODY_PROBLEMS: Final[tuple[ProblemCode, ...]] = (
    "body_incomplete",
    "body_timeout",
    "body_too_large",
    "unsupported_encoding",
)
_JSON_PROBLEMS: Final[tuple[ProblemCode, ...]] = (
    "malformed_json",
    "invalid_body",
    "unsupported_media_type",
    "unsupported_charset",
)


def describe(endpoints: Sequence[Endpoint], title: str, version: str) -> Json:
    """The document; pydantic's JSON Schema is the native dialect of OpenAPI 3.1.

    Raises ValueError for two endpoints of the same name: clients are generated from the names.
    """
    names = [it.name for it in endpoints]
    if len(set(names)) < len(names):
        raise ValueError(
            f"endpoints of the same name: {sorted({name for name in names if names.count(name) > 1})}"
        )
    schemas, definitions = _schemas(endpoints)
    paths: dict[str, Json] = {}
    for it in endpoints:
        paths.setdefault(it.path, {})[it.method.lower()] = _operation(it, schemas)
    components: Json = {
        "schemas": {**definitions, "Problem": _PROBLEM, "ProblemError": _PROBLEM_ERROR},
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
    }
    info = {"title": title, "version": version}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


def problem_codes(it: Endpoint) -> list[ProblemCode]:
    """All codes that this endpoint may respond with: its own and those that follow from its declaration."""
    codes: list[ProblemCode] = []
    codes += ["unauthenticated", "forbidden"] if it.roles else []
    codes += ["rate_limited"]
    codes += ["not_found"] if it.path_names else []
    codes += ["invalid_query"] if it.schemas.query else []
    codes += _BODY_PROBLEMS if it.schemas.body or it.schemas.raw_body else ()
    codes += _JSON_PROBLEMS if it.schemas.body else ()
    codes += ["idempotency_key_missing"] if it.idempotency == "required" else []
    if it.idempotency != "none":
        codes += ["idempotency_key_invalid", "idempotency_key_reused", "request_in_progress"]
    return list(dict.fromkeys((*codes, *it.problems, "internal", "unavailable")))


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[_Schemas, Json]:
    """The schema of each endpoint and part, and what they share under #/components/schemas."""
    wanted: list[tuple[_Key, JsonSchemaMode, TypeAdapter[Any]]] = []
    for it in endpoints:
        shapes: list[tuple[str, JsonSchemaMode, TypeAdapter[Any] | None]] = [
            ("body", "validation", it.schemas.body),
            ("query", "validation", it.schemas.query),
            ("answer", "serialization", it.schemas.response),
        ]
        wanted += [((it.name, part), mode, shape) for part, mode, shape in shapes if shape is not None]
    by_part, shared = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}")
    shared = shared.get("$defs", {})
    return {key: _resolved(key, schema, shared) for (key, _), schema in by_part.items()}, shared


def _resolved(key: _Key, schema: Json, shared: Json) -> Json:
    """A query's model is split into parameters, so the model itself is needed instead of a reference."""
    if key[1] != "query" or "$ref" not in schema:
        return schema
    model: Json = shared[schema["$ref"].rpartition("/")[2]]
    return model


def _operation(it: Endpoint, schemas: _Schemas) -> Json:
    roles = sorted(it.roles)
    access = f"Roles: {', '.join(roles)}." if roles else "No bearer key."
    operation: Json = {
        "operationId": it.name,
        "summary": it.summary,
        "description": f"{it.description}\n\n{access}".strip(),
        "tags": list(it.tags),
        "security": [{"bearer": []}] if roles else [],
        "x-roles": roles,
        "parameters": _parameters(it, schemas),
        "responses": {**_answers(it, schemas), **_problems(it)},
    }
    if it.schemas.raw_body:
        operation["requestBody"] = {"required": True, "content": {"*/*": {}}}
    elif it.schemas.body:
        content = {JSON: {"schema": schemas[it.name, "body"]}}
        operation["requestBody"] = {"required": not it.schemas.body_optional, "content": content}
    return operation


def _parameters(it: Endpoint, schemas: _Schemas) -> list[Json]:
    parameters: list[Json] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH_NAMES.get(name, f"The {name}."),
            "schema": {"type": "string", "minLength": 1},
        }
        for name in it.path_names
    ]
    query = schemas.get((it.name, "query"), {})
    for name, schema in query.get("properties", {}).items():
        described = {"description": schema["description"]} if "description" in schema else {}
        rest = {key: value for key, value in schema.items() if key != "description"}
        required = name in query.get("required", [])
        parameters.append({"name": name, "in": "query", "required": required, **described, "schema": rest})
    if it.idempotency != "none":
        parameters.append({**_IDEMPOTENCY_KEY, "required": it.idempotency == "required"})
    return parameters


def _answers(it: Endpoint, schemas: _Schemas) -> Json:
    answer: Json = {}
    if it.produces != JSON:
        answer = {"content": {it.produces: {}}}
    elif it.schemas.response is not None:
        answer = {"content": {JSON: {"schema": schemas[it.name, "answer"]}}}
    return {
        str(status): {"description": HTTPStatus(status).phrase, **answer}
        for status in (it.status, *it.other_statuses)
    }


def _problems(it: Endpoint) -> Json:
    by_status: dict[int, list[ProblemCode]] = {}
    for code in problem_codes(it):
        by_status.setdefault(PROBLEM_TYPES[code].status, []).append(code)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {"description": ", ".join(codes), "content": content}
        for status, codes in sorted(by_status.items())
    }
