"""A customer withdraws from a contract: without signing in, by the link of the order, or in the shop's own function."""

import re
import secrets
from datetime import datetime
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.people_of_a_shop import colleague
from tests.scenarios.problem_assertions import eventually, problem
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
BERLIN = {"country": "DE", "zone": "Europe/Berlin", "postcode": "10115"}
NO_LATE_PROMISE = {"day": "2026-03-28"}
MUGS = {"lines": [{"line_id": "1", "quantity": 3}]}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def sent_form(shop: Shop, path: str, language: str = "en", **typed: str) -> tuple[str, str]:
    """The address of the page that answers, and its text. A browser sends no key and no cookie."""
    url = shop.deployment.addresses["api"] + path
    async with shop.http.post(url, data=typed, headers={"Accept-Language": language}) as answer:
        assert answer.status == 200, (answer.status, await answer.text())
        return answer.url.path, await answer.text()


async def page(shop: Shop, path: str, session: str = "") -> tuple[int, str]:
    url, headers = shop.deployment.addresses["api"] + path, {"Cookie": f"smot_session={session}"}
    async with shop.http.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


async def stated(shop: Shop, number: str, email: str, language: str = "en", **more: str) -> tuple[str, str]:
    """A guest states a withdrawal and confirms it: the address of the confirmation, and our id of the statement."""
    typed = {"name": "Ágota Kovács-Ødegård", "number": number, "email": email, "goods": "", **more}
    path = f"/withdraw/{shop.name}"
    _, text = await sent_form(shop, path, language, **typed)
    assert {"en": "Confirm withdrawal", "de": "Widerruf bestätigen"}[language] in text
    [form] = re.findall(r'name="form" value="(\w+)"', text)
    address, _ = await sent_form(shop, f"{path}/confirm", language, **typed, form=form)
    again, _ = await sent_form(shop, f"{path}/confirm", language, **typed, form=form)
    assert again == address, "two clicks are one statement"
    return address, address.split("~")[1]


async def of_staff(shop: Shop, statement: str) -> Any:
    return (await shop.call("GET", f"/v1/withdrawals/{statement}", role="agent")).ok().body


async def settled(shop: Shop, statement: str) -> Any:
    """The statement once it is worked off, and its letter has left."""

    def is_done() -> bool:
        return shop.deployment.rows("SELECT status FROM withdrawals WHERE id = ?", statement) == [("done",)]

    await eventually(is_done, PATIENCE)
    return await of_staff(shop, statement)


async def in_berlin(shop: Shop, *arrivals: str, contents: Any = None, **order: Any) -> tuple[str, str, str]:
    """An order whose parcels arrive then, one unit of the first line after the other: our id, its number, its address."""
    number, email = f"DE-{secrets.token_hex(4)}", f"qz-{secrets.token_hex(4)}@example.org"
    customer = {"customer_id": email, "name": "Ágota Kovács-Ødegård", "email": email, "locale": "de-DE"}
    placed = await shop.place(
        order_id=number, destination=BERLIN, customer=customer, promise=NO_LATE_PROMISE, **order
    )
    contents = contents or ([{}] if len(arrivals) == 1 else [MUGS, {}])
    for moment, parcel in zip(arrivals, contents, strict=True):
        await shop.set_clock(at(moment))
        tracking = await shop.ship(placed, **parcel)
        await shop.scan(tracking, "delivered")
        await shop.until(
            placed,
            lambda view, t=tracking: any(
                p["delivered_at"] for p in view["parcels"] if p["tracking_number"] == t
            ),
        )
    return placed, number, email


async def test_a_guest_withdraws_over_a_clock_change_and_a_holiday(create_shop: Any) -> None:
    """Delivered on 23 March: 14 days later is Easter Monday, so the last day is 7 April, in summer time."""
    shop: Shop = await create_shop(
        window=5, resolutions=["store_credit"], review_above={"GBP": 100},
        refunds={"restocking": 2000, "method_fees": {"drop_off": {"GBP": 250}}},
    )  # fmt: skip
    order, number, email = await in_berlin(shop, "2026-03-23T10:00:00+00:00")
    await shop.set_clock(at("2026-04-07T21:59:30+00:00"))
    address, statement = await stated(shop, number.lower(), email.upper(), "de")
    kept = await settled(shop, statement)
    assert (kept["outcome"], kept["order"], kept["reasons"]) == ("opened", order, [])
    assert kept["received_at"] == "2026-04-07T21:59:30Z"
    assert kept["confirmed_at"] is not None
    back = await shop.get_return(kept["return_id"])
    view = back["return"]
    assert (view["status"], view["resolution"]) == ("authorized", "refund"), "no limit holds it up"
    assert view["withdrawal"] == {"statement": statement, "received_at": "2026-04-07T21:59:30Z"}
    parts = {part["kind"]: part["amount"]["minor"] for part in view["parts"]}
    assert parts == {"goods": 6500, "shipping": 495, "method_fee": -250}, "only the way back may cost"
    assert at(view["deadline"]["at"]) == at("2026-04-22T00:00:00+02:00")
    status, text = await page(shop, address)
    assert "Wenn Sie das Widerrufsrecht haben" in text
    assert (status, "7. April 2026, 23:59:30" in text, "(Europe/Berlin)" in text) == (200, True, True)
    status, kept_file = await page(shop, f"{address}/confirmation.html")
    assert (status, number.lower() in kept_file, "Ágota Kovács-Ødegård" in kept_file) == (200, True, True)
    assert "<link" not in kept_file, "the file needs no network"
    assert "<script" not in kept_file
    scanned = await shop.drop_off(back)
    assert scanned.status == 200, scanned.body
    await shop.paid(order, kept["return_id"])


async def test_a_minute_later_a_person_decides(create_shop: Any) -> None:
    shop: Shop = await create_shop()
    _, number, email = await in_berlin(shop, "2026-03-23T10:00:00+00:00")
    await shop.set_clock(at("2026-04-07T22:00:00+00:00"))
    _, statement = await stated(shop, number, email)
    kept = await settled(shop, statement)
    assert (kept["outcome"], kept["reasons"]) == ("case", ["outside_window"])
    [item] = await questions(shop, statement)
    assert (item["order"], item["owner"], item["default"]) == (None, "agent", "remind")
    staff = await colleague(shop, f"{secrets.token_hex(4)}@agents.example")
    status, text = await page(shop, f"/agents/withdrawals/{statement}", staff.token)
    assert (status, "Ágota" in text, "Open the return" in text) == (200, True, True)
    body = {
        "order": number,
        "items": [{"line_id": "2", "quantity": 1}],
        "reason": "the parcel came a day late",
    }
    path = f"/v1/withdrawals/{statement}/assignments"
    problem(await shop.call("POST", path, {**body, "order": "no-such"}, role="agent"), 404, "not_found")
    done = (await shop.call("POST", path, body, role="agent")).ok()
    assert (done["outcome"], done["reason"]) == ("opened", body["reason"])
    view = (await shop.get_return(done["return_id"]))["return"]
    assert (view["units"], view["waived"]) == ({"2": 1}, ["outside_window"])
    assert await questions(shop, statement) == []
    again = (await shop.call("POST", path, body, role="agent")).ok()
    assert again.body == done.body
    closing, other = f"/v1/withdrawals/{statement}/closings", {"reason": "answered by phone"}
    problem(await shop.call("POST", closing, other, role="agent"), 409, "version_conflict")
    problem(await shop.call("POST", path, {**body, **other}, role="agent"), 409, "version_conflict")
    assert (await of_staff(shop, statement)) == done.body


async def questions(shop: Shop, statement: str) -> list[Any]:
    found = (await shop.call("GET", "/v1/attention?kind=withdrawal", role="agent")).ok()
    return [one for one in found["items"] if one["subject"] == statement]


async def test_the_time_begins_with_the_last_parcel(create_shop: Any) -> None:
    shop: Shop = await create_shop()
    order, number, email = await in_berlin(shop, "2026-03-03T10:00:00+00:00", "2026-03-20T10:00:00+00:00")
    offer = (await shop.call("GET", f"/v1/orders/{order}/withdrawals")).ok()
    assert (offer["offered"], at(offer["until"])) == (True, at("2026-04-08T00:00:00+02:00"))
    await shop.set_clock(at("2026-04-02T09:00:00+00:00"))
    assert not (await shop.call("GET", f"/v1/orders/{order}/returnable")).ok()["lines"][0]["reasons"]
    _, statement = await stated(shop, number, email)
    kept = await settled(shop, statement)
    view = (await shop.get_return(kept["return_id"]))["return"]
    assert (kept["outcome"], view["units"]) == ("opened", {"1": 3, "2": 1})


async def test_a_part_that_is_still_on_its_way_is_left_to_a_person(create_shop: Any) -> None:
    shop: Shop = await create_shop()
    order, _, _ = await in_berlin(shop, "2026-03-03T10:00:00+00:00", contents=[MUGS], lines=MIXED)
    body = {"received_at": "2026-03-03T11:00:00+01:00", "name": "Á. K."}
    made = await shop.call("POST", f"/v1/orders/{order}/withdrawals", body, key="own-function")
    again = await shop.call("POST", f"/v1/orders/{order}/withdrawals", body, key="own-function")
    assert (made.status, made.headers["Location"]) == (201, f"/v1/withdrawals/{made['id']}")
    assert again.body == made.body
    assert (made["outcome"], made["source"], made["reasons"]) == ("case", "shop", ["not_all_goods"])
    assert made["received_at"] == "2026-03-03T10:00:00Z"
    view = (await shop.get_return(made["return_id"]))["return"]
    assert view["units"] == {"1": 3}
    assert "shipping" not in {part["kind"] for part in view["parts"]}
    await shop.set_clock(at("2026-03-05T10:00:00+00:00"))
    tracking = await shop.ship(order, lines=[{"line_id": "late", "quantity": 1}])
    await shop.scan(tracking, "delivered")
    await shop.until(order, lambda view: all(parcel["delivered_at"] for parcel in view["parcels"]))
    book = {"line_id": "late", "quantity": 1}
    named: dict[str, Any] = {"order": order, "items": [book, book], "reason": "it has come by now"}
    path = f"/v1/withdrawals/{made['id']}/assignments"
    more = (await shop.call("POST", path, named, role="agent")).ok()
    assert (more["outcome"], more["reasons"]) == ("case", ["not_all_goods"]), "there is one, two were named"
    assert (more["return_id"], more["return_ids"][0], len(more["return_ids"])) == (
        *[made["return_id"]] * 2,
        2,
    )
    assert (await shop.get_return(more["return_ids"][1]))["return"]["units"] == {"late": 1}
    closing = {"reason": "there was one only"}
    closed = (await shop.call("POST", f"/v1/withdrawals/{made['id']}/closings", closing, role="agent")).ok()
    assert (closed["outcome"], closed["return_id"]) == ("closed", made["return_id"])
    found = (await shop.call("GET", "/v1/withdrawals?outcome=closed")).ok()["items"]
    assert [one["id"] for one in found] == [made["id"]]


MIXED = [
    {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": {"minor": 1200, "currency": "GBP"}},
    {
        "line_id": "late", "sku": "BOOK", "title": "Book", "quantity": 1, "fulfilment": "later",
        "unit_price": {"minor": 900, "currency": "GBP"},
    },
]  # fmt: skip


async def test_strangers_learn_nothing_and_lose_nothing(create_shop: Any) -> None:
    shop: Shop = await create_shop()
    _, number, _ = await in_berlin(shop, "2026-03-23T10:00:00+00:00")
    texts = []
    for guess in (number, "DE-none"):
        address, statement = await stated(
            shop, guess, "someone@example.org", goods="the blue mug\nand <b>it</b>"
        )
        kept = await settled(shop, statement)
        assert (kept["outcome"], kept["order"], kept["reasons"]) == ("case", None, ["order_unknown"])
        assert kept["statement"]["text"].splitlines()[1:3] == ["the blue mug", "and <b>it</b>"]
        text = (await page(shop, address))[1]
        assert "<b>it</b>" not in text
        texts.append(text.replace(guess, "N").replace(address, "A"))
    assert texts[0] == texts[1]
    assert (await page(shop, f"/withdrawn/{address.removeprefix('/withdrawn/')[:-1]}x"))[0] == 404
    problem(await shop.call("GET", f"/v1/withdrawals/{statement}", role="partner"), 403, "forbidden")


async def test_without_a_key_a_program_gets_the_same(create_shop: Any) -> None:
    shop: Shop = await create_shop()
    order, number, email = await in_berlin(shop, "2026-03-23T10:00:00+00:00")
    body = {"merchant": shop.name, "name": "Á. K.", "number": number, "email": email, "language": "de"}
    made = await public(shop, body)
    assert made.status == 202
    kept = await settled(shop, made["id"])
    assert (kept["outcome"], kept["order"], kept["source"]) == ("opened", order, "api")
    assert (await page(shop, made["confirmation"]))[0] == 200
    for wrong, code in (({"email": "no address"}, 400), ({"merchant": "nobody"}, 404), ({"name": ""}, 400)):
        assert (await public(shop, {**body, **wrong})).status == code


async def public(shop: Shop, body: dict[str, Any]) -> ApiResponse:
    return await shop.call("POST", "/v1/withdrawals", body)


async def test_by_the_link_of_the_order_some_units_are_chosen(create_shop: Any) -> None:
    shop: Shop = await create_shop()
    order, _, _ = await in_berlin(shop, "2026-03-23T10:00:00+00:00")
    token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    assert f"/w/{token}" in (await page(shop, f"/o/{token}"))[1]
    units = {"units.1": "2", "units.2": "0"}
    _, text = await sent_form(shop, f"/w/{token}", **units)
    assert "2 × Mug" in text
    [form] = re.findall(r'name="form" value="(\w+)"', text)
    for typed in ({"units.1": "-1"}, {"units.1": "4"}, {"units.1": "0", "units.2": "0"}, {"units.9": "1"}):
        url = shop.deployment.addresses["api"] + f"/w/{token}/confirm"
        async with shop.http.post(url, data={**typed, "form": form}) as answer:
            assert answer.status == 422, typed
    address, _ = await sent_form(shop, f"/w/{token}/confirm", **units, form=form)
    again, _ = await sent_form(shop, f"/w/{token}/confirm", **units, form=form)
    assert again == address, "a second click finds the first, though its goods are on a return by now"
    kept = await settled(shop, address.split("~")[1])
    view = (await shop.get_return(kept["return_id"]))["return"]
    assert (kept["outcome"], view["units"], kept["units"]) == ("opened", {"1": 2}, {"1": 2})
    offer = (await shop.call("GET", f"/v1/orders/{order}/withdrawals", token=token)).ok()
    assert {line["line_id"]: line["units"] for line in offer["lines"]} == {"1": 1, "2": 1}
    rest = {"units.1": "1", "units.2": "1"}
    _, text = await sent_form(shop, f"/w/{token}", **rest)
    [form] = re.findall(r'name="form" value="(\w+)"', text)
    await shop.set_clock(at("2026-04-07T22:00:00+00:00"))
    address, _ = await sent_form(shop, f"/w/{token}/confirm", **rest, form=form)
    late = await settled(shop, address.split("~")[1])
    assert (late["outcome"], late["reasons"]) == ("case", ["outside_window"]), (
        "it is kept, though its time is over"
    )
