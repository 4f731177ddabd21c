"""Orders as shops have them: addresses without a zone, tax on top, a discount of the whole, tips, customers without e-mail."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.helpers import gbp
from tests.scenarios.problem_assertions import problem, validation_errors
from tests.scenarios.shop import START, Shop


def usd(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "USD"}


async def american(shop: Shop, **changes: Any) -> dict[str, Any]:
    """Two shirts at 25.00 and a cap at 20.00 less 7.00 of all, 8.875 % on top, 5.00 shipping and 2.00 tip, in Denver."""
    bill = 7000 - 700 + 559 + 500 + 200
    body: dict[str, Any] = {
        "currency": "USD",
        "destination": {"country": "us", "postcode": "80202"},
        "lines": [
            {"line_id": "1", "sku": "SHIRT", "title": "Shirt", "quantity": 2, "unit_price": usd(2500)},
            {"line_id": "2", "sku": "CAP", "title": "Cap", "quantity": 1, "unit_price": usd(2000)},
        ],
        "discount": usd(700),
        "tax": usd(559),
        "tax_included": False,
        "shipping": usd(500),
        "tip": usd(200),
        "tenders": [
            {
                "tender_id": "card",
                "kind": "wallet",
                "amount": usd(bill),
                "payment": await shop.pay(bill, "USD"),
            }
        ],
    }
    return await shop.order_body(**{**body, **changes})


async def test_tax_on_top_a_discount_of_the_whole_and_a_tip_are_billed_to_the_cent_and_paid_back(
    shop: Shop,
) -> None:
    body = await american(shop)
    order = (await shop.call("POST", "/v1/orders", body)).ok()
    assert order["captured"] == usd(7559)
    number = await shop.ship(order["order"])
    await shop.scan(number, "delivered")
    await shop.until(order["order"], lambda view: view["delivered"] == "all")
    items = [
        {"line_id": "1", "quantity": 2, "reason": "unwanted"},
        {"line_id": "2", "quantity": 1, "reason": "unwanted"},
    ]
    path = f"/v1/orders/{order['order']}/returns/quote"
    quote = (await shop.call("POST", path, {"items": items})).ok()["quote"]
    assert quote["refund"] == usd(7000 - 700 + 559)
    assert [one["amount"]["minor"] for one in quote["items"]] == [4899, 1960]
    assert (quote["shares"][0]["kind"], quote["shares"][0]["to"]) == ("wallet", "provider")


async def test_an_address_without_a_zone_is_placed_and_a_guess_is_in_the_audit(shop: Shop) -> None:
    body = await american(shop)
    placed = (await shop.call("POST", "/v1/orders", body)).ok()
    assert placed["due"] == "2026-03-08T00:00:00-07:00"  # the end of the day in Denver
    guess = await shop.order_body(destination={"country": "US", "region": "TX"})
    guessed = (await shop.call("POST", "/v1/orders", guess)).ok()["order"]
    entries = (await shop.call("GET", f"/v1/orders/{guessed}/timeline", role="agent")).ok()["items"]
    [said] = [one for one in entries if one["action"] == "zone_guessed"]
    assert said["details"] == {"country": "US", "zone": "America/Chicago"}
    certain = (await shop.call("GET", f"/v1/orders/{placed['order']}/timeline", role="agent")).ok()["items"]
    assert "zone_guessed" not in [one["action"] for one in certain]


@pytest.mark.parametrize("code", ["UK", "gb", "XI"])
async def test_a_reserved_spelling_of_a_country_is_read(shop: Shop, code: str) -> None:
    body = await shop.order_body(destination={"country": code, "postcode": "N1 9GU"})
    assert (await shop.call("POST", "/v1/orders", body)).status == 201


@pytest.mark.parametrize("destination", [{"country": "ZZ"}, {"country": "QQ", "zone": "Europe/Paris"}])
async def test_what_is_no_country_is_refused(shop: Shop, destination: dict[str, str]) -> None:
    answer = await shop.call("POST", "/v1/orders", await shop.order_body(destination=destination))
    assert validation_errors(answer) == [("/destination/country", "unknown_country")]


async def test_totals_that_do_not_match_are_both_said_and_how_the_bill_was_computed(shop: Shop) -> None:
    body = await american(shop, tip=usd(201))
    [error] = problem(await shop.call("POST", "/v1/orders", body), 400, "invalid_body")["errors"]
    assert (error["pointer"], error["code"]) == ("/tenders", "totals_do_not_match")
    assert error["details"] == {
        "lines": 6859, "shipping": 500, "tip": 201, "bill": 7560, "tenders": 7559, "currency": "USD",
    }  # fmt: skip
    assert "6859 + shipping 500 + tip 201 = 7560" in error["detail"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tip": gbp(200)}, ("/tip", "currency_mismatch")),
        ({"tax": gbp(559)}, ("/tax", "currency_mismatch")),
        ({"discount": usd(-1)}, ("/discount", "negative_amount")),
        ({"discount": usd(7001)}, ("/discount", "discount_too_large")),
        ({"shipping_tax": usd(560)}, ("/tax", "tax_does_not_match")),
    ],
)
async def test_amounts_of_the_whole_that_cannot_be_are_refused_at_their_place(
    shop: Shop, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    answer = await shop.call("POST", "/v1/orders", await american(shop, **changes))
    assert validation_errors(answer) == [expected]


async def test_an_order_of_next_year_is_refused(shop: Shop) -> None:
    body = await shop.order_body(placed_at=(START + timedelta(days=365)).isoformat())
    answer = await shop.call("POST", "/v1/orders", body)
    assert validation_errors(answer) == [("/placed_at", "placed_in_the_future")]


@pytest.mark.parametrize("contact", [{}, {"phone": "+447700900123"}])
async def test_a_customer_without_an_e_mail_can_still_return_by_their_link(
    shop: Shop, contact: dict[str, str]
) -> None:
    customer = {"customer_id": "walk-in", "name": "Ada", **contact}
    order = await shop.delivered(customer=customer)
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    body = {"items": [{"line_id": "1", "quantity": 1, "reason": "unwanted"}], "resolution": "refund"}
    opened = (await shop.call("POST", f"/v1/orders/{order}/returns", body, token=link, key="k")).ok()
    await shop.drop_off(opened)
    paid = await shop.paid(order, opened["return"]["return_id"])
    assert paid["status"] == "settled"
    assert {one["status"] for one in await shop.notices(order)} <= {"dropped", "held", "queued"}
