"""Over HTTP: the table of dates that a customer is shown is what they are paid when the goods are scanned."""

from collections.abc import Awaitable, Callable

import pytest

from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]


async def test_the_bonus_that_the_table_shows_for_the_day_of_the_scan_is_paid_with_the_money(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(fast_return={}, refunds={"restocking": 1000}, code_days=30)
    order, card = await shop.bought()
    quoted = (await shop.quote(order, item("1"))).ok()
    quote = quoted["quote"]
    parts = {part["kind"]: part["amount"]["minor"] for part in quote["parts"]}
    assert quote["refund"]["minor"] == sum(parts.values()) == parts["goods"] + parts["restocking_fee"]
    assert [offer["resolution"] for offer in quote["offers"]] == ["refund", "store_credit"]
    table = quote["fast_return"]
    refund = quote["refund"]["minor"]
    assert [(row["days"], row["bonus"]["minor"]) for row in table] == [
        (days, (refund * rate + 5000) // 10_000) for days, rate in ((3, 1000), (7, 700), (14, 500))
    ]
    opened = (await shop.open(order, item("1"), quote=quoted["token"])).ok()
    assert opened["return"]["fast_return"] == table
    letter = await shop.until_notice(order, "return_authorized")
    assert letter["text"].count("as store credit") == 3
    await shop.advance_clock(days=5)
    (await shop.drop_off(opened)).ok()
    paid = await shop.paid(order, opened["return"]["return_id"])
    [settlement] = paid["settlements"]
    bonuses = {leg["to"]: leg["bonus"] for leg in settlement["legs"] if leg["bonus"]["minor"]}
    assert bonuses == {"credit": table[1]["bonus"]}
    assert {part["kind"]: part["amount"]["minor"] for part in settlement["parts"]} == parts
    assert sum(one["amount"] for one in await shop.refunds(card)) == refund
