"""Every operation that a customer's link may call answers with a schema that was written for customers."""

import pytest
from pydantic import TypeAdapter

from api.app import ENDPOINTS
from api.http.endpoint import JSON, Endpoint
from api.request_context import shown_reasons
from domain.actors import Role
from domain.reasons import Reason, Violation
from services.merchants.authentication import Caller

FOR_CUSTOMERS = {
    "CustomerOrder",
    "CustomerReturnResponse",
    "QuoteResponse",
    "ReturnableResponse",
    "AcceptedMessage",
    "Conversation",
    "FeedbackView",
    "OrderPage",
    "PushOffer",
    "SentLetter",
    "WithdrawalOffer",
}
CUSTOMERS = [it for it in ENDPOINTS if Role.CUSTOMER in it.roles and it.produces == JSON]


def _schemas(response: TypeAdapter[object]) -> set[str]:
    """The schemas that an answer may have: one, or several of which its caller's role decides."""
    schema = response.json_schema(ref_template="{model}", mode="serialization")
    return {one["$ref"] for one in schema.get("anyOf", [schema]) if "$ref" in one} or {schema["title"]}


@pytest.mark.parametrize("it", CUSTOMERS, ids=lambda it: it.name)
def test_an_operation_for_customers_has_an_answer_for_them(it: Endpoint) -> None:
    assert it.schemas.response is not None
    assert len(_schemas(it.schemas.response) & FOR_CUSTOMERS) == 1, _schemas(it.schemas.response)


def test_customers_call_more_than_a_few_operations() -> None:
    assert len(CUSTOMERS) >= 9


@pytest.mark.parametrize(
    ("role", "shown"), [(Role.CUSTOMER, {"line": "1"}), (Role.AGENT, {"line": "1", "limit": 50000})]
)
def test_a_reason_has_the_merchants_limits_for_staff_alone(role: Role, shown: dict[str, object]) -> None:
    class Called:
        caller = Caller("acme", role, "k", None)

    violation = Violation(code=Reason.VALUE_NEEDS_REVIEW, details={"line": "1", "limit": 50000})
    [reason] = shown_reasons(Called(), [violation])  # type: ignore[arg-type]
    assert reason.details == shown
