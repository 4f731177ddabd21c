"""What the OpenAPI document allows, sent as it allows it, alone and in sequences: nothing fails, and answers are as described."""

import asyncio
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from domain.actors import Role
from tests.scenarios.attacks.operations import KEYED, role_for
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
SLOW = ("advance_clock",)  # it runs all that is due, for minutes
BOUNDED = hypothesis.settings(
    max_examples=3, deadline=None, database=None, derandomize=True, suppress_health_check=[*HealthCheck]
)


def keys_of(shop: Shop) -> dict[str, str]:
    """A key by the operation's name; the platform's where no merchant's key is for it."""
    merchants = {it.name: shop.keys[role_for(it)] for it in KEYED if it.roles - {Role.ADMIN, Role.CUSTOMER}}
    return {it.name: merchants.get(it.name, shop.deployment.admin_key) for it in KEYED}


def document(shop: Shop) -> Any:
    schema = schemathesis.openapi.from_url(f"{shop.deployment.addresses['api']}/openapi.json")
    return schema.exclude(operation_id=[*SLOW])


def headers(case: Any, keys: dict[str, str]) -> dict[str, str]:
    key = keys.get(case.operation.definition.raw.get("operationId", ""))
    return {"Authorization": f"Bearer {key}"} if key else {}


def each_operation(shop: Shop) -> int:
    """How many requests were sent."""
    keys, sent = keys_of(shop), 0

    def send(case: Any) -> None:
        nonlocal sent
        sent += 1
        response = case.call(headers=headers(case, keys))
        case.validate_response(response, checks=CHECKS)

    for found in document(shop).get_all_operations():
        strategy = found.ok().as_strategy()
        BOUNDED(hypothesis.seed(1)(hypothesis.given(case=strategy)(send)))()
    return sent


def sequences(shop: Shop) -> list[int]:
    """Operations one after the other, each with what the answers before it named; the statuses of the answers."""
    keys, statuses = keys_of(shop), list[int]()
    machine = document(shop).as_state_machine()

    class Sequences(machine):  # type: ignore[misc, valid-type]
        def before_call(self, case: Any) -> None:
            case.headers = {**(case.headers or {}), **headers(case, keys)}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            statuses.append(response.status_code)
            case.validate_response(response, checks=CHECKS)

    Sequences.run(settings=hypothesis.settings(BOUNDED, max_examples=8, stateful_step_count=6))
    return statuses


async def test_every_operation_answers_as_described(shop: Shop) -> None:
    assert await asyncio.to_thread(each_operation, shop) >= 60


async def test_sequences_of_operations_answer_as_described(shop: Shop) -> None:
    statuses = await asyncio.to_thread(sequences, shop)
    assert len(statuses) > 20
    assert {status // 100 for status in statuses} >= {2, 4}
