"""From the code on a phone to the receipt in the warehouse: links, QR codes, scans and receipts."""

import io
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
import zxingcpp
from PIL import Image

from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]


async def customers_link(shop: Shop, order: str, hours: int = 1) -> str:
    created = await shop.call("POST", f"/v1/orders/{order}/customer-links", {"hours": hours})
    token: str = created.ok()["token"]
    return token


def read(picture: Image.Image) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(picture.convert("L"))]


def drawn(svg: str) -> Image.Image:
    """The symbol painted module by module: strokes of height one along `M`, `h` and `m`."""
    width, height = (int(re.search(rf'{side}="(\d+)"', svg)[1]) for side in ("width", "height"))  # type: ignore[index]
    scale = int(re.search(r"scale\((\d+)\)", svg)[1])  # type: ignore[index]
    path = re.search(r' d="([^"]+)"', svg)[1]  # type: ignore[index]
    picture = Image.new("L", (width, height), 255)
    x = y = 0.0
    for step, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(one) for one in numbers.split()]
        if step == "M":
            x, y = values
        elif step == "m":
            x, y = x + values[0], y + values[1]
        else:
            box = (x * scale, (y - 0.5) * scale, (x + values[0]) * scale, (y + 0.5) * scale)
            picture.paste(0, tuple(int(side) for side in box))
            x += values[0]
    return picture


async def test_a_customer_opens_a_return_with_their_link_and_both_pictures_hold_the_code(shop: Shop) -> None:
    order, _ = await shop.bought()
    token = await customers_link(shop, order)
    quote = (await shop.quote(order, item("1", 2), token=token)).ok()
    sent = {"items": [item("1", 2)], "resolution": "refund", "quote": quote["token"]}
    opened = (await shop.call("POST", f"/v1/orders/{order}/returns", sent, token=token, key="k")).ok()
    code = opened["code"]
    assert re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{10}", code["text"])
    svg = (await shop.call("GET", code["svg"], token=token)).ok()
    assert svg.headers["Content-Type"].startswith("image/svg+xml")
    assert read(drawn(svg.body.decode())) == [f"SMOT:{code['text']}"]
    png = (await shop.call("GET", code["png"], token=token)).ok()
    assert png.headers["Content-Type"] == "image/png"
    [scanned] = read(Image.open(io.BytesIO(png.body)))
    assert scanned == f"SMOT:{code['text']}"

    at_bar = {"code": scanned, "location_id": "bar-7", "nonce": "n-1"}
    (await shop.call("POST", "/v1/drop-offs/scans", at_bar, role="partner")).ok()
    [line] = await shop.timeline(order, "return_opened")
    assert line["role"] == "customer"
    for picture in (code["svg"], code["png"]):
        used = await shop.call("GET", picture, token=token)
        assert (used.status, used["code"]) == (404, "not_found")


@pytest.mark.scenario("S-50")
async def test_a_customers_link_opens_one_order_and_no_staff_operation(shop: Shop) -> None:
    order, _ = await shop.bought()
    other, _ = await shop.bought()
    theirs = (await shop.open(other, item())).ok()["return"]["return_id"]
    token = await customers_link(shop, order)
    assert (await shop.call("GET", f"/v1/orders/{order}", token=token)).status == 200
    for path in (f"/v1/orders/{other}", f"/v1/returns/{theirs}", f"/v1/returns/{theirs}/code.png"):
        assert (await shop.call("GET", path, token=token)).status == 404, path
    for path in (
        f"/v1/orders/{order}/timeline",
        f"/v1/orders/{order}/explain",
        "/v1/orders",
        "/v1/attention",
    ):
        assert (await shop.call("GET", path, token=token)).status == 403, path
    async with shop.nothing_changes(other):
        body = {"items": [item()], "resolution": "refund"}
        foreign = await shop.call("POST", f"/v1/orders/{other}/returns", body, token=token, key="k")
        assert foreign.status == 404
        assert (await shop.call("POST", f"/v1/returns/{theirs}/cancel", token=token)).status == 404
    other_sign = "A" if token[-10] != "A" else "B"
    for bad in (token[:-10] + other_sign + token[-9:], "cust_", "cust_nonsense"):
        assert (await shop.call("GET", f"/v1/orders/{order}", token=bad)).status == 401


@pytest.mark.scenario("S-48")
async def test_a_code_is_used_once_and_the_same_scan_again_gets_the_same_receipt(shop: Shop) -> None:
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 2))).ok()
    assert opened["code"]["expires_at"] == opened["return"]["code_expires_at"]
    receipt = (await shop.drop_off(opened, nonce="n-1")).ok()
    await shop.paid(order, opened["return"]["return_id"])
    async with shop.nothing_changes(order):
        again = (await shop.drop_off(opened, nonce="n-1")).ok()
        assert again["dropped_off_at"] == receipt["dropped_off_at"]
        for used in (await shop.drop_off(opened, nonce="n-2"), await shop.drop_off(opened, "n-1", "bar-8")):
            assert (used.status, used["code"], used.reasons) == (409, "code_used", ["code_used"])
        nobody = {"code": "2222222222", "location_id": "bar-7", "nonce": "n"}
        unknown = await shop.call("POST", "/v1/drop-offs/scans", nobody, role="partner")
        assert (unknown.status, unknown["code"]) == (404, "code_unknown")
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]


@pytest.mark.scenario("S-48")
async def test_an_unused_drop_off_code_expires_and_its_units_are_free_again(create_shop: CreateShop) -> None:
    shop = await create_shop(code_days=5)
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 3))).ok()
    return_id = opened["return"]["return_id"]
    assert datetime.fromisoformat(opened["code"]["expires_at"]) == START + timedelta(days=5)
    waits = (await shop.call("GET", f"/v1/orders/{order}/explain")).ok()["waits"]
    assert ("expire_return", "customer") in [(wait["action"], wait["owner"]) for wait in waits]
    await shop.advance_clock(days=4, hours=23, minutes=59)
    assert (await shop.get_return(return_id))["code"] == opened["code"]
    assert (await shop.open(order, item("1", 1))).reasons == ["units_unavailable"]
    await shop.advance_clock(minutes=1)
    late = await shop.drop_off(opened)
    assert (late.status, late["code"], late.reasons) == (410, "code_expired", ["code_expired"])
    gone = await shop.get_return(return_id)
    assert (gone["return"]["status"], gone["return"]["money"], gone["code"]) == ("expired", "none", None)
    assert len(await shop.notices(order, "return_expired")) == 1
    (await shop.open(order, item("1", 3))).ok()
    assert await shop.refunds(payment) == []


@pytest.mark.scenario("S-51")
async def test_a_receipt_without_items_receives_everything_that_was_announced(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 2), item("2"))).ok()
    return_id = opened["return"]["return_id"]
    (await shop.drop_off(opened)).ok()
    assert (await shop.get_return(return_id))["return"]["money"] == "none"
    received = (await shop.receive(return_id)).ok()
    assert received.status == 201
    assert received["return"]["goods"] == "received"
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [5300]
    async with shop.nothing_changes(order):
        again = await shop.receive(return_id)
    assert (again.status, again.reasons) == (422, ["not_expected"])


@pytest.mark.scenario("S-52", "S-53", "S-63")
async def test_a_partial_receipt_pays_what_came_and_the_rest_when_it_comes(create_shop: CreateShop) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment = await shop.bought()
    return_id = (await shop.open(order, item("1", 3), method="mail")).ok()["return"]["return_id"]
    partly = (await shop.receive(return_id, {"1": 2})).ok()
    assert partly["return"]["goods"] == "partly_received"
    view = await shop.until(order, lambda view: view["returns"][0]["money"] == "partly_paid")
    assert view["refunded"] == gbp(2400)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    whole = (await shop.receive(return_id, {"1": 1})).ok()
    assert whole["return"]["goods"] == "received"
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400, 1200]
    assert await shop.attention_items(order) == []


@pytest.mark.scenario("S-54")
async def test_more_goods_than_announced_raise_a_question_and_pay_nothing_extra(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt", attention_days=2)
    order, payment = await shop.bought()
    return_id = (await shop.open(order, item("1", 1))).ok()["return"]["return_id"]
    (await shop.receive(return_id, {"1": 3})).ok()
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]
    [question] = await shop.attention_items(order)
    raised = (question["kind"], question["subject"], question["owner"], question["default"])
    assert raised == ("unexpected_goods", return_id, "warehouse", "dismiss")
    assert datetime.fromisoformat(question["deadline"]) == START + timedelta(days=2)
    await shop.advance_clock(days=2)
    assert await shop.attention_items(order) == []
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]


@pytest.mark.scenario("S-54")
async def test_goods_that_were_not_announced_at_all_are_kept_for_an_agent_and_the_others_taken_in(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(pay_on="receipt")
    order, payment = await shop.bought()
    return_id = (await shop.open(order, item("1", 1))).ok()["return"]["return_id"]
    found = (await shop.receive(return_id, {"1": 1, "2": 1})).ok()["return"]
    assert (found["goods"], found["received"]) == ("received", {"1": 1})
    [other] = found["unexpected"]
    assert (other["line_id"], other["quantity"], other["condition"]) == ("2", 1, "good")
    await shop.paid(order, return_id)
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [1200]
    [question] = await shop.attention_items(order)
    assert (question["kind"], question["subject"], question["owner"]) == (
        "unexpected_goods",
        return_id,
        "agent",
    )
