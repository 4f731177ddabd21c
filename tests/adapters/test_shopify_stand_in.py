"""The stand-in for Shopify does what Shopify does: one test for each line H1 to H17 of the facts that were gathered."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, print_schema, validate

from adapters.shopify import documents as shopify_documents
from simulators.payments.shopify.documents import SCHEMA, Refused, check_variables, checked
from tests.adapters.shopify_shop import (
    DOMAIN,
    REFUND,
    SECRET,
    ShopProcess,
    number,
    payment,
    received_bodies,
    running_shop,
    signature,
)
from tests.patience import PATIENCE

INPUTS = Path(__file__).parents[3] / "shared" / "inputs" / "shopify"
recorded = pytest.mark.skipif(not INPUTS.exists(), reason="the recordings of Shopify are not here")

ORDER = """
query Order($id: ID!) {
  order(id: $id) {
    updatedAt displayFinancialStatus refunds(first: 9) { id note }
    netPaymentSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
    transactions { id kind status amountSet { shopMoney { amount } presentmentMoney { amount } } }
    lineItems(first: 5) { nodes { id } } disputes { status initiatedAs }
    returns(first: 5) { nodes { id status returnLineItems(first: 5) { nodes { ... on ReturnLineItem { id quantity } } } } }
    fulfillments { fulfillmentLineItems(first: 5) { nodes { id } } }
  }
}
"""
CHANGE_RETURN = """
mutation Change($id: ID!) {{ {0}(id: $id) {{ return {{ id status }} userErrors {{ field message code }} }} }}
"""


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ShopProcess]:
    async with running_shop(tmp_path_factory.mktemp("stand-in") / "shops.sqlite") as running:
        yield running


async def order_now(shop: ShopProcess, order: Mapping[str, Any]) -> Any:
    return (await shop.graphql(ORDER, {"id": order["id"]}))[1]["data"]["order"]


def recording(name: str) -> Any:
    return json.loads((INPUTS / "graphql" / f"{name}.json").read_text())


async def test_h1_a_wrong_token_is_401_and_a_missing_scope_is_access_denied(shop: ShopProcess) -> None:
    status, body, _ = await shop.graphql("{ shop { name } }", token="wrong")
    text = "[API] Invalid API key or access token (unrecognized login or wrong password)"
    assert (status, body) == (401, {"errors": text})
    order = await shop.order()
    await shop.shop(scopes=["read_orders"])
    given = {"orderId": order["id"], "transactions": [payment(order, "1.00")]}
    status, body, _ = await shop.graphql(REFUND, {"input": given, "key": "k"})
    await shop.shop()
    assert (status, body["errors"][0]["extensions"]["code"], body["data"]) == (
        200,
        "ACCESS_DENIED",
        {"refundCreate": None},
    )
    assert (await order_now(shop, order))["refunds"] == []


async def test_h2_an_unknown_version_falls_forward_and_says_so(shop: ShopProcess) -> None:
    await shop.shop(deprecated="https://shopify.dev/changelog")
    served = [
        (await shop.graphql("{ shop { name } }", version=version))[2] for version in ("2026-10", "2019-04")
    ]
    await shop.shop()
    assert [one["X-Shopify-API-Version"] for one in served] == ["2026-10", "2026-01"]
    assert served[0]["X-Shopify-API-Deprecated-Reason"] == "https://shopify.dev/changelog"


async def test_h3_documents_and_variables_are_validated(shop: ShopProcess) -> None:
    wrong = REFUND.replace("field message", "field message code")
    status, body, _ = await shop.graphql(wrong, {"input": {"orderId": "x"}, "key": "k"})
    assert (status, body["errors"][0]["extensions"]) == (
        200,
        {"code": "undefinedField", "typeName": "UserError", "fieldName": "code"},
    )
    assert "data" not in body
    status, body, _ = await shop.graphql(REFUND, {"input": {"orderId": "x", "userId": 1}, "key": "k"})
    problems = [{"path": ["userId"], "explanation": "Field is not defined on RefundInput"}]
    assert (status, body["errors"][0]["extensions"]["code"]) == (200, "INVALID_VARIABLE")
    assert body["errors"][0]["extensions"]["problems"] == problems


@recorded
def test_h3_errors_are_those_of_the_recordings() -> None:
    probe = recording("refund_create_unknown_input_fields")
    wrong = probe["invalidVariable"]
    with pytest.raises(Refused) as refused:
        check_variables(checked(wrong["query"]), wrong["variables"])
    assert refused.value.errors == wrong["response"]["errors"]
    with pytest.raises(Refused) as refused:
        checked(probe["invalidInline"]["document"])
    assert refused.value.errors == probe["invalidInline"]["response"]["errors"]


async def test_h4_a_refund_needs_a_key_on_its_field(shop: ShopProcess) -> None:
    order = await shop.order()
    given = {"input": {"orderId": order["id"], "transactions": [payment(order, "1.00")]}}
    without = REFUND.replace(", $key: String!", "").replace(" @idempotent(key: $key)", "")
    _, body, _ = await shop.graphql(without, given)
    error = body["errors"][0]
    assert (error["message"], error["extensions"], error["path"], body["data"]) == (
        "The @idempotent directive is required for this mutation but was not provided.",
        {"code": "BAD_REQUEST"},
        ["refundCreate"],
        {"refundCreate": None},
    )
    misplaced = without.replace("RefundInput!)", 'RefundInput!) @idempotent(key: "k")')
    _, body, _ = await shop.graphql(misplaced, given)
    assert body["errors"][0]["extensions"]["code"] == "directiveCannotBeApplied"
    _, body, _ = await shop.graphql(REFUND, {**given, "key": " "})
    assert body["data"] == {"refundCreate": None}
    assert (await order_now(shop, order))["refunds"] == []


async def test_h5_a_key_is_one_refund_for_a_day(shop: ShopProcess) -> None:
    order = await shop.order("10.00", plan="pending")
    first = await shop.refund(order, "1.00", "day")
    paid = first["refund"]["transactions"]["nodes"][0]
    await shop.post(f"/shops/{DOMAIN}/transactions", {"transaction": paid["id"], "status": "SUCCESS"})
    again = await shop.refund(order, "1.00", "day")
    assert again["refund"]["id"] == first["refund"]["id"]
    states = [one["refund"]["transactions"]["nodes"][0]["status"] for one in (first, again)]
    assert states == ["PENDING", "SUCCESS"]
    other = await shop.refund(order, "1.00", "day", note="another")
    assert other["userErrors"] == [
        {
            "field": None,
            "message": "The same idempotency key cannot be used with different operation parameters.",
        }
    ]
    await shop.refund(order, "99.00", "refused")
    failed = await shop.refund(order, "99.00", "refused")
    text = "A previous request with this idempotency key failed. Retry with a new idempotency key."
    assert failed["userErrors"] == [{"field": None, "message": text}]
    await shop.post("/clock", {"seconds": 25 * 3600})
    assert (await shop.refund(order, "1.00", "day"))["refund"]["id"] != first["refund"]["id"]


async def test_h5_a_key_is_in_use_while_its_call_runs(shop: ShopProcess) -> None:
    order = await shop.order()
    await shop.arm("slow", field="refundCreate", seconds=1.0)
    running = asyncio.ensure_future(shop.refund(order, "1.00", "busy"))
    text = "This request is currently in progress, please try again."
    while (await shop.get("/faults"))["faults"]:
        pass
    meanwhile = await shop.refund(order, "1.00", "busy")
    assert meanwhile["userErrors"] == [{"field": None, "message": text}]
    made = await running
    assert (await shop.refund(order, "1.00", "busy"))["refund"]["id"] == made["refund"]["id"]
    assert len((await order_now(shop, order))["refunds"]) == 1


async def test_h6_refusals_are_word_for_word(shop: ShopProcess) -> None:
    order, other = await shop.order("15.00", lines=[{"quantity": 2}]), await shop.order()
    line = (await order_now(shop, order))["lineItems"]["nodes"][0]["id"]
    foreign = payment(order, "1.00", parentId=other["transactions"][0]["id"])
    units = [{"lineItemId": line, "quantity": 3, "restockType": "NO_RESTOCK"}]
    refused: list[tuple[dict[str, object], Any, str]] = [
        ({"orderId": "gid://shopify/Order/9999999"}, ["orderId"], "Order does not exist"),
        (
            {"transactions": [payment(order, "1.00", kind="AUTHORIZATION")]},
            None,
            "Kind authorization is not a valid transaction",
        ),
        (
            {"transactions": [foreign]},
            ["transactions"],
            "Transactions require a parent_id associated with the order",
        ),
        (
            {"transactions": [], "refundLineItems": units},
            ["refundLineItems", "0", "quantity"],
            "Quantity cannot refund more items than were purchased",
        ),
    ]
    for place, (changed, field, message) in enumerate(refused):
        answer = await shop.refund(order, "1.00", f"refusal-{place}", **changed)
        assert answer["userErrors"] == [{"field": field, "message": message}]
        assert answer["refund"] is None


async def test_h7_the_parents_gateway_counts_and_nothing_lifts_the_net_payment(shop: ShopProcess) -> None:
    await shop.shop(currency="CAD")
    order = await shop.order(transactions=[{"amount": "15.00", "gateway": "manual"}])
    over = await shop.refund(order, "25.00", "over", allowOverRefunding=True)
    message = "Refund amount $25.00 is greater than net payment received $15.00"
    assert over["userErrors"] == [{"field": None, "message": message}]
    made = await shop.refund(order, "5.00", "gateway")
    assert made["refund"]["transactions"]["nodes"][0]["gateway"] == "manual"
    await shop.shop()


async def test_h8_a_waiting_refund_counts_when_it_has_arrived(shop: ShopProcess) -> None:
    order = await shop.order("10.00", plan="pending")
    before = len(await shop.webhooks())
    made = await shop.refund(order, "4.00", "waits")
    assert [one["topic"] for one in (await shop.webhooks())[before:]] == ["refunds/create"]
    assert made["refund"]["totalRefundedSet"]["shopMoney"]["amount"] == "0.0"
    paid = made["refund"]["transactions"]["nodes"][0]
    await shop.post(f"/shops/{DOMAIN}/transactions", {"transaction": paid["id"], "status": "SUCCESS"})
    assert [one["topic"] for one in (await shop.webhooks())[before + 1 :]] == ["order_transactions/create"]
    assert (await order_now(shop, order))["netPaymentSet"]["shopMoney"]["amount"] == "6.0"


async def test_h9_shop_and_buyer_have_currencies_of_their_own(shop: ShopProcess) -> None:
    await shop.shop(currency="CAD")
    order = await shop.order("9.00", presentment="USD", rate="1.4194")
    missing = await shop.refund(order, "5.00", "no-currency")
    assert missing["userErrors"][0]["field"] == ["currency"]
    made = await shop.refund(order, "5.00", "two-currencies", currency="USD")
    assert made["refund"]["totalRefundedSet"] == {
        "shopMoney": {"amount": "7.1", "currencyCode": "CAD"},
        "presentmentMoney": {"amount": "5.0", "currencyCode": "USD"},
    }
    await shop.shop()


async def test_h10_amounts_come_without_trailing_zeros(shop: ShopProcess) -> None:
    for amount, shown in (("15.00", "15.0"), ("7.10", "7.1"), ("12.77", "12.77")):
        order = await shop.order(amount)
        made = await shop.refund(order, amount, f"zeros-{amount}")
        assert made["refund"]["totalRefundedSet"]["shopMoney"]["amount"] == shown


async def test_h11_returns_have_states_and_no_key(shop: ShopProcess) -> None:
    order = await shop.order("10.00", lines=[{"quantity": 2, "fulfilled": 2}])
    created = await shop.post(f"/shops/{DOMAIN}/returns", {"order": order["id"]})
    one = (await order_now(shop, order))["returns"]["nodes"][0]
    assert (one["id"], one["status"]) == (created["return"], "OPEN")
    line = one["returnLineItems"]["nodes"][0]
    process = """
    mutation Process($input: ReturnProcessInput!) {
      returnProcess(input: $input) { return { id status } userErrors { field message code } } }
    """
    given = {"input": {"returnId": one["id"], "returnLineItems": [{"id": line["id"], "quantity": 2}]}}
    answers = [(await shop.graphql(process, given))[1]["data"]["returnProcess"] for _ in range(2)]
    assert (answers[0]["return"]["status"], answers[0]["userErrors"]) == ("OPEN", [])
    assert answers[1]["userErrors"][0]["message"] == "Return line item has an invalid quantity."
    moves = [
        ("returnCancel", "Return is not cancelable."),
        ("returnClose", "CLOSED"),
        ("returnClose", "CLOSED"),
        ("returnReopen", "OPEN"),
    ]
    for verb, expected in moves:
        answer = (await shop.graphql(CHANGE_RETURN.format(verb), {"id": one["id"]}))[1]["data"][verb]
        assert expected in (answer["return"] or {}).get("status", answer["userErrors"] or "") or (
            answer["userErrors"][0]["message"] == expected
        )
    _, body, _ = await shop.graphql(CHANGE_RETURN.format("returnClose"), {"id": order["id"]})
    assert body["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


async def test_h11_a_return_takes_what_was_shipped_and_is_in_no_other(shop: ShopProcess) -> None:
    order = await shop.order("10.00", lines=[{"quantity": 3, "fulfilled": 2}])
    fulfilled = (await order_now(shop, order))["fulfillments"][0]["fulfillmentLineItems"]["nodes"][0]["id"]
    create = """
    mutation Create($input: ReturnInput!) {
      returnCreate(returnInput: $input) { return { id } userErrors { field message code } } }
    """
    for quantity, message in ((3, "Return line item has an invalid quantity."), (2, ""), (1, "invalid")):
        lines = [{"fulfillmentLineItemId": fulfilled, "quantity": quantity}]
        given = {"input": {"orderId": order["id"], "returnLineItems": lines}}
        answer = (await shop.graphql(create, given))[1]["data"]["returnCreate"]
        said = answer["userErrors"][0]["message"] if answer["userErrors"] else ""
        assert message in said
        assert bool(answer["return"]) == (message == "")


async def test_h12_store_credit_and_gift_cards_are_refused_as_recorded(shop: ShopProcess) -> None:
    credit = """
    mutation Credit($id: ID!, $input: StoreCreditAccountCreditInput!) {
      storeCreditAccountCredit(id: $id, creditInput: $input) { userErrors { field message code } } }
    """
    amount = {"creditAmount": {"amount": "1.00", "currencyCode": "USD"}}
    for kind, code, message in (
        ("Customer", "OWNER_NOT_FOUND", "Owner does not exist"),
        ("StoreCreditAccount", "ACCOUNT_NOT_FOUND", "Store credit account does not exist"),
    ):
        given = {"id": f"gid://shopify/{kind}/999", "input": amount}
        answer = (await shop.graphql(credit, given))[1]["data"]["storeCreditAccountCredit"]
        assert answer["userErrors"] == [{"field": ["id"], "message": message, "code": code}]
    card = """
    mutation Card($input: GiftCardCreateInput!) {
      giftCardCreate(input: $input) { giftCard { id } userErrors { field message code } } }
    """
    answers = [
        (await shop.graphql(card, {"input": {"initialValue": "10", "code": code}}))[1]["data"][
            "giftCardCreate"
        ]
        for code in ("abc", "bad!code", "smotleg00001", "smotleg00001")
    ]
    assert [one["userErrors"][0]["code"] if one["userErrors"] else "" for one in answers] == [
        "TOO_SHORT",
        "INVALID",
        "",
        None,
    ]
    assert answers[-1]["userErrors"][0]["message"] == "Code has already been taken"


async def test_h13_points_run_out_and_come_back(shop: ShopProcess) -> None:
    order = await shop.order()
    for status in (200, 429):
        await shop.shop(maximum_points=20, restore_rate=0.001, throttle_status=status)
        for _ in range(9):
            answered, body, _ = await shop.graphql(ORDER, {"id": order["id"]})
            if "errors" in body:
                break
        assert (answered, body["errors"][0]["extensions"]["code"]) == (status, "THROTTLED")
        assert "data" not in body
        assert body["extensions"]["cost"]["actualQueryCost"] is None
    await shop.shop()
    _, body, _ = await shop.graphql(ORDER, {"id": order["id"]})
    throttle = body["extensions"]["cost"]["throttleStatus"]
    assert (throttle["maximumAvailable"], throttle["restoreRate"]) == (2000.0, 100.0)


async def test_h14_an_internal_error_may_be_before_or_after_the_refund(shop: ShopProcess) -> None:
    for kind, refunds in (("internal_before", 0), ("internal_after", 1)):
        order = await shop.order()
        await shop.arm(kind, field="refundCreate")
        given = {"orderId": order["id"], "transactions": [payment(order, "1.00")]}
        status, body, _ = await shop.graphql(REFUND, {"input": given, "key": kind})
        assert (status, body["errors"][0]["extensions"]["code"]) == (200, "INTERNAL_SERVER_ERROR")
        assert len((await order_now(shop, order))["refunds"]) == refunds


async def test_h15_what_staff_do_is_seen_in_the_order_and_reported(shop: ShopProcess) -> None:
    order = await shop.order("10.00", lines=[{"quantity": 1, "fulfilled": 1}])
    before = len(await shop.webhooks())
    parent = order["transactions"][0]["id"]
    await shop.post(f"/shops/{DOMAIN}/refunds", {"order": order["id"], "parent": parent, "amount": "2.00"})
    for verb in ("create", "cancel"):
        await shop.post(f"/shops/{DOMAIN}/returns", {"order": order["id"], "verb": verb})
    now = await order_now(shop, order)
    assert (len(now["refunds"]), now["returns"]["nodes"][0]["status"]) == (1, "CANCELED")
    topics = [one["topic"] for one in (await shop.webhooks())[before:]]
    assert topics == [
        "order_transactions/create",
        "refunds/create",
        "returns/approve",
        "returns/cancel",
    ]


async def test_h16_webhooks_are_signed_over_the_body_and_repeat_it(shop: ShopProcess) -> None:
    order = await shop.order()
    async with received_bodies() as (url, bodies):
        await shop.shop(webhook_url=url)
        await shop.refund(order, "1.00", "signed")
        sent = (await shop.webhooks())[-2:]
        await shop.post(f"/shops/{DOMAIN}/webhooks/{sent[-1]['seq']}", {})
        await shop.shop()
        assert len({one["headers"]["X-Shopify-Event-Id"] for one in sent}) == 1
        for one in sent:
            assert one["headers"]["X-Shopify-Hmac-SHA256"] == signature(one["body"].encode(), SECRET)
        assert bodies == [sent[0]["body"].encode(), sent[1]["body"].encode(), sent[1]["body"].encode()]
    for _ in range(2):
        await shop.post(f"/shops/{DOMAIN}/disputes", {"order": order["id"]})
    assert [one["topic"] for one in (await shop.webhooks())[-2:]] == ["disputes/create", "disputes/update"]


async def test_h16_a_webhook_that_the_receiver_does_not_take_is_repeated(shop: ShopProcess) -> None:
    order = await shop.order()
    async with received_bodies(refused=2) as (url, bodies):
        await shop.shop(webhook_url=url)
        await shop.refund(order, "1.00", "repeated")
        sent = {one["body"].encode() for one in (await shop.webhooks())[-2:]}
        async with asyncio.timeout(PATIENCE):
            while len(bodies) < 4:
                await asyncio.sleep(0.05)
        assert {*bodies[:2]} == {*bodies[2:]} == sent
        await shop.shop()


async def test_h17_a_mail_that_is_asked_for_is_recorded(shop: ShopProcess) -> None:
    order = await shop.order()
    before = await shop.mails()
    await shop.refund(order, "1.00", "quiet", notify=False)
    await shop.refund(order, "1.00", "default")
    assert await shop.mails() == before
    made = await shop.refund(order, "1.00", "loud", notify=True)
    assert await shop.mails() == [*before, made["refund"]["id"]]


_BEYOND_THE_SLICE = {"QueryRoot.currentAppInstallation", "QueryRoot.shop"}
_TYPES_BEYOND = {"AppInstallation", "AccessScope", "Shop"}


@recorded
def test_the_schema_is_a_part_of_the_public_one() -> None:
    public = build_schema((INPUTS / "admin_2026-07_slice.graphql").read_text())
    for name, one in SCHEMA.type_map.items():
        if name.startswith("__") or name in _TYPES_BEYOND:
            continue
        theirs = public.type_map[name]
        assert type(theirs) is type(one)
        for field, ours in getattr(one, "fields", {}).items():
            if f"{name}.{field}" in _BEYOND_THE_SLICE:
                continue
            other = theirs.fields[field]  # type: ignore[attr-defined]
            assert str(ours.type) == str(other.type), (name, field)
            assert {k: str(v.type) for k, v in getattr(ours, "args", {}).items()} == {
                k: str(v.type) for k, v in getattr(other, "args", {}).items()
            }, (name, field)
        if hasattr(one, "values"):
            assert set(one.values) == set(theirs.values)  # type: ignore[attr-defined]
    assert "directive @idempotent" in print_schema(SCHEMA)


@recorded
@pytest.mark.parametrize("name", ["ORDER", "REFUNDS", "CREATE", "CHANGED"])
def test_our_documents_are_valid_by_the_public_schema(name: str) -> None:
    public = build_schema((INPUTS / "admin_2026-07_slice.graphql").read_text())
    assert validate(public, parse(getattr(shopify_documents, name))) == []


@recorded
async def test_a_recorded_refund_is_made_in_the_same_words(shop: ShopProcess) -> None:
    full = recording("refund_create_full")
    await shop.shop(currency="CAD")
    order = await shop.order(
        transactions=[{"amount": "15.00", "gateway": "manual"}], lines=[{"title": "Goods", "quantity": 1}]
    )
    line = (await order_now(shop, order))["lineItems"]["nodes"][0]["id"]
    given = full["variables"]["input"]
    units = [{**given["refundLineItems"][0], "lineItemId": line}]
    made = await shop.refund(order, "15.00", "recorded", note=given["note"], refundLineItems=units)
    then = full["mutation"]["response"]["data"]["refundCreate"]
    assert made["userErrors"] == then["userErrors"]
    assert made["refund"]["note"] == then["refund"]["note"]
    assert made["refund"]["totalRefundedSet"]["shopMoney"] == then["refund"]["totalRefundedSet"]["shopMoney"]
    assert (await order_now(shop, order))["displayFinancialStatus"] == then["order"]["displayFinancialStatus"]
    assert number(made["refund"]["id"]).isdigit()
    await shop.shop()
