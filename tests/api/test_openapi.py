"""The OpenAPI document matches the API."""

import json
import re
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from aiohttp.test_utils import TestClient
from openapi_spec_validator import validate

from api.app import ENDPOINTS as OPERATIONS
from api.description import description
from api.http.openapi import describe
from api.http.problems import PROBLEM_TYPES, ProblemCode
from api.http.reasons import SENTENCES
from domain.reasons import Reason
from domain.webhooks.events import TYPES
from tests.api.frame_app import ABOUT, ENDPOINTS

BYTES = {"schema": {"type": "string", "format": "binary"}}
DOCUMENT = describe(OPERATIONS, description("1"))


async def document(client: TestClient) -> dict[str, Any]:
    answer = await client.get("/openapi.json")
    result: dict[str, Any] = json.loads(await answer.read())
    return result


async def test_the_document_is_valid_openapi_3_1(client: TestClient) -> None:
    spec = await document(client)
    assert spec["openapi"] == "3.1.0"
    validate(spec)


async def test_an_operation_describes_all_that_the_decorator_declares(client: TestClient) -> None:
    post = (await document(client))["paths"]["/v1/orders/{order}/parcels"]["post"]
    assert post["operationId"] == "register_parcel"
    assert post["summary"] == "Say that a parcel left the warehouse."
    assert post["description"] == "The customer is notified when it moves.\n\nRoles: storefront."
    assert [
        (parameter["name"], parameter["in"], parameter["required"]) for parameter in post["parameters"]
    ] == [
        ("order", "path", True),
        ("Idempotency-Key", "header", False),
    ]
    assert post["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Parcel"
    }
    assert post["responses"]["201"]["content"]["application/json"]["schema"]["$ref"].endswith("/ParcelView")
    assert post["responses"]["409"]["description"] == "request_in_progress, order_conflict"
    assert post["responses"]["422"]["description"] == "idempotency_key_reused, refused"
    assert post["security"] == [{"bearer": []}]


async def test_a_query_model_becomes_parameters(client: TestClient) -> None:
    get = (await document(client))["paths"]["/v1/orders/{order}/timeline"]["get"]
    assert [(parameter["name"], parameter["required"]) for parameter in get["parameters"]] == [
        ("order", True),
        ("limit", False),
        ("since", False),
    ]
    assert get["parameters"][1]["schema"]["maximum"] == 100


async def test_pictures_webhooks_and_optional_bodies_are_described(client: TestClient) -> None:
    paths = (await document(client))["paths"]
    assert paths["/v1/code.svg"]["get"]["responses"]["200"]["content"] == {"image/svg+xml": BYTES}
    assert paths["/v1/code.svg"]["get"]["security"] == []
    assert paths["/v1/webhooks/{source}"]["post"]["requestBody"]["content"] == {
        "application/octet-stream": BYTES
    }
    assert paths["/v1/orders/{order}/cancel"]["post"]["requestBody"]["required"] is False


async def test_the_plain_docs_list_everything_without_a_script(client: TestClient) -> None:
    answer = await client.get("/docs/plain")
    text = await answer.text()
    ids: set[str] = set()
    links: set[str] = set()
    tags: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            ids.update(value or "" for name, value in attrs if name == "id")
            links.update(value or "" for name, value in attrs if name == "href")

    Reader().feed(text)
    assert "script" not in tags
    assert {it.name for it in ENDPOINTS} | set(PROBLEM_TYPES) <= ids
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    assert "style-src 'sha256-" in answer.headers["Content-Security-Policy"]


def test_two_endpoints_of_one_name_are_an_error() -> None:
    with pytest.raises(ValueError, match="read_order"):
        describe([*ENDPOINTS, *ENDPOINTS], ABOUT)


def test_every_code_has_a_meaning() -> None:
    assert get_args(ProblemCode) == tuple(PROBLEM_TYPES)


def test_every_schema_has_a_plain_name_and_describes_each_property() -> None:
    """A field is described by the string after it (`api/http/field_docs.py`), a class by its docstring.

    A name with `__` is that of two classes with one name, and one with a number or a hyphen is that of two schemas of one class.
    """
    schemas: dict[str, Any] = DOCUMENT["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z]+", name)] == []
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    assert [name for name, schema in schemas.items() if not schema.get("title")] == []
    undescribed = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, value in schema.get("properties", {}).items()
        if not value.get("description")
    ]
    assert undescribed == []


def test_every_parameter_and_every_operation_is_described() -> None:
    operations = [one for item in DOCUMENT["paths"].values() for one in item.values()]
    for operation in operations:
        assert operation["summary"].endswith((".", "?")), operation["operationId"]
        assert operation["tags"], operation["operationId"]
        undescribed = [one["name"] for one in operation["parameters"] if not one.get("description")]
        assert undescribed == [], operation["operationId"]


def test_every_tag_is_explained_and_used() -> None:
    explained = {one["name"] for one in DOCUMENT["tags"]}
    operations = [one for item in DOCUMENT["paths"].values() for one in item.values()]
    used = {tag for operation in operations for tag in operation["tags"]}
    assert used | {"events"} == explained


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
    assert DOCUMENT["components"]["schemas"]["Problem"]["properties"]["reasons"]["items"] == {
        "$ref": "#/components/schemas/ReasonView"
    }


def test_every_list_of_words_is_a_schema_with_a_name() -> None:
    text = json.dumps(
        {name: one for name, one in DOCUMENT["components"]["schemas"].items() if "enum" not in one}
    )
    assert '"enum"' not in text


def test_every_outgoing_event_is_listed() -> None:
    assert set(DOCUMENT["webhooks"]) == set(TYPES)


def test_only_what_requests_have_is_closed_since_answers_and_events_may_get_members() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    closed = {name for name, one in schemas.items() if one.get("additionalProperties") is False}
    assert {"NewOrder", "Money", "Policy"} <= closed, "an unknown member of a request is refused"
    assert closed.isdisjoint({"OrderView", "ReturnView", "OrderEvent", "ParcelEventData", "ParcelChange"})
