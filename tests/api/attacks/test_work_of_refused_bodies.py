"""A body that is refused costs a bounded number of operations, for every operation of the API and whoever sends it."""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from types import FrameType
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient

from api.app import ENDPOINTS, VERSION
from api.description import description
from api.http import bodies, strict_json
from api.http.endpoint import Endpoint
from api.http.list_lengths import ListLengths
from api.http.openapi import describe
from api.http.problems import Problem
from domain.actors import Role
from tests.api.whole_api import bearer_for, path_for, start

WITH_BODY = [it for it in ENDPOINTS if it.schemas.body is not None]
MOST = 87_000  # `{}` in 261 kB, the largest body
FULL = strict_json.MAX_VALUES // 2 - 5  # the most `{}` that are parsed


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client() -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(await start()) as client:
        yield client


def lists_in(limits: ListLengths, *above: str) -> Iterator[tuple[str, ...]]:
    """Where a body of these limits has a list."""
    if limits.max_items is not None:
        yield above
    for name, inside in limits.fields.items():
        yield from lists_in(inside, *above, name)


def of_nothing(place: tuple[str, ...], count: int) -> bytes:
    """A body with that many `{}` at that place, or as the value of any field."""
    value: Any = [{}] * count
    for name in reversed(place or ("x",)):
        value = {name: value}
    return json.dumps(value, separators=(",", ":")).encode()


CASES = [(it, place) for it in WITH_BODY for place in (*lists_in(it.schemas.list_lengths), ())]
NAMES = [f"{it.name}-{'.'.join(place)}" for it, place in CASES]


@pytest.mark.parametrize(("it", "place"), CASES, ids=NAMES)
async def test_a_body_of_nothing_is_refused_as_too_large(
    it: Endpoint, place: tuple[str, ...], client: TestClient[Any, Any]
) -> None:
    headers = {**bearer_for(it), "Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = await client.request(it.method, path_for(it), data=of_nothing(place, MOST), headers=headers)
    assert answer.status == 413


class Calls:
    """Counts calls of functions, those of C included, from where it is entered to where it is left."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> "Calls":
        sys.setprofile(self._on)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _on(self, frame: FrameType, event: str, argument: object) -> None:
        self.count += event in ("call", "c_call")


def read(it: Endpoint, raw: bytes) -> Problem:
    """What the body is refused with."""
    try:
        sent = strict_json.loads(raw)
        bodies.validate_body(it.schemas.body, it.schemas.list_lengths, raw, sent)  # type: ignore[arg-type]  # the operation has a body
    except strict_json.TooManyValues:
        return Problem("body_too_large")
    except Problem as problem:
        return problem
    raise AssertionError("the body was accepted")


@pytest.mark.parametrize(("it", "place"), CASES, ids=NAMES)
def test_what_is_refused_for_its_size_is_not_looked_at(it: Endpoint, place: tuple[str, ...]) -> None:
    raw = of_nothing(place, MOST)
    with Calls() as calls:
        problem = read(it, raw)
    assert (problem.code, calls.count < 50) == ("body_too_large", True), calls.count


@pytest.mark.parametrize(("it", "place"), CASES, ids=NAMES)
def test_a_list_that_is_too_long_is_refused_before_its_items_are_looked_at(
    it: Endpoint, place: tuple[str, ...]
) -> None:
    """Parsing takes nine calls for each value; the shape, and the errors of the answer, take none."""
    raw = of_nothing(place, FULL)
    read(it, raw)  # so that what is made once is not counted
    with Calls() as calls:
        problem = read(it, raw)
    assert problem.code == "invalid_body"
    assert calls.count < 10 * FULL, calls.count
    errors: Any = problem.extra["errors"]
    if place:
        assert [(one["pointer"], one["code"]) for one in errors] == [("/" + "/".join(place), "too_long")]
    assert len(errors) <= 50


def test_a_text_without_end_is_searched_once() -> None:
    """Each quote could be the begin of a text: a search that tried each would take hours for these 256 kB."""
    for unit in (b'\\"', b'"', b'"\\', b'"a",', b"\\"):
        raw = b'["' + unit * (bodies.JSON_LIMIT // len(unit))
        assert len(strict_json._STRING.findall(raw)) <= raw.count(b'"')
        with pytest.raises(strict_json.NotJson):
            strict_json.loads(raw)


def test_every_list_that_is_sent_has_a_greatest_length() -> None:
    document = describe(ENDPOINTS, description(VERSION))
    unbounded = [
        f"{it.name} {pointer}"
        for it in WITH_BODY
        for pointer in _unbounded(document["components"]["schemas"], _body_schema(document, it), "", ())
    ]
    assert unbounded == []


def _body_schema(document: Any, it: Endpoint) -> Any:
    operation = document["paths"][it.path][it.method.lower()]
    return operation["requestBody"]["content"]["application/json"]["schema"]


def _unbounded(shared: Any, schema: Any, at: str, above: tuple[str, ...]) -> Iterator[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in above:
        return
    if name:
        yield from _unbounded(shared, shared[name], at, (*above, name))
    if schema.get("type") == "array":
        if "maxItems" not in schema and not _of_an_enum(shared, schema):
            yield at
        yield from _unbounded(shared, schema.get("items", {}), f"{at}/-", above)
    for key, inside in schema.get("properties", {}).items():
        yield from _unbounded(shared, inside, f"{at}/{key}", above)
    for inside in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _unbounded(shared, inside, at, above)


def _of_an_enum(shared: Any, schema: Any) -> bool:
    """Of named values: there are few, and the limit of the body's bytes and values is enough."""
    inner = schema.get("items", {})
    inner = shared.get(inner.get("$ref", "").rpartition("/")[2], inner)
    return "enum" in inner


def test_a_customer_may_send_less_than_others() -> None:
    limits = {it.name: it.limit for it in WITH_BODY if Role.CUSTOMER in it.roles}
    assert limits.pop("open_return") == 64 * 1024, "it holds the token of a quote"
    assert limits.pop("register_device") == 4 * 1024, "an address and two keys of a browser"
    assert set(limits.values()) == {32 * 1024}
