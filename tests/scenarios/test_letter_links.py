"""Letters that ask something carry links: opening one changes nothing, pressing its button answers once, as the customer."""

import asyncio
import re
from typing import Any

import aiohttp
import pytest

from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_consents import request_consent

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])

LINK = re.compile(r"https://shop\.example(/[ac]/\S+)")


@pytest.fixture
async def asking_shop(create_shop: Any) -> Shop:
    shop: Shop = await create_shop(notices=AT_ONCE)
    return shop


async def letter_links(shop: Shop, order: str, kind: str) -> list[str]:
    """The paths of the links in that letter, as the mailbox kept it."""
    deadline = asyncio.get_running_loop().time() + 30
    while True:
        sent = [one for one in await shop.notices(order, kind) if one["status"] == "sent"]
        if sent:
            return LINK.findall(sent[-1]["text"])
        assert asyncio.get_running_loop().time() < deadline, await shop.notices(order)
        await asyncio.sleep(0.05)


async def open_page(shop: Shop, path: str, method: str = "GET") -> tuple[int, str, Any]:
    url = shop.deployment.addresses["api"] + path
    async with shop.http.request(method, url, allow_redirects=method == "POST") as answer:
        return answer.status, (await answer.text()).replace("\u00a0", " "), answer.headers


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found, page
    return found[1].strip()


@pytest.mark.scenario("S-6")
async def test_a_letters_link_answers_once_as_the_customer_and_opening_it_changes_nothing(
    asking_shop: Shop,
) -> None:
    shop = asking_shop
    order = await shop.place()
    (await request_consent(shop, order)).ok()
    wait, cancel = await letter_links(shop, order, "consent_requested")
    async with shop.nothing_changes(order):
        assert (await open_page(shop, wait, "HEAD"))[:2] == (200, "")
        for _ in range(3):  # scanners of mail systems open every link
            status, page, headers = await open_page(shop, wait)
            assert (status, heading(page)) == (200, "Will you wait for your order?")
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert "noindex" in headers["X-Robots-Tag"]
        assert not re.search(r"<script|style=|onclick|Zdzis", page)
        forms = re.findall(r'<form method="post" action="([^"]+)">', page)
        assert [f"/a/{name}" for name in forms] == [wait, cancel], "its own answer is the first button"
    answers = await asyncio.gather(*(open_page(shop, wait, "POST") for _ in range(4)))
    assert {(status, heading(page)) for status, page, _ in answers} == {(200, "We keep your order")}
    _, page, _ = await open_page(shop, cancel, "POST")
    assert heading(page) == "We keep your order", "the second reader of the letter sees what was decided"
    assert "You chose this on 2 March 2026." in page
    [line] = await shop.timeline(order, "consent_answered")
    assert (line["role"], line["name"]) == ("customer", "letter")
    assert (await shop.view(order))["consents"][0]["answer"] == "wait"


@pytest.mark.scenario("S-5", "S-6")
async def test_a_link_says_what_became_of_a_question_that_has_ended(asking_shop: Shop) -> None:
    shop = asking_shop
    by_agent, by_default, shipped = [await shop.place() for _ in range(3)]
    links = {}
    for order in (by_agent, by_default, shipped):
        (await request_consent(shop, order)).ok()
        links[order], _ = await letter_links(shop, order, "consent_requested")
    path = f"/v1/orders/{by_agent}/consents/c1/answer"
    (await shop.call("POST", path, {"answer": "cancel"}, key="k", role="agent")).ok()
    await shop.ship(shipped)
    _, page, _ = await open_page(shop, links[by_agent], "POST")
    assert heading(page) == "What had not left us is cancelled"
    assert "Our team decided this on 2 March 2026." in page
    assert heading((await open_page(shop, links[shipped]))[1]) == "Your order has left us"
    await shop.advance_clock(days=3)
    _, page, _ = await open_page(shop, links[by_default])
    assert "We had no answer in time" in page


async def test_a_lost_parcel_is_sent_again_or_paid_back_by_the_letter(asking_shop: Shop) -> None:
    shop = asking_shop
    order = await shop.place()
    await shop.scan(await shop.ship(order), "in_transit")
    await shop.until(order, lambda view: view["parcels"][0]["status"] == "in_transit")
    await shop.advance_clock(days=16)
    resend, refund = await letter_links(shop, order, "presumed_lost")
    _, page, _ = await open_page(shop, refund)
    assert "Pay it back" in page
    assert page.index("Pay it back") < page.index("Send it again"), "the answer of the link comes first"
    status, page, _ = await open_page(shop, refund, "POST")
    assert (status, heading(page)) == (200, "Your parcel will not arrive")
    assert "You chose this on" in page
    await shop.until(order, lambda view: view["refunded"] == gbp(6995))  # the goods and their shipping
    _, page, _ = await open_page(shop, resend, "POST")
    assert heading(page) == "Your parcel will not arrive"
    assert (await shop.timeline(order, "refund_requested"))[0]["role"] == "customer"


async def test_a_delivery_is_told_where_the_shop_wants_it_and_a_missing_parcel_is_reported_by_its_letter(
    create_shop: Any,
) -> None:
    shop: Shop = await create_shop(notices={**AT_ONCE, "progress": ["shipped", "delivered"]})
    order = await shop.place()
    number = await shop.ship(order, "1Z999AA10123456784")
    await shop.scan(number, "in_transit")
    await letter_links(shop, order, "shipped")
    [shipped] = await shop.notices(order, "shipped")
    assert "tracking number is 1Z999AA10123456784" in shipped["text"]
    assert "https://www.ups.com/track?tracknum=1Z999AA10123456784" in shipped["text"]
    await shop.scan(number, "delivered")
    [missing] = await letter_links(shop, order, "delivered")
    assert heading((await open_page(shop, missing))[1]) == "Has your parcel not arrived?"
    _, page, _ = await open_page(shop, missing, "POST")
    assert heading(page) == "We are looking for your parcel"
    assert "You hear from us by" in page
    [item] = await shop.attention_items(order)
    assert item["kind"] == "not_received"
    assert await shop.notices(order, "out_for_delivery") == []


async def test_a_wrong_or_revoked_link_is_answered_kindly_and_says_nothing(asking_shop: Shop) -> None:
    shop = asking_shop
    order = await shop.place()
    (await request_consent(shop, order)).ok()
    wait, cancel = await letter_links(shop, order, "consent_requested")
    forged = wait.replace("~wait~", "~cancel~")
    for path in (forged, wait[:-1], "/a/x", "/c/x", "/a/%FF"):
        status, _, _ = await open_page(shop, path)
        assert status == 404, path
    german = {"Accept-Language": "de-DE,de;q=0.9"}
    async with shop.http.get(shop.deployment.addresses["api"] + forged, headers=german) as answer:
        assert "Dieser Link funktioniert nicht" in await answer.text()
    [letter] = await shop.notices(order, "consent_requested")
    [own, choices] = re.findall(r"https://shop\.example(/o/\S+)", letter["text"])
    assert choices == f"{own}/preferences"
    assert [(await open_page(shop, path))[0] for path in (own, choices, own[:-1])] == [200, 200, 404]
    (await shop.call("DELETE", f"/v1/orders/{order}/customer-links", role="agent")).ok()
    assert (await open_page(shop, own))[0] == 404
    assert (await open_page(shop, cancel, "POST"))[0] == 404, "an agent ended the order's links"
    assert (await shop.view(order))["consents"][0]["answer"] is None


async def test_the_letter_of_an_authorized_return_has_code_picture_and_page(asking_shop: Shop) -> None:
    shop = asking_shop
    order, _ = await shop.bought()
    opened = (await shop.open(order, item())).ok()
    [path] = await letter_links(shop, order, "return_authorized")
    letter = (await shop.notices(order, "return_authorized"))[-1]["text"]
    code = opened["code"]["text"]
    assert f"Your code: {code[:4]}-{code[4:7]}-{code[7:]}" in letter
    assert "The code works until 16 March 2026" in letter
    status, page, _ = await open_page(shop, path)
    assert (status, heading(page)) == (200, "Show this code at a drop-off point")
    assert f"<span>{code[:4]}</span>" in page
    assert "<svg viewBox" in page
    (await shop.drop_off(opened)).ok()
    _, page, _ = await open_page(shop, path)
    assert (heading(page), code[:4] in page) == ("The code was used", False)


async def test_the_style_sheet_is_the_houses_own(asking_shop: Shop, http: aiohttp.ClientSession) -> None:
    async with http.get(asking_shop.deployment.addresses["api"] + "/pages/customer.css") as answer:
        assert (answer.status, answer.content_type) == (200, "text/css")
        assert "http" not in await answer.text()
