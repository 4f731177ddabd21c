"""The contract of the whole API: a valid OpenAPI 3.1 document, and paths that clients rely on."""

import json
import re
import warnings
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from datamodel_code_generator import DataModelType, InputFileType, generate
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from api.app import ENDPOINTS, VERSION
from api.description import description
from api.http.auth import PUBLIC
from api.http.docs_page import page
from api.http.openapi import describe

PROMISED = """
POST /v1/orders
GET /v1/orders
GET /v1/orders/{order}
GET /v1/orders/{order}/timeline
GET /v1/orders/{order}/returnable
POST /v1/orders/{order}/attention/closings
POST /v1/orders/{order}/notes
POST /v1/orders/{order}/replies
GET /v1/orders/{order}/parcels/{parcel}/scans
GET /v1/orders/{order}/explain
POST /v1/orders/{order}/parcels
POST /v1/orders/{order}/handovers
POST /v1/orders/{order}/cancel
POST /v1/orders/{order}/customer-links
POST /v1/orders/{order}/overrides
POST /v1/orders/{order}/returns/quote
POST /v1/orders/{order}/returns
GET /v1/returns
GET /v1/returns/{return}
GET /v1/returns/{return}/code.svg
GET /v1/returns/{return}/code.png
POST /v1/returns/{return}/cancel
POST /v1/returns/{return}/receipts
POST /v1/returns/{return}/overrides
POST /v1/drop-offs/scans
GET /v1/attention
GET /v1/attention/counts
GET /v1/search
POST /v1/attention/bulk
GET /v1/reply-macros
PUT /v1/reply-macros/{macro}
DELETE /v1/reply-macros/{macro}
GET /v1/orders/{order}/reply-macros/{macro}
GET /v1/panel
POST /v1/panel-links
GET /v1/attention/{item}
POST /v1/attention/{item}/claim
POST /v1/attention/{item}/release
POST /v1/attention/{item}/hand-over
POST /v1/unknown-parcels/{tracking_number}/dismissals
GET /v1/audit
GET /v1/customers/{customer}/credit
POST /v1/webhooks/carriers/{source}/{merchant}
GET /v1/reports/summary
GET /v1/webhook-endpoints
POST /v1/webhook-endpoints
GET /v1/webhook-endpoints/{endpoint}
PATCH /v1/webhook-endpoints/{endpoint}
DELETE /v1/webhook-endpoints/{endpoint}
POST /v1/webhook-endpoints/{endpoint}/rotate
POST /v1/webhook-endpoints/{endpoint}/replay
POST /v1/webhook-endpoints/{endpoint}/test
GET /v1/webhook-endpoints/{endpoint}/deliveries
POST /v1/sandbox/clock
GET /healthz
GET /readyz
"""


def test_the_document_is_valid_openapi_3_1() -> None:
    document = describe(ENDPOINTS, description(VERSION))
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_promised_path_is_served() -> None:
    served = {endpoint.route for endpoint in ENDPOINTS}
    assert set(PROMISED.split("\n")) - {""} <= served


def test_only_health_signed_webhooks_and_a_mails_link_need_no_key() -> None:
    public = {endpoint.path for endpoint in ENDPOINTS if endpoint.roles == PUBLIC}
    webhooks = {f"/v1/webhooks/{who}/{{source}}/{{merchant}}" for who in ("carriers", "storefronts")}
    others = ("channels/{channel}/{merchant}", "payments/{provider}/{merchant}", "mail/{source}")
    signed = webhooks | {f"/v1/webhooks/{other}" for other in others}
    pages = {"/v1/unsubscribe/{token}", "/a/{token}", "/c/{token}", "/pages/customer.css"}
    users = {"/v1/sessions", "/v1/invitations/{token}"}
    lookups = {"/v1/order-lookups", "/v1/order-links/{token}", "/v1/withdrawals"}
    assert public == {"/healthz", "/readyz", *signed, *pages, *users, *lookups}


def test_operations_that_move_money_or_open_a_return_need_an_idempotency_key() -> None:
    required = {endpoint.path for endpoint in ENDPOINTS if endpoint.idempotency == "required"}
    answer = "/v1/orders/{order}/consents/{consent}/answer"  # it may cancel, and then money is refunded
    credit = "/v1/customers/{customer}/credit/redemptions"
    lost = {"/v1/orders/{order}/not-received", "/v1/orders/{order}/parcels/{parcel}/choice"}
    written = {f"/v1/orders/{{order}}/{kind}" for kind in ("notes", "replies", "messages")}  # each is kept
    assert required == {
        "/v1/orders/{order}/returns",
        "/v1/orders/{order}/withdrawals",
        "/v1/orders/{order}/cancel",
        answer,
        credit,
        *lost,
        "/v1/orders/{order}/refunds/choice",
        "/v1/orders/{order}/claw-backs/{claim}/answers",
        "/v1/orders/{order}/claw-backs/{claim}/decisions",
        *written,
        "/v1/orders/{order}/removals",
    }


def test_another_generator_makes_types_without_numbered_names(tmp_path: Path) -> None:
    source, models = tmp_path / "openapi.json", tmp_path / "models.py"
    source.write_text(json.dumps(describe(ENDPOINTS, description(VERSION))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about the generator's own defaults
        generate(
            source,
            input_file_type=InputFileType.OpenAPI,
            output=models,
            output_model_type=DataModelType.PydanticV2BaseModel,
            formatters=[],
        )
    text = models.read_text()
    compile(text, str(models), "exec")
    assert re.findall(r"^class \w*\d\(", text, re.MULTILINE) == []
    assert "class NewOrder(BaseModel)" in text


def test_the_plain_page_shows_every_operation_of_the_document() -> None:
    document = describe(ENDPOINTS, description(VERSION))
    shown = page(document)
    for path in document["paths"]:
        assert escape(path) in shown


def _examples(document: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each place that should have an example: its name, its schema and the example, None where there is none."""
    for item in (*document["paths"].values(), *document["webhooks"].values()):
        for operation in item.values():
            answers = {status: one for status, one in operation["responses"].items() if status < "3"}
            for part, place in {"request": operation.get("requestBody", {}), **answers}.items():
                content = place.get("content", {}).get("application/json")
                if content is not None:
                    yield f"{operation['operationId']} {part}", content["schema"], content.get("example")


def test_every_request_and_answer_has_an_example_that_fits_its_schema() -> None:
    """They are recorded: `python -m tests.api_examples tests/scenarios/api_tour.py …` runs scenarios and keeps what they send."""
    document = describe(ENDPOINTS, description(VERSION))
    wrong = []
    for name, schema, example in _examples(document):
        if example is None:
            wrong.append(f"{name}: no example")
            continue
        validator = Draft202012Validator({**schema, "components": document["components"]})
        wrong += [f"{name}: {list(one.path)} {one.message[:200]}" for one in validator.iter_errors(example)]
    assert wrong == []
