"""A command above the limit of its role waits for a second person, and is performed once (NEW-11)."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.scenarios.people_of_a_shop import Colleague, colleague, page_of
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn
LIMITS = {"second_approver": {"agent": {"GBP": 5000}, "senior_agent": {"GBP": 10000}}}
CANCEL = {"override": "cancel", "reason": "she is ill"}


async def cancelled_by(user: Colleague, order: str, key: str = "c1") -> dict[str, Any]:
    """The agent cancels an order of 69.95, which is above the limit of 50.00. The reason of the refusal."""
    path = f"/v1/orders/{order}/overrides"
    answer = await user.call("POST", path, CANCEL, **{"Idempotency-Key": key})
    assert (answer.status, answer.reasons) == (422, ["approval_needed"])
    details: dict[str, Any] = answer["reasons"][0]["details"]
    return details


async def decide(user: Colleague, approval: str, decision: str = "approve") -> Any:
    body = {"decision": decision, "reason": "she is right"}
    return await user.call("POST", f"/v1/approvals/{approval}/decisions", body)


async def approve_by_page(user: Colleague, approval: str) -> None:
    """The page lists what waits; its form decides."""
    status, shown = await page_of(user, "/agents/approvals")
    assert (status, "she is ill" in shown) == (200, True)
    assert "Cancel order, " in shown
    assert re.search(r"<b>Order #\w+</b></a> · <bdi>\w", shown), "whose order it is"
    [field] = {*re.findall(r'name="csrf" value="([^"]+)"', shown)}
    form = {"csrf": field, "decision": "approve", "reason": "she is right"}
    status, shown = await page_of(user, f"/agents/approvals/{approval}", **form)
    assert (status, "Nothing waits for a second person" in shown) == (200, True)


async def test_a_command_above_the_limit_is_approved_by_another_person_and_performed_once(
    create_shop: Callable[..., Awaitable[Shop]],
) -> None:
    shop, other_shop = await create_shop(**LIMITS), await create_shop()
    maria, tom = (
        await colleague(shop, "m@example.org"),
        await colleague(shop, "t@example.org", "agent", "Tom"),
    )
    ada = await colleague(shop, "a@example.org", "senior_agent", "Ada")
    order = await shop.place()
    details = await cancelled_by(maria, order)
    assert (details["minor"], details["currency"]) == (6995, "GBP")
    assert await cancelled_by(maria, order, "c1") == details
    approval = details["approval"]
    assert (await shop.view(order))["stage"] != "cancelled"
    waiting = (await ada.call("GET", "/v1/approvals?status=open")).ok()["items"]
    assert [(one["id"], one["command"], one["reason"], one["requested_by"]["name"]) for one in waiting] == [
        (approval, "cancel", "she is ill", "Maria")
    ]
    assert (await decide(maria, approval)).body["code"] == "approval_own"
    assert (await decide(tom, approval)).status == 403
    _, listed = await page_of(tom, f"/agents/approvals/{approval}")
    assert "Waits for a person with a higher limit" in listed, "the address of one request leads to the list"
    assert 'value="approve"' not in listed, "a button that can only be refused is not there"
    foreign = await other_shop.call("GET", f"/v1/approvals/{approval}", role="agent")
    assert foreign.status == 404
    done = (await decide(ada, approval)).ok()
    assert (done["status"], done["decided_by"]["name"], done["verdict"]) == ("approved", "Ada", "accepted")
    assert (await decide(ada, approval)).body["code"] == "approval_ended"
    [plan] = (await shop.view(order))["planned"]
    assert (plan["command"], plan["role"]) == ("cancel", "agent"), "the undo window is that of all commands"
    answers = f"/v1/orders/{order}/planned/{plan['plan']}/answers"
    (await maria.call("POST", answers, {"answer": "undo"})).ok()
    assert (await shop.view(order))["stage"] == "placed"
    again = (await cancelled_by(maria, order, "c2"))["approval"]
    await approve_by_page(ada, again)
    await shop.advance_clock(seconds=30)
    assert (await shop.view(order))["stage"] == "cancelled"
    await shop.until(order, lambda view: view["settlements"][0]["legs"][0]["status"] == "settled")
    [paid] = await shop.timeline(order, "payment_settled")
    fact = paid["payment"]
    assert (fact["amount"], fact["tender"], fact["decided_by"]["name"], fact["approved_by"]["name"]) == (
        {"minor": 6995, "currency": "GBP"}, "card", "Maria", "Ada"
    )  # fmt: skip
    assert fact["reference"]
    text = " ".join(
        re.sub("<[^>]+>|[\u2066-\u2069]", "", (await page_of(tom, f"/agents/orders/{order}"))[1]).split()
    )
    assert f"reference {fact['reference']}" in text
    assert "back on the card" in text
    assert "Maria, approved by Ada" in text
    lines = (await shop.call("GET", "/v1/audit?limit=100", role="admin")).ok()["items"]
    assert {line["amount"]["currency"] for line in lines if "amount" in line["details"]} == {"GBP"}
    anna = await colleague(shop, "anna@example.org", "admin", "Anna")
    assert "£69.95" in (await page_of(anna, "/agents/admin/audit"))[1]
    number = quote((await shop.view(order))["order_id"], safe="")
    _, audit = await page_of(anna, f"/agents/admin/audit?order={number}&actor={maria.id}")
    assert {*re.findall(r'<tr data-action="(\w+)"', audit)} >= {"approval_requested", "command_planned"}
    assert "Maria" in audit.partition("<tbody>")[2]
    assert not re.search(r">[^<]*(override_reason|approval_requested|refused:)", audit), "it is in words"
    assert "Approval asked for" in audit
    assert "data-action" not in (await page_of(anna, f"/agents/admin/audit?order={number}&actor={tom.id}"))[1]
    by_action = {line["action"]: line["name"] for line in lines}
    assert (by_action["approval_requested"], by_action["approval_approved"]) == ("Maria", "Ada")
    assert by_action["cancel"] == "Maria" or "Maria" in str(lines)


async def request_by_sheet(user: Colleague, order: str) -> str:
    """The agent opens the sheet, which warns, and presses; the page then says who may decide."""
    path = f"/agents/orders/{order}/commands/cancel"
    _, sheet = await page_of(user, path)
    assert "is above your limit of £50.00: a second person has to agree." in sheet
    assert re.search('Ask for approval: Cancel order, <bdi class="money">£', sheet), (
        "the sum is no raw markup"
    )
    assert "&lt;bdi" not in sheet
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', sheet))
    status, shown = await page_of(user, path, **form, because="she is ill")
    assert (status, "Waits for a colleague" in shown) == (200, True)
    assert "Who may decide it: Ada" in shown
    page = (await page_of(user, f"/agents/orders/{order}"))[1]
    chip = re.search(r'<a href="/agents/approvals#h-apr_\w+">.*?</a>', page, re.DOTALL)
    assert chip, "the order's page leads to the request"
    assert "Waits for a second person: Cancel order, " in chip[0]
    listed = (await page_of(user, "/agents/approvals"))[1]
    assert 'value="approve"' not in listed, "who asked for it does not approve it"
    assert '<textarea id="f-because"' not in shown, "nothing is left to press"
    return shown


async def request_twice(maria: Colleague, ada: Colleague, order: str) -> None:
    """A second press is the same request, and what the order refuses afterwards is not shown as approved."""
    await request_by_sheet(maria, order)
    looked = (await maria.call("POST", f"/v1/orders/{order}/overrides/preview", CANCEL)).ok()
    second = looked["second_person"]
    assert (second["limit"]["minor"], second["roles"]) == (5000, ["senior_agent", "finance", "admin"])
    asked = (await cancelled_by(maria, order, "c9"))["approval"]
    [waiting] = (await ada.call("GET", "/v1/approvals?status=open")).ok()["items"]  # and no expired one
    assert (waiting["id"], second["approval"]) == (asked, asked), "tabs and programmes make no second request"
    assert (waiting["number"], waiting["customer_name"]) != ("", None)
    (await ada.call("POST", f"/v1/orders/{order}/overrides", CANCEL)).ok()
    done = (await decide(ada, asked)).ok()
    assert (done["status"], done["verdict"].partition(":")[0]) == ("refused", "refused")
    _, shown = await page_of(ada, "/agents/approvals")
    assert "Refused by the order" in shown
    assert "Approved</span>" not in shown


async def test_a_request_is_refused_or_ends_by_itself_and_small_commands_need_none(
    create_shop: Callable[..., Awaitable[Shop]],
) -> None:
    shop = await create_shop(**LIMITS)
    maria = await colleague(shop, "m@example.org")
    ada = await colleague(shop, "a@example.org", "senior_agent", "Ada")
    order = await shop.place()
    first = (await cancelled_by(maria, order, "c1"))["approval"]
    assert (await decide(ada, first, "refuse")).ok()["status"] == "refused"
    second = (await cancelled_by(maria, order, "c2"))["approval"]
    assert second != first
    await shop.advance_clock(days=4)
    assert (await decide(ada, second)).body["code"] == "approval_ended"
    assert (await maria.call("GET", f"/v1/approvals/{second}")).ok()["status"] == "expired"
    note = {"override": "note", "reason": "she called"}
    assert (await maria.call("POST", f"/v1/orders/{order}/overrides", note)).status == 200
    assert (await shop.view(order))["stage"] != "cancelled"
    await request_twice(maria, ada, await shop.place())
