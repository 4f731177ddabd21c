"""Impossible orders: refused whole, with the place of each error, and without a trace."""

import json
from typing import Any

import pytest

from tests.scenarios.helpers import gbp
from tests.scenarios.problem_assertions import problem, row_counts, send, validation_errors
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


def _line(**changes: Any) -> dict[str, Any]:
    return {"line_id": "1", "sku": "S", "title": "T", "quantity": 1, "unit_price": gbp(1000), **changes}


def _card(minor: object, currency: str = "GBP", tender_id: str = "card") -> dict[str, Any]:
    amount = {"minor": minor, "currency": currency}
    return {"tender_id": tender_id, "kind": "card", "amount": amount, "payment": "pay_x"}


_ADA = {"customer_id": "c", "name": "Ada", "email": "ada@example.org"}
_EUR = {"minor": 1000, "currency": "EUR"}
_WRONG: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "a penny short": ({"tenders": [_card(1494)]}, [("/tenders", "totals_do_not_match")]),
    "a penny over": ({"tenders": [_card(1496)]}, [("/tenders", "totals_do_not_match")]),
    "unpaid": ({"tenders": []}, [("/tenders", "totals_do_not_match")]),
    "line in euro": ({"lines": [_line(unit_price=_EUR)]}, [("/lines/0", "currency_mismatch")]),
    "discount in euro": ({"lines": [_line(discount=_EUR)]}, [("/lines/0", "currency_mismatch")]),
    "paid in euro": ({"tenders": [_card(1495, "EUR")]}, [("/tenders/0", "currency_mismatch")]),
    "shipping in euro": ({"shipping": _EUR}, [("/shipping", "currency_mismatch")]),
    "a provider that is not here": (
        {"tenders": [{**_card(1495), "provider": "nobody"}]},
        [("/tenders", "unknown_provider")],
    ),
    "line twice": ({"lines": [_line(), _line()]}, [("/lines", "duplicate_line")]),
    "tender twice": ({"tenders": [_card(1000), _card(495)]}, [("/tenders", "duplicate_tender")]),
    "negative price": ({"lines": [_line(unit_price=gbp(-1))]}, [("/lines", "negative_amount")]),
    "discount above price": ({"lines": [_line(discount=gbp(1001))]}, [("/lines", "negative_amount")]),
    "no lines": ({"lines": []}, [("/lines", "too_short")]),
    "half a unit": ({"lines": [_line(quantity=0.5)]}, [("/lines/0/quantity", "int_type")]),
    "no unit": ({"lines": [_line(quantity=0)]}, [("/lines/0/quantity", "greater_than_equal")]),
    "minus one unit": ({"lines": [_line(quantity=-1)]}, [("/lines/0/quantity", "greater_than_equal")]),
    "units as text": ({"lines": [_line(quantity="1")]}, [("/lines/0/quantity", "int_type")]),
    "units as truth": ({"lines": [_line(quantity=True)]}, [("/lines/0/quantity", "int_type")]),
    "half a penny": ({"shipping": {"minor": 0.5, "currency": "GBP"}}, [("/shipping/minor", "int_type")]),
    "money as text": ({"shipping": {"minor": "495", "currency": "GBP"}}, [("/shipping/minor", "int_type")]),
    "naive placed_at": ({"placed_at": "2026-03-02T08:00:00"}, [("/placed_at", "timezone_aware")]),
    "placed_at as number": ({"placed_at": 1772438400}, [("/placed_at", "datetime_type")]),
    "naive promise": ({"promise": {"at": "2026-03-07T12:00:00"}}, [("/promise/at", "timezone_aware")]),
    "no promise": ({"promise": {}}, [("/promise", "exactly_one_of_day_and_at")]),
    "two promises": (
        {"promise": {"day": "2026-03-07", "at": "2026-03-07T12:00:00Z"}},
        [("/promise", "exactly_one_of_day_and_at")],
    ),
    "no such currency": ({"currency": "GBX"}, [("/currency", "value_error")]),
    "no such zone": (
        {"destination": {"country": "GB", "zone": "Europe/Nowhere"}},
        [("/destination/zone", "value_error")],
    ),
    "unknown field": ({"gift_wrap": True}, [("/gift_wrap", "extra_forbidden")]),
    "empty order id": ({"order_id": ""}, [("/order_id", "string_too_short")]),
    "no such tag of a language": (
        {"customer": {**_ADA, "locale": "de_AT.UTF-8"}},
        [("/customer/locale", "string_pattern_mismatch")],
    ),
    "order id on two lines": ({"order_id": "a\nb"}, [("/order_id", "refused_character")]),
}


@pytest.mark.scenario("S-36")
@pytest.mark.parametrize(("changes", "expected"), _WRONG.values(), ids=_WRONG.keys())
async def test_an_impossible_order_is_refused_with_the_pointer_and_writes_nothing(
    changes: dict[str, Any], expected: list[tuple[str, str]], shop: Shop
) -> None:
    body = await shop.order_body("#wrong", lines=[_line()], shipping=gbp(495), tenders=[_card(1495)])
    before = row_counts(shop)
    assert validation_errors(await shop.call("POST", "/v1/orders", {**body, **changes})) == expected
    assert row_counts(shop) == before
    problem(await shop.call("GET", "/v1/orders/%23wrong"), 404, "not_found")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9223372036854775808"])
async def test_money_that_is_no_number_is_not_json(number: str, shop: Shop) -> None:
    body = await shop.order_body("#wrong", lines=[_line()], shipping=gbp(495), tenders=[_card("AMOUNT")])
    before = row_counts(shop)
    raw = json.dumps(body).replace('"AMOUNT"', number).encode()
    problem(await send(shop, "/v1/orders", raw), 400, "malformed_json")
    assert row_counts(shop) == before
