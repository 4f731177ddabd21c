"""The OpenAPI 3.1 document, made from the endpoints, so that it always describes what is served."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from api.http.api_description import ApiDescription, OutgoingEvent
from api.http.endpoint import JSON, Endpoint
from api.http.openapi_schemas import Json, SchemaKey, generate, only_used, open_answers, reference
from api.http.problems import PROBLEM_TYPES, ProblemCode
from api.http.reasons import ReasonView

_Schemas = Mapping[SchemaKey, Json]

_PROBLEM: Final[Json] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` never changes its meaning; other members depend on it.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Where the code is explained."},
        "title": {"type": "string", "description": "What the code means, in a few words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "code": {**reference("ProblemCode"), "description": "What programs decide by."},
        "detail": {"type": "string", "description": "One sentence about this case."},
        "errors": {
            "type": "array",
            "items": reference("ProblemError"),
            "description": "What is wrong with the body or the query, place by place; at most 50.",
        },
        "reasons": {
            "type": "array",
            "items": reference("ReasonView"),
            "description": "Every reason why the rules refuse it.",
        },
        "current": {"type": "object", "description": "With `version_conflict`: the order as it stands."},
    },
}
_PROBLEM_CODE: Final[Json] = {
    "type": "string",
    "title": "ProblemCode",
    "enum": list(PROBLEM_TYPES),
    "description": "\n".join(
        f"- `{code}` ({kind.status}): {kind.title}" for code, kind in PROBLEM_TYPES.items()
    ),
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
    "redemption": "The shop's own reference of the payment with store credit.",
    "merchant": "The merchant's id.",
    "source": "The inbound source, such as `easypost` or `shopify`.",
    "endpoint": "The id of the webhook endpoint.",
    "key": "The id of an API key: the eight characters after `smot_live_` or `smot_test_`.",
    "version": "The number of a version of the policy; to read it, also `current`.",
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
_BEARER: Final[Json] = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of a role of the merchant, or a customer's link to one order.",
}
_BYTES: Final = "application/octet-stream"
_ANY_TYPE: Final = "Any media type: the bytes are read as they are."
_BINARY: Final[Json] = {"schema": {"type": "string", "format": "binary"}}
_TEXT: Final[Json] = {"schema": {"type": "string"}}
_LOCATION: Final[Json] = {
    "description": "The address of what was created.",
    "schema": {"type": "string", "format": "uri-reference"},
}
_EVENT_HEADERS: Final[Mapping[str, str]] = {
    "webhook-id": "The event's id: the same for every attempt and every replay. Act once per id.",
    "webhook-timestamp": "When this attempt was signed, in seconds since 1970.",
    "webhook-signature": "`v1,` and the HMAC-SHA256 of id, timestamp and body; several are separated by spaces.",
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


def describe(endpoints: Sequence[Endpoint], about: ApiDescription) -> Json:
    """The document; pydantic's JSON Schema is the native dialect of OpenAPI 3.1.

    Raises ValueError for two endpoints of the same name: clients are generated from the names.
    """
    names = [it.name for it in endpoints]
    if len(set(names)) < len(names):
        raise ValueError(
            f"endpoints of the same name: {sorted({name for name in names if names.count(name) > 1})}"
        )
    schemas, shared = generate(_wanted(endpoints, about.events), about.enums)
    paths: dict[str, Json] = {}
    for it in endpoints:
        paths.setdefault(it.path, {})[it.method.lower()] = _operation(it, schemas, about)
    problem = {"Problem": _PROBLEM, "ProblemCode": _PROBLEM_CODE, "ProblemError": _PROBLEM_ERROR}
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": about.title, "version": about.version, "description": about.text},
        "servers": [{"url": "/", "description": "The server that this document came from."}],
        "tags": [{"name": name, "description": text} for name, text in about.tags.items()],
        "paths": paths,
        "webhooks": {event.type: {"post": _event(event, schemas)} for event in about.events},
        "components": {"schemas": {**shared, **problem}, "securitySchemes": {"bearer": _BEARER}},
    }
    only_used(document)
    open_answers(document)
    return document


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


def _wanted(
    endpoints: Sequence[Endpoint], events: Sequence[OutgoingEvent]
) -> list[tuple[SchemaKey, JsonSchemaMode, TypeAdapter[Any]]]:
    """The parts that have schemas: of each endpoint, of each event, and the reasons in problems."""
    wanted: list[tuple[SchemaKey, JsonSchemaMode, TypeAdapter[Any]]] = [
        (("", "reason"), "serialization", TypeAdapter(ReasonView))
    ]
    for it in endpoints:
        shapes: list[tuple[str, JsonSchemaMode, TypeAdapter[Any] | None]] = [
            ("body", "validation", it.schemas.body),
            ("query", "validation", it.schemas.query),
            ("answer", "serialization", it.schemas.response),
        ]
        wanted += [((it.name, part), mode, shape) for part, mode, shape in shapes if shape is not None]
    return [*wanted, *(((event.type, "event"), "serialization", event.schema) for event in events)]


def _operation(it: Endpoint, schemas: _Schemas, about: ApiDescription) -> Json:
    roles = sorted(it.roles)
    access = f"Roles: {', '.join(roles)}." if roles else "No bearer key."
    example = about.examples.get(it.name, {})
    operation: Json = {
        "operationId": it.name,
        "summary": it.summary,
        "description": f"{it.description or it.summary}\n\n{access}",
        "tags": list(it.tags),
        "security": [{"bearer": []}] if roles else [],
        "x-roles": roles,
        "parameters": _parameters(it, schemas),
        "responses": _responses(_answers(it, schemas, example), _problems(it)),
    }
    if it.schemas.raw_body:
        operation["requestBody"] = {"required": True, "description": _ANY_TYPE, "content": {_BYTES: _BINARY}}
    elif it.schemas.body:
        content = {JSON: {"schema": schemas[it.name, "body"], **_example(example, "request")}}
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


def _answers(it: Endpoint, schemas: _Schemas, example: Json) -> Json:
    answer: Json = {}
    if it.produces != JSON:
        answer = {"content": {it.produces: _TEXT if it.produces.startswith("text/") else _BINARY}}
    elif it.schemas.response is not None:
        content = {"schema": schemas[it.name, "answer"], **_example(example, "response")}
        answer = {"content": {JSON: content} | ({it.alternative: _TEXT} if it.alternative else {})}
    described = {
        str(status): {"description": HTTPStatus(status).phrase, **(answer if status != 304 else {})}
        for status in (it.status, *it.other_statuses)
    }
    if it.location:
        described[str(it.status)]["headers"] = {"Location": _LOCATION}
    return described


def _responses(answers: Json, problems: Json) -> Json:
    """A page may have the status of a problem; then either is sent."""
    both = {
        status: {**problems[status], "content": problems[status]["content"] | answers[status]["content"]}
        for status in answers.keys() & problems.keys()
    }
    return {**answers, **problems, **both}


def _example(example: Json, part: str) -> Json:
    return {"example": example[part]} if part in example else {}


def _event(event: OutgoingEvent, schemas: _Schemas) -> Json:
    """One type of event as an operation of the receiver."""
    headers = [
        {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in _EVENT_HEADERS.items()
    ]
    content = {JSON: {"schema": schemas[event.type, "event"], "example": event.example}}
    return {
        "operationId": f"on_{event.type.replace('.', '_')}",
        "summary": event.summary,
        "description": f"{event.summary}\n\nSigned by Standard Webhooks 1.0.0.",
        "tags": ["events"],
        "security": [],
        "parameters": headers,
        "requestBody": {"required": True, "content": content},
        "responses": {"204": {"description": "Accepted; any other 2xx is as good."}},
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
