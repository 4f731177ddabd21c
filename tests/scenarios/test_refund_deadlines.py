"""Over HTTP: money of a return has a date, people are told before, it leaves by itself, and told dates are counted."""

from collections.abc import Awaitable, Callable

import pytest

from tests.scenarios.helpers import item
from tests.scenarios.shop import AT_ONCE, Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]
LIMIT = "2026-03-17T00:00:00Z"


async def test_money_waits_for_the_warehouse_and_leaves_by_itself_at_the_limit_of_the_law(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt", code_days=60, goods_days=90, notices=AT_ONCE)
    order, card = await shop.bought()
    quoted = (await shop.quote(order, item("1"))).ok()
    offers = {offer["resolution"]: offer for offer in quoted["quote"]["offers"]}
    assert offers["refund"]["money"]["leaves_by"] == "2026-03-16"
    opened = (await shop.open(order, item("1"), quote=quoted["token"])).ok()
    return_id = opened["return"]["return_id"]
    (await shop.drop_off(opened)).ok()
    letter = await shop.until_notice(order, "money_promised")
    assert "16 March 2026" in letter["text"]

    await shop.advance_clock(days=8)
    [asked] = [one for one in await shop.attention_items(order) if one["kind"] == "refund_due"]
    assert (asked["owner"], asked["default"], asked["deadline"]) == ("warehouse", "refund", LIMIT)
    await shop.advance_clock(days=4)
    deadline = (await shop.get_return(return_id, role="agent"))["return"]["deadline"]
    assert (deadline["by"], deadline["at"], deadline["alerted"]) == ("law", LIMIT, 80)
    assert await shop.refunds(card) == []

    await shop.advance_clock(days=2, hours=6)
    paid = await shop.paid(order, return_id)
    assert paid["deadline"]["released_at"] == "2026-03-16T12:00:00Z"
    assert sum(one["amount"] for one in await shop.refunds(card)) == 1200
    view = await shop.until(
        order, lambda view: all(one["outcome"] != "open" for one in view["date_promises"])
    )
    assert {one["kind"]: one["outcome"] for one in view["date_promises"]} == {
        "money_leaves": "kept",
        "money_arrives": "kept",
    }
    assert not [one for one in await shop.attention_items(order) if one["kind"] == "refund_due"]
    told = (await shop.call("GET", "/v1/reports/summary", role="agent")).ok()["promises"]
    assert told == {"money_leaves": {"kept": 1}, "money_arrives": {"kept": 1}}


async def test_a_date_that_is_broken_is_told_with_the_next_one_and_made_good(create_shop: CreateShop) -> None:
    shop = await create_shop(
        pay_on="receipt", code_days=60, goods_days=90, notices=AT_ONCE,
        refund_deadlines={"promised_days": 3, "goodwill": {"GBP": 500}},
    )  # fmt: skip
    order, card = await shop.bought()
    opened = (await shop.open(order, item("1"))).ok()
    return_id = opened["return"]["return_id"]
    (await shop.drop_off(opened)).ok()
    (await shop.override(f"returns/{return_id}", "hold", days=30)).ok()
    await shop.advance_clock(days=4)
    letter = await shop.until_notice(order, "date_broken")
    assert "your money leaves by 5 March 2026. It has not left yet." in letter["text"]
    goodwill = await shop.until_notice(order, "goodwill_issued")
    assert "£5.00" in goodwill["text"]
    [asked] = [one for one in await shop.attention_items(order) if one["kind"] == "refund_due"]
    assert (asked["owner"], asked["default"]) == ("merchant", "remind")
    assert await shop.refunds(card) == []
    (await shop.override(f"returns/{return_id}", "release")).ok()
    await shop.paid(order, return_id)
    told = (await shop.call("GET", "/v1/reports/summary", role="agent")).ok()["promises"]
    assert told["money_leaves"] == {"broken": 1, "kept": 1}
