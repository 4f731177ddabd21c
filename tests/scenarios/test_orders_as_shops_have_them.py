"""Orders as shops have them: addresses without a zone, tax on top, a discount of the whole, tips, customers without e-mail."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.helpers import gbp
from tests.scenarios.problem_assertions import problem, validation_errors
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn

ON_SQLITE = pytest.mark.parametrize(
    "kind", ["sqlite"]
)  # what differs between the databases is tested elsewhere


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


@ON_SQLITE
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


@ON_SQLITE
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


@ON_SQLITE
@pytest.mark.parametrize("code", ["UK", "gb", "XI"])
async def test_a_reserved_spelling_of_a_country_is_read(shop: Shop, code: str) -> None:
    body = await shop.order_body(destination={"country": code, "postcode": "N1 9GU"})
    assert (await shop.call("POST", "/v1/orders", body)).status == 201


@ON_SQLITE
@pytest.mark.parametrize("destination", [{"country": "ZZ"}, {"country": "QQ", "zone": "Europe/Paris"}])
async def test_what_is_no_country_is_refused(shop: Shop, destination: dict[str, str]) -> None:
    answer = await shop.call("POST", "/v1/orders", await shop.order_body(destination=destination))
    assert validation_errors(answer) == [("/destination/country", "unknown_country")]


@ON_SQLITE
async def test_totals_that_do_not_match_are_both_said_and_how_the_bill_was_computed(shop: Shop) -> None:
    body = await american(shop, tip=usd(201))
    [error] = problem(await shop.call("POST", "/v1/orders", body), 400, "invalid_body")["errors"]
    assert (error["pointer"], error["code"]) == ("/tenders", "totals_do_not_match")
    assert error["details"] == {
        "lines": 6859, "shipping": 500, "tip": 201, "bill": 7560, "tenders": 7559, "currency": "USD",
    }  # fmt: skip
    assert "6859 + shipping 500 + tip 201 = 7560" in error["detail"]


@ON_SQLITE
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


@ON_SQLITE
async def test_an_order_of_next_year_is_refused(shop: Shop) -> None:
    body = await shop.order_body(placed_at=(START + timedelta(days=365)).isoformat())
    answer = await shop.call("POST", "/v1/orders", body)
    assert validation_errors(answer) == [("/placed_at", "placed_in_the_future")]


@ON_SQLITE
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


async def _invoiced(shop: Shop, kind: str = "invoice") -> str:
    """A delivered order of 69.95 that is paid afterwards."""
    tenders = [{"tender_id": "later", "kind": kind, "amount": gbp(6995)}]
    return await shop.delivered(tenders=tenders)


async def _returned(shop: Shop, order: str) -> dict[str, Any]:
    """One mug, 12.00, is handed in."""
    body = {"items": [{"line_id": "1", "quantity": 1, "reason": "unwanted"}], "resolution": "refund"}
    opened = (await shop.call("POST", f"/v1/orders/{order}/returns", body, key="r")).ok()
    await shop.drop_off(opened)
    view: dict[str, Any] = opened["return"]
    return view


@ON_SQLITE
async def test_an_order_on_an_invoice_is_followed_before_it_is_paid_and_nothing_goes_back_before(
    shop: Shop,
) -> None:
    order = await _invoiced(shop)
    view = await shop.view(order)
    assert (view["captured"], view["delivered"]) == (gbp(0), "all")
    case = await _returned(shop, order)
    [item] = (await shop.until(order, lambda view: view["attention"]))["attention"]
    assert (item["kind"], item["owner"]) == ("payment_not_captured", "finance")
    payment = await shop.pay(6995)
    told = {"tender_id": "later", "payment": payment}
    path = f"/v1/orders/{order}/payments"
    view = (await shop.call("POST", path, told)).ok()
    assert view["captured"] == gbp(6995)
    paid = await shop.paid(order, case["return_id"])
    assert [(leg["to"], leg["principal"]) for leg in paid["settlements"][0]["legs"]] == [
        ("provider", gbp(1200))
    ]
    assert (await shop.call("POST", path, told)).ok()["captured"] == gbp(6995)
    other = await shop.call("POST", path, {**told, "amount": gbp(100)})
    assert (other.status, other.reasons) == (422, ["already_captured"])


@ON_SQLITE
async def test_cash_on_delivery_is_paid_back_by_a_person_who_says_so(shop: Shop) -> None:
    order = await _invoiced(shop, "cash_on_delivery")
    (await shop.call("POST", f"/v1/orders/{order}/payments", {"tender_id": "later"})).ok()
    case = await _returned(shop, order)
    [item] = (await shop.until(order, lambda view: view["attention"]))["attention"]
    assert item["kind"] == "refund_by_hand"
    said = {"override": "paid_by_hand", "reason": "by bank transfer", "leg": item["subject"]}
    (await shop.call("POST", f"/v1/orders/{order}/overrides", said, role="finance")).ok()
    paid = await shop.paid(order, case["return_id"])
    assert (paid["money"], await shop.attention_items(order)) == ("paid", [])


@ON_SQLITE
@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"tender_id": "nobody"}, "tender_unknown"),
        ({"tender_id": "later", "amount": gbp(6996)}, "more_than_due"),
        ({"tender_id": "later", "amount": usd(100)}, "more_than_due"),
    ],
)
async def test_what_is_no_payment_of_the_order_is_refused(
    shop: Shop, told: dict[str, Any], reason: str
) -> None:
    order = await _invoiced(shop)
    answer = await shop.call("POST", f"/v1/orders/{order}/payments", told)
    assert (answer.status, answer.reasons) == (422, [reason])


async def test_a_payment_of_another_order_is_a_conflict_and_nothing_is_written(shop: Shop) -> None:
    first, second = await _invoiced(shop), await _invoiced(shop)
    told = {"tender_id": "later", "payment": await shop.pay(6995)}
    (await shop.call("POST", f"/v1/orders/{first}/payments", told)).ok()
    problem(await shop.call("POST", f"/v1/orders/{second}/payments", told), 409, "payment_taken")
    assert (await shop.view(second))["captured"] == gbp(0)


async def test_lines_are_added_and_paid_and_the_same_lines_again_change_nothing(shop: Shop) -> None:
    order = await shop.place()
    lamp = {"line_id": "3", "sku": "RUG", "title": "Rug", "quantity": 2, "unit_price": gbp(1000)}
    card = {"tender_id": "second", "kind": "card", "amount": gbp(2400), "payment": await shop.pay(2400)}
    added = {"lines": [lamp], "tax": gbp(400), "tax_included": False, "tenders": [card]}
    path = f"/v1/orders/{order}/lines"
    for _ in range(2):
        view = (await shop.call("POST", path, added)).ok()
        assert (view["captured"], [line["quantity"] for line in view["lines"]]) == (gbp(9395), [3, 1, 2])
    other = await shop.call(
        "POST", path, {"lines": [{**lamp, "quantity": 3}], "tenders": [{**card, "amount": gbp(3000)}]}
    )
    assert (other.status, other.reasons) == (422, ["line_exists", "tender_exists"])
    unpaid = await shop.call("POST", path, {"lines": [{**lamp, "line_id": "4"}]})
    assert validation_errors(unpaid) == [("/tenders", "totals_do_not_match")]
    number = await shop.ship(order)
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["delivered"] == "all")
    body = {"items": [{"line_id": "3", "quantity": 1, "reason": "unwanted"}]}
    quote = (await shop.call("POST", f"/v1/orders/{order}/returns/quote", body)).ok()["quote"]
    assert quote["refund"] == gbp(1200)


async def test_units_are_removed_once_per_key_and_their_money_goes_back(shop: Shop) -> None:
    order = await shop.place()
    path, one = f"/v1/orders/{order}/removals", {"lines": [{"line_id": "1", "quantity": 1}]}
    problem(await shop.call("POST", path, one), 400, "idempotency_key_missing")
    for role in ("storefront", "agent"):
        (await shop.call("POST", path, one, key="edit-1", role=role)).ok()
    await shop.until(order, lambda view: view["refunded"] == gbp(1200))
    number = await shop.ship(order)
    assert [parcel["units"] for parcel in (await shop.view(order))["parcels"]] == [{"1": 2, "2": 1}]
    await shop.scan(number, "in_transit")
    late = await shop.call("POST", path, one, key="edit-2")
    assert (late.status, late.reasons) == (422, ["units_already_shipped"])


async def test_the_address_is_changed_until_a_parcel_has_left(shop: Shop) -> None:
    order = await shop.place()
    path, denver = f"/v1/orders/{order}/destination", {"country": "US", "postcode": "80202"}
    view = (await shop.call("PUT", path, denver)).ok()
    assert view["due"] == "2026-03-08T00:00:00-07:00"
    number = await shop.ship(order)
    await shop.scan(number, "in_transit")
    await shop.until(order, lambda view: view["stage"] == "shipped")
    assert (await shop.call("PUT", path, denver)).status == 200  # it goes there already
    late = await shop.call("PUT", path, {"country": "FR"})
    assert (late.status, late.reasons) == (422, ["order_shipped"])
    unknown = await shop.call("PUT", path, {"country": "ZZ"})
    assert validation_errors(unknown) == [("/country", "unknown_country")]
