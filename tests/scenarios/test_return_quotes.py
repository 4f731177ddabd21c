"""What was quoted is recorded and paid; a quote that is not ours, or no longer true, is refused."""

from collections.abc import Awaitable, Callable

import pytest

from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]


@pytest.mark.scenario("S-61")
async def test_the_quoted_amount_is_recorded_and_paid(shop: Shop) -> None:
    order, payment = await shop.bought()
    quote = (await shop.quote(order, item("2"), item("1", 2))).ok()
    assert quote["verdict"] == "accepted"
    assert quote["quote"]["refund"] == gbp(2900 + 2400)
    assert [(one["line_id"], one["amount"]) for one in quote["quote"]["items"]] == [
        ("2", gbp(2900)),
        ("1", gbp(2400)),
    ]
    assert [(share["tender_id"], share["amount"]) for share in quote["quote"]["shares"]] == [
        ("card", gbp(5300))
    ]
    await shop.advance_clock(hours=20)
    opened = (await shop.open(order, item("2"), item("1", 2), quote=quote["token"])).ok()
    assert opened["return"]["refund"] == quote["quote"]["refund"]
    (await shop.drop_off(opened)).ok()
    paid = await shop.paid(order, opened["return"]["return_id"])
    [leg] = paid["settlements"][0]["legs"]
    assert leg["principal"] == quote["quote"]["refund"]
    [refund] = await shop.refunds(payment)
    assert (refund["amount"], refund["id"]) == (5300, leg["reference"])
    assert (await shop.view(order))["refunded"] == gbp(5300)


@pytest.mark.scenario("S-61")
async def test_a_quote_stays_good_while_other_units_are_sent_back(shop: Shop) -> None:
    order, _ = await shop.bought()
    token = (await shop.quote(order, item("2"))).ok()["token"]
    (await shop.open(order, item("1", 3))).ok()
    opened = (await shop.open(order, item("2"), quote=token)).ok()
    assert opened["return"]["refund"] == gbp(2900)


async def test_a_quote_whose_units_went_another_way_is_stale(shop: Shop) -> None:
    order, _ = await shop.bought()
    token = (await shop.quote(order, item("1", 1))).ok()["token"]
    (await shop.open(order, item("1", 1))).ok()  # reserves the very unit that was quoted
    async with shop.nothing_changes(order):
        answer = await shop.open(order, item("1", 1), quote=token)
    assert (answer.status, answer.reasons) == (422, ["quote_stale"])


async def test_a_quote_is_good_for_its_day_and_no_longer(create_shop: CreateShop) -> None:
    shop = await create_shop(quote_hours=6)
    order, _ = await shop.bought()
    token = (await shop.quote(order, item())).ok()["token"]
    await shop.advance_clock(hours=5, minutes=59)
    (await shop.open(order, item(), quote=token)).ok()
    token = (await shop.quote(order, item())).ok()["token"]
    await shop.advance_clock(hours=6)
    async with shop.nothing_changes(order):
        answer = await shop.open(order, item(), quote=token)
    assert (answer.status, answer.reasons) == (422, ["quote_expired"])


@pytest.mark.parametrize("where", [0, 20, -10])
async def test_a_quote_with_one_character_changed_is_refused(shop: Shop, where: int) -> None:
    order, _ = await shop.bought()
    token = (await shop.quote(order, item())).ok()["token"]
    other = "A" if token[where] != "A" else "B"
    forged = token[:where] + other + token[where:][1:]
    async with shop.nothing_changes(order):
        answer = await shop.open(order, item(), quote=forged)
    assert (answer.status, answer.reasons) == (422, ["quote_stale"])


async def test_the_quote_of_another_order_or_of_other_items_is_refused(
    shop: Shop, create_shop: CreateShop
) -> None:
    order, _ = await shop.bought()
    neighbour, _ = await shop.bought()
    other_shop = await create_shop()
    elsewhere, _ = await other_shop.bought()
    tokens = [
        (await shop.quote(neighbour, item())).ok()["token"],
        (await other_shop.quote(elsewhere, item())).ok()["token"],
        (await shop.quote(order, item("2"))).ok()["token"],
        (await shop.quote(order, item("1", 2))).ok()["token"],
        "nonsense",
        "",
    ]
    async with shop.nothing_changes(order):
        for token in tokens:
            answer = await shop.open(order, item(), quote=token)
            assert (answer.status, answer.reasons) == (422, ["quote_stale"]), token
