"""Staff see what a command would change before they give it; nothing happens by that, and a stale version is shown."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]
DEAR = [{"line_id": "tv", "sku": "TV", "title": "Television", "quantity": 2, "unit_price": gbp(60_000)}]
WHY = {"reason": "good customer"}


async def review(shop: Shop) -> tuple[str, str]:
    order, _ = await shop.bought(lines=DEAR)
    opened = await shop.open(order, item("tv"), quote=(await shop.quote(order, item("tv"))).ok()["token"])
    return order, opened["return"]["return_id"]


async def test_an_approval_is_previewed_and_then_is_what_was_shown(shop: Shop) -> None:
    order, return_id = await review(shop)
    body: dict[str, Any] = {"override": "approve", **WHY}
    async with shop.nothing_changes(order):
        seen = (
            await shop.call("POST", f"/v1/returns/{return_id}/overrides/preview", body, role="agent")
        ).ok()
    [status] = seen["statuses"]
    assert (status["before"], status["after"]) == ("in_review", "authorized")
    assert [letter["kind"] for letter in seen["letters"]] == ["return_authorized"]
    assert [question["kind"] for question in seen["questions_closed"]] == ["review"]
    assert seen["payments"] == []
    approved = (await shop.override(f"returns/{return_id}", "approve", **WHY)).ok()
    assert approved["return"]["status"] == "authorized"


async def test_a_question_is_closed_and_an_order_cancelled_only_in_the_preview(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(unshipped_days=2, attention_days=60)
    order = await shop.place()
    await shop.advance_clock(days=30)
    [question] = await shop.attention_items(order)
    closing = {"kind": question["kind"], "subject": question["subject"], **WHY}
    async with shop.nothing_changes(order):
        closed = (
            await shop.call("POST", f"/v1/orders/{order}/attention/closings/preview", closing, role="agent")
        ).ok()
        assert [one["subject"] for one in closed["questions_closed"]] == [question["subject"]]
        cancelled = (await shop.call("POST", f"/v1/orders/{order}/cancel/preview", role="agent")).ok()
        closing["subject"] = "ret_none"
        refused = await shop.call(
            "POST", f"/v1/orders/{order}/attention/closings/preview", closing, role="agent"
        )
    assert [one["after"] for one in cancelled["statuses"]] == ["cancelled"]
    assert (refused.status, refused.reasons) == (422, ["question_unknown"])


async def test_a_preview_of_a_version_that_is_no_longer_the_newest_shows_the_order_as_it_is(
    shop: Shop,
) -> None:
    order, return_id = await review(shop)
    path, body = f"/v1/orders/{order}/overrides/preview", {"override": "extend_window", "days": 9, **WHY}
    seq = (await shop.call("POST", path, body, role="agent")).ok()["seq"]
    (await shop.override(f"returns/{return_id}", "approve", **WHY)).ok()
    stale = await shop.call("POST", path, {**body, "expected_seq": seq}, role="agent")
    assert (stale.status, stale.body["code"]) == (409, "version_conflict")
    assert stale.body["current"]["seq"] > seq


async def test_what_pays_waits_and_is_taken_back_once(shop: Shop) -> None:
    """Scenario of AGT-7: the agent undoes a cancellation in time; given again, it is done at once."""
    order = await shop.place()
    waits: dict[str, Any] = {"override": "cancel", "wait": True, **WHY}
    planned = (await shop.call("POST", f"/v1/orders/{order}/overrides", waits, role="agent")).ok()
    [plan] = planned["planned"]
    assert (planned["stage"], plan["command"], plan["role"]) == ("placed", "cancel", "agent")
    twice = await shop.call("POST", f"/v1/orders/{order}/overrides", waits, role="agent")
    assert twice.reasons == ["already_planned"]
    answers = f"/v1/orders/{order}/planned/{plan['plan']}/answers"
    undone = (await shop.call("POST", answers, {"answer": "undo"}, role="agent")).ok()
    assert undone["planned"] == []
    assert (await shop.call("POST", answers, {"answer": "undo"}, role="agent")).reasons == ["nothing_to_undo"]
    await shop.advance_clock(minutes=5)
    assert (await shop.view(order))["stage"] == "placed"

    [plan] = (await shop.call("POST", f"/v1/orders/{order}/overrides", waits, role="agent")).ok()["planned"]
    answers = f"/v1/orders/{order}/planned/{plan['plan']}/answers"
    done = (await shop.call("POST", answers, {"answer": "at_once"}, role="agent")).ok()
    assert (done["stage"], done["planned"]) == ("cancelled", [])
    [line] = await shop.timeline(order, "command_undone")
    assert (line["role"], line["details"]) == ("agent", {"command": "cancel"})


async def test_what_was_not_taken_back_has_its_effect_when_its_time_has_come(shop: Shop) -> None:
    order = await shop.place()
    waits: dict[str, Any] = {"override": "cancel", "wait": True, **WHY}
    (await shop.call("POST", f"/v1/orders/{order}/overrides", waits, role="agent")).ok()
    await shop.advance_clock(seconds=30)
    view = await shop.view(order)
    assert (view["stage"], view["planned"]) == ("cancelled", [])
    assert sum(tender["pending"]["minor"] + tender["refunded"]["minor"] for tender in view["tenders"]) > 0


async def test_the_order_on_one_page_has_its_dates_its_lanes_and_what_lies_ahead(shop: Shop) -> None:
    order, return_id = await review(shop)
    note = {"text": "she sent a photo"}
    (await shop.call("POST", f"/v1/orders/{order}/notes", note, role="agent", key="note-1")).ok()
    page = (await shop.call("GET", f"/v1/orders/{order}/staff-page", role="agent")).ok()
    assert page["order"]["customer"]["name"]
    assert page["dates"]["promised"]
    [question] = page["questions"]
    assert (question["kind"], question["subject"], question["answers"]) == (
        "review",
        return_id,
        ["approve", "refuse"],
    )
    assert {"goods", "decisions", "letters", "notes"} <= {entry["lane"] for entry in page["timeline"]}
    assert [entry["at"] for entry in page["timeline"]] == sorted(
        (entry["at"] for entry in page["timeline"]), reverse=True
    )
    [noted] = [entry for entry in page["timeline"] if entry["lane"] == "notes"]
    assert (noted["text"], noted["role"]) == ("she sent a photo", "agent")
    [by_default] = [entry for entry in page["ahead"] if entry["reason"] == "review"]
    assert (by_default["default"], by_default["only_if"]) == ("approve", True)
    for_finance = (await shop.call("GET", f"/v1/orders/{order}/staff-page", role="finance")).ok()
    assert (for_finance["order"]["customer"], len(for_finance["timeline"])) == (None, len(page["timeline"]))
    refused = await shop.call("GET", f"/v1/orders/{order}/staff-page", role="storefront")
    assert refused.status == 403
