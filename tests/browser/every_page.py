"""Every page of one shop, as each palette and width shows it, and axe on all of them: `python -m tests.browser.every_page`.

A page that is added has to be added here: a test compares the addresses with the screens' routes.
"""

import asyncio
import itertools
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import aiohttp
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.chromium import program
from tests.browser.shops import link_token
from tests.browser.signed_in import signed_in
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.people_of_a_shop import invited
from tests.scenarios.shared_deployment import FAST_DELETION, LOCAL_WEBHOOKS
from tests.scenarios.shop import AT_ONCE, Shop

NOT_PAGES: Final = {
    "/brand/{accent}.css",
    "/brand/{merchant}/logo/{digest}",
    "/o/{token}/live",
    "/o/{token}/calendar.ics",
    "/agents/orders/{order}/live",
    "/agents/queue/events",
    "/agents/kpis/facts.csv",
    "/agents/kpis/facts.jsonl",
    "/agents/privacy/{request}/data.jsonl",
    "/agents/admin/mailbox/{notice}/html/{number}",  # letters, see tests/browser/test_messages.py
    "/agents/admin/branding/letters/html",
    "/r/{token}/returns/{return}/code.html",
    "/withdrawn/{token}/confirmation.html",
    "/agents/approvals/{approval}",  # leads to the list
    "/agents/sign-in/oidc",  # back from a provider, see tests/scenarios/test_oidc.py
    "/agents/sign-in/code",  # within a sign-in, see tests/browser/test_sign_in.py
}
"""Addresses that answer streams, files, or a step of another page."""

_PHONE: Final = 390  # pixels
# A letter in a frame is a page of its own; axe would wait for each.
_OPTIONS: Final = {"resultTypes": ["violations"], "iframes": False}
# What a macro made and the page escaped once more; texts of people in the shop of these pages hold none.
_MARKUP: Final = re.compile(r".{0,40}(&lt;(bdi|time|span|b|a)\b|&amp;(#\d+|amp|lt|quot);).{0,40}")


class Look(NamedTuple):
    """How a page is looked at: on a phone in German, whose words are longer than the English ones."""

    width: int
    dark: bool
    contrast: bool

    @property
    def language(self) -> str:
        return "en" if self.width > _PHONE else "de"


LOOKS: Final = tuple(Look(*one) for one in itertools.product((1280, _PHONE), (False, True), (False, True)))


@dataclass(frozen=True)
class Place:
    """A page of the shop. pattern: its route; address: of this shop; signed: whether a user of it opens the page."""

    pattern: str
    address: str
    signed: bool


async def places(shop: Shop) -> list[Place]:
    """All pages of a shop with an order on its way, a delivered one with a return, a question, and all else that has a page."""
    delivered, on_its_way = await shop.delivered(order_id="1041"), await shop.place(order_id="1042")
    await shop.ship(on_its_way)
    returned = (await shop.open(delivered, item())).ok()["return"]["return_id"]
    token, way = await link_token(shop, delivered), await link_token(shop, on_its_way)
    await shop.call("POST", f"/v1/orders/{on_its_way}/messages", {"text": "Where is it?"}, token=way, key="m")
    (await shop.call("PUT", "/v1/channels/push", {"url": "webpush:"})).ok()
    email = "zdzislawa.testowa@example.org"
    privacy = {"kind": "access", "person": {"email": email}}
    request = (await shop.call("POST", "/v1/privacy/requests", privacy, role="admin")).ok()["id"]
    endpoint = (await shop.call("POST", "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/"})).ok()[
        "endpoint"
    ]
    user = await invited(shop, "new@example.org")
    panel = (await shop.call("POST", "/v1/panel-links", {"email": email}, role="agent")).ok()["path"]
    survey = (await shop.call("GET", f"/v1/orders/{delivered}/feedback")).ok()["open"]["page"]
    look_up = {"merchant": shop.name, "number": "1042", "proof": email}
    (await shop.call("POST", "/v1/order-lookups", look_up)).ok()
    notice = await shop.until_notice(on_its_way, "order_link")
    once = re.search(r"/f/(once_\S+)", notice["text"])
    assert once
    number = str(notice["id"])
    stranger = {"merchant": shop.name, "name": "Ada", "number": "none", "email": email}
    stated = (await shop.call("POST", "/v1/withdrawals", stranger)).ok()
    own = {
        "withdrawal": stated["id"],
        "token": token,
        "merchant": shop.name,
        "return": returned,
        "order": delivered,
        "request": request,
        "endpoint": endpoint,
        "version": "1",
        "user": user["user"]["id"],
        "notice": number,
    }
    special = {
        "/agents/welcome/{token}": f"/agents/welcome/{user['token']}",
        "/embed/order": panel,
        "/feedback/{token}": survey,
        "/withdrawn/{token}": stated["confirmation"],
        "/f/{token}": f"/f/{once[1]}",
        "/o/{token}/device": f"/o/{way}/device",
        "/r/{token}/offers": f"/r/{token}/offers?units.2=1&reason.2=unwanted&method=drop_off",
        "/agents/conversations/{order}": f"/agents/conversations/{on_its_way}",
        "/agents/orders/{order}/commands/{command}": f"/agents/orders/{delivered}/commands/approve?subject={returned}",
        "/agents/dock": f"/agents/dock?code={returned}",
        "/agents/search": "/agents/search?q=testowa",
        "/agents/orders/{order}/letters/{notice}": f"/agents/orders/{on_its_way}/letters/{number}",
        "/agents/admin/mailbox/{notice}": f"/agents/admin/mailbox/{number}",
    }
    return [_place(pattern, special, own) for pattern in patterns()]


def patterns() -> list[str]:
    """The routes of all screens that answer pages."""
    from pages.app import ROUTES

    found = dict.fromkeys(route.path for route in ROUTES if route.method == "GET")
    return [path for path in found if path not in NOT_PAGES]


def _place(pattern: str, special: dict[str, str], own: dict[str, Any]) -> Place:
    address = special.get(pattern) or pattern.format_map({name: quote(one) for name, one in own.items()})
    alone = pattern.startswith(("/agents/welcome", "/agents/sign-in"))
    return Place(pattern, address, pattern.startswith("/agents") and not alone)


async def show(page: Page, look: Look) -> None:
    """Show the open page in that way, without loading it again."""
    await page.set_viewport_size({"width": look.width, "height": 800})
    scheme: Any = "dark" if look.dark else "light"
    await page.emulate_media(color_scheme=scheme, contrast="more" if look.contrast else "no-preference")


async def findings(page: Page, place: Place, looks: Sequence[Look]) -> list[str]:
    """What axe finds on the page in each of these ways, and where it scrolls sideways."""
    found, language = [], ""
    for look in looks:
        if look.language != language:
            language = look.language
            answer = await page.goto(f"{place.address}{'&' if '?' in place.address else '?'}lang={language}")
            if answer is None or answer.status != 200:
                return [f"{place.address} answers {answer.status if answer else None}"]
            if marks := _MARKUP.search(await answer.text()):
                found.append(f"{place.address} shows markup as text: {marks[0]}")
        await show(page, look)
        async with asyncio.timeout(60):  # axe never ends where a page's policy runs no script
            result = await Axe().run(page, options=_OPTIONS)
        found += [
            f"{place.pattern} {look}: {one}"
            for one in result.response["violations"] and [result.generate_report()]
        ]
        wide = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found += [f"{place.pattern} {look}: {wide} px too wide"] if wide > 0 else []
    return found


@asynccontextmanager
async def two_pages(browser: Browser, shop: Shop) -> AsyncIterator[tuple[Page, Page]]:
    """A page of a customer and a page of an admin."""
    address = shop.deployment.addresses["api"]
    contexts = [await browser.new_context(base_url=address, reduced_motion="reduce") for _ in range(2)]
    customers, staff = [await context.new_page() for context in contexts]
    await signed_in(staff, shop, "admin")
    yield customers, staff
    for context in contexts:
        await context.close()


async def main() -> int:
    found, number = [], 0
    with tempfile.TemporaryDirectory() as data:
        deployment = Deployment(Path(data) / "data", {**FAST_DELETION, **LOCAL_WEBHOOKS})
        await deployment.open()
        try:
            async with aiohttp.ClientSession() as http, async_playwright() as driver:
                shop = await make_shop(deployment, http)
                browser = await driver.chromium.launch(executable_path=program(), args=["--no-sandbox"])
                async with two_pages(browser, shop) as (customers, staff):
                    for place in await places(shop):
                        new = await findings(staff if place.signed else customers, place, LOOKS)
                        number += 1
                        sys.stdout.write(f"{place.pattern}: {len(new)} findings\n")
                        found += new
                await browser.close()
        finally:
            await deployment.close()
    sys.stdout.write(
        "\n".join([*found, f"{number} pages, {len(LOOKS)} looks of each: {len(found)} findings", ""])
    )
    return 1 if found else 0


async def make_shop(deployment: Deployment, http: aiohttp.ClientSession) -> Shop:
    """The shop whose pages are looked at."""
    notices = {**AT_ONCE, "channels": ["push", "email"]}
    return await Shop.create(deployment, http, notices=notices, review_above={"GBP": 100})


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
