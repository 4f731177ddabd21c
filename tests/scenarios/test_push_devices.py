"""A customer's browser takes messages: registered from the order's page, and followed by e-mail when it is gone. CUS-7"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from tests.adapters.push_service import PushService
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import AT_ONCE, Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]

PUSH_FIRST = {**AT_ONCE, "channels": ["push", "email"], "progress": ["shipped", "out_for_delivery"]}
"""What the policy of a shop with push messages says."""


@pytest.fixture
async def push_service() -> AsyncIterator[PushService]:
    service = PushService()
    async with TestServer(service.app()) as server:
        service.origin = str(server.make_url("")).rstrip("/")
        yield service


class RealShop(Shop):
    """A merchant that is no sandbox: its letters leave, and its time is real."""

    async def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class DevicePage:
    """`/o/{token}/device`, as a browser without script has it."""

    shop: Shop
    path: str

    async def get(self) -> tuple[int, str]:
        return await self._text(self.shop.http.get(self._url))

    async def post(self, fields: dict[str, str], end: str = "") -> tuple[int, str]:
        return await self._text(self.shop.http.post(self._url + end, data=fields))

    @property
    def _url(self) -> str:
        return f"{self.shop.deployment.addresses['api']}{self.path}"

    async def _text(self, call: aiohttp.client._RequestContextManager) -> tuple[int, str]:
        async with call as answer:
            return answer.status, await answer.text()


async def device_page(shop: Shop, order: str) -> DevicePage:
    token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    return DevicePage(shop, f"/o/{token}/device")


def key_on(page: str) -> str:
    return page.partition('data-key="')[2].partition('"')[0]


async def test_a_registered_browser_gets_the_notice_and_e_mail_follows_when_it_is_gone(
    deployment: Deployment, http: aiohttp.ClientSession, push_service: PushService
) -> None:
    shop = await RealShop.create(deployment, http, sandbox=False, notices=PUSH_FIRST)
    (await shop.call("PUT", "/v1/channels/push", {"url": "webpush:"})).ok()
    order = await shop.place()
    page = await device_page(shop, order)
    status, text = await page.get()
    assert (status, "gets messages" in text) == (200, False)
    assert "Nachrichten auf diesem Gerät" in (await DevicePage(shop, page.path + "?lang=de").get())[1]
    browser = push_service.browser(key_on(text))
    status, text = await page.post(browser.subscription)
    assert (status, "1 device gets messages" in text) == (200, True)
    number = await shop.ship(order)
    await shop.scan(number, "in_transit")
    notice = await shop.until_notice(order, "shipped")
    assert (notice["status"], notice["channel"], push_service.refusals) == ("sent", "push", [])
    shown, *_ = browser.waiting.values()
    assert shown["title"] == "A shop"
    assert (await DevicePage(shop, shown["page"] + "/device").get())[0] == 200
    browser.answers = 410
    await shop.scan(number, "out_for_delivery")
    notice = await shop.until_notice(order, "out_for_delivery")
    assert (notice["status"], notice["channel"]) == ("sent", "email")
    assert "gets messages" not in (await page.get())[1]


async def test_ending_it_ends_the_consent_and_odd_registrations_change_nothing(
    create_shop: CreateShop, push_service: PushService
) -> None:
    shop = await create_shop(notices=PUSH_FIRST)
    order = await shop.place(customer={"customer_id": "c-1", "name": "Ada", "email": "ada@example.org"})
    page = await device_page(shop, order)
    assert (await page.get())[0] == 404, "the shop has no such channel"
    assert (await shop.call("PUT", "/v1/channels/sms", {"url": "webpush:"})).status == 422
    (await shop.call("PUT", "/v1/channels/push", {"url": "webpush:"})).ok()
    browser = push_service.browser(key_on((await page.get())[1]))
    good = browser.subscription
    for odd in (
        {"endpoint": "ftp://push.example.org/x"},
        {"endpoint": "https://user:secret@push.example.org/x"},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"auth": "<script>"},
    ):
        status, text = await page.post({**good, **odd})
        assert (status, "could not be registered" in text) == (422, True), odd
    assert not await allows(shop)
    for _ in range(2):
        assert "1 device gets messages" in (await page.post(good))[1]
    assert await allows(shop)
    assert (await shop.call("GET", "/v1/customers/c-1/preferences")).ok()["devices"] == 1
    await by_json(shop, order, page.path.split("/")[2], good)
    for _ in range(2):
        status, text = await page.post({}, "/end")
        assert (status, "gets messages" in text) == (200, False)
    assert not await allows(shop)
    for _ in range(12):
        status, text = await page.post(push_service.browser("").subscription)
    assert "10 devices get messages" in text


async def by_json(shop: Shop, order: str, token: str, good: dict[str, str]) -> None:
    """The same by JSON; it leaves the browser registered."""
    path = f"/v1/orders/{order}/devices"
    assert (await shop.call("DELETE", path, token=token)).ok()["devices"] == 0
    assert not await allows(shop)
    for _ in range(2):
        assert (await shop.call("POST", path, good, token=token)).ok()["devices"] == 1
    assert await allows(shop)
    refused = await shop.call("POST", path, {**good, "endpoint": "ftp://push.example.org/x"}, token=token)
    assert (refused.status, refused["code"]) == (422, "url_refused")
    assert (await shop.call("POST", path, {**good, "auth": "<script>"}, token=token)).status == 400
    strange = (await shop.call("POST", f"/v1/orders/{await shop.place()}/customer-links")).ok()["token"]
    assert (await shop.call("GET", path, token=strange)).status == 404
    assert (await shop.call("GET", path, token=token)).ok()["devices"] == 1


async def test_a_shop_that_sends_e_mail_first_offers_no_messages_on_devices(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop()
    (await shop.call("PUT", "/v1/channels/push", {"url": "webpush:"})).ok()
    order = await shop.place()
    page = await device_page(shop, order)
    assert (await page.get())[0] == 404
    device = {"endpoint": "https://push.example.org/x", "p256dh": "A" * 87, "auth": "A" * 22}
    for method, body in (("GET", None), ("POST", device), ("DELETE", None)):
        answer = await shop.call(method, f"/v1/orders/{order}/devices", body, token=page.path.split("/")[2])
        assert answer.status == 404, method


async def allows(shop: Shop) -> bool:
    """Whether the customer agreed to push messages about deliveries."""
    settings = (await shop.call("GET", "/v1/customers/c-1/preferences")).ok()["preferences"]
    [one] = [one for one in settings if (one["channel"], one["topic"]) == ("push", "delivery")]
    allowed: bool = one["allowed"]
    return allowed
