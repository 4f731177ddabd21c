"""The queue of open questions: what each row shows, who works on it, and that of two who claim one question one gets it."""

import asyncio
from typing import Any

import pytest

from tests.scenarios.helpers import item
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop
from tests.scenarios.test_lists import listed

pytestmark = pytest.mark.databases_in_turn


async def reviewed(create_shop: Any, orders: int = 1) -> tuple[Shop, list[str]]:
    """A shop, and orders whose returns wait for an agent."""
    shop: Shop = await create_shop(review_above={"GBP": 100})
    names = [await shop.delivered(order_id=f"1048{number}") for number in range(orders)]
    for order in names:
        assert (await shop.open(order, item())).status == 202
    return shop, names


async def test_a_question_shows_what_it_is_about_and_what_happens_by_itself(create_shop: Any) -> None:
    shop, [order] = await reviewed(create_shop)
    [row] = await listed(shop, "/v1/attention", kind="review")
    assert (row["order"], row["number"], row["customer_name"]) == (order, "10480", "Zdzisława Testowa")
    assert (row["value"], row["priority"]) == ({"minor": 1200, "currency": "GBP"}, "normal")
    assert (row["default"], row["holder"], row["overdue"]) == ("approve", None, False)
    assert "May it be returned" in row["question"]
    assert (await shop.call("GET", f"/v1/attention/{row['item']}", role="agent")).ok().body == row
    [for_finance] = await listed(shop, "/v1/attention", role="finance")
    assert for_finance["customer_name"] is None


async def test_agents_claim_hand_over_and_release_what_they_work_on(create_shop: Any) -> None:
    shop, _ = await reviewed(create_shop, 3)
    first, second, _ = await listed(shop, "/v1/attention")
    claimed = (await shop.call("POST", f"/v1/attention/{first['item']}/claim", role="agent")).ok()
    assert claimed["holder"] is not None
    assert [row["item"] for row in await listed(shop, "/v1/attention", holder="me")] == [first["item"]]
    assert len(await listed(shop, "/v1/attention", holder="none")) == 2
    counts = (await shop.call("GET", "/v1/attention/counts", role="agent")).ok()
    assert (counts["open"], counts["mine"], counts["unassigned"], counts["overdue"]) == (3, 1, 2, 0)
    assert counts["by_kind"] == {"review": 3}

    named = {"role": "agent", "name": "Maria"}
    maria = (await shop.call("POST", f"/v1/merchants/{shop.name}/keys", named, role="admin")).ok()["details"][
        "id"
    ]
    for one in (first, second):
        path = f"/v1/attention/{one['item']}/hand-over"
        given = (await shop.call("POST", path, {"to": maria}, role="agent")).ok()
        assert given["holder"] == {"id": maria, "name": "Maria"}
        problem(await shop.call("POST", path, {"to": "usr_nobodys"}, role="agent"), 422, "refused")
    refused = await shop.call("POST", f"/v1/attention/{first['item']}/release", role="agent")
    problem(refused, 409, "already_claimed")
    assert refused["current"]["holder"]["name"] == "Maria"
    released = await shop.call("POST", f"/v1/attention/{first['item']}/release", role="senior_agent")
    assert released.ok()["holder"] is None
    lines = (await shop.call("GET", "/v1/audit?limit=100", role="admin")).ok()["items"]
    done = [one["action"] for one in lines if one["action"].startswith("attention_")]
    assert done == [f"attention_{it}" for it in ("claimed", "handed_over", "handed_over", "released")]


async def test_of_two_agents_who_claim_at_once_one_is_named_to_the_other(create_shop: Any) -> None:
    shop, _ = await reviewed(create_shop)
    [row] = await listed(shop, "/v1/attention")
    path = f"/v1/attention/{row['item']}/claim"
    answers = await asyncio.gather(
        *(shop.call("POST", path, role=role) for role in ("agent", "senior_agent", "agent", "senior_agent"))
    )
    won = {answer["holder"]["id"] for answer in answers if answer.status == 200}
    lost = [answer for answer in answers if answer.status != 200]
    assert (len(won), len(lost)) == (1, 2)
    for answer in lost:
        problem(answer, 409, "already_claimed")
        assert answer["current"]["holder"]["id"] in won


async def test_a_claim_ends_with_its_question(create_shop: Any) -> None:
    shop, _ = await reviewed(create_shop)
    [row] = await listed(shop, "/v1/attention")
    path = f"/v1/attention/{row['item']}"
    (await shop.call("POST", f"{path}/claim", role="agent")).ok()
    await shop.override(f"returns/{row['subject']}", "approve", reason="a good customer")
    problem(await shop.call("POST", f"{path}/claim", role="senior_agent"), 404, "not_found")
    problem(await shop.call("GET", path, role="agent"), 404, "not_found")
    other, _ = await reviewed(create_shop)
    [foreign] = await listed(other, "/v1/attention")
    problem(await shop.call("POST", f"/v1/attention/{foreign['item']}/claim", role="agent"), 404, "not_found")
