"""Pictures of the pages for `docs/pages/`: `python -m tests.browser.pictures [NAME …]`.

Each page is taken at 390 and 1280 px, light and dark; the first of each kind also from right to left, at 200 % and in every
language. Every screen adds its pages to PAGES: a name and what opens it for a shop with an order.
"""

import asyncio
import io
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import aiohttp
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.chromium import program
from tests.browser.figures_of_weeks import DAYS, fill_weeks
from tests.browser.shops import link_token
from tests.browser.signed_in import signed_in
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.shared_deployment import FAST_DELETION, LOCAL_WEBHOOKS
from tests.scenarios.shop import AT_ONCE, Shop

FOLDER = Path(__file__).parents[2] / "docs" / "pages"
_COLOURS = 96  # of a picture: small files, and nothing that one would see
_TALLEST = 2400  # pixels


class Scene(NamedTuple):
    """A shop with a delivered order, whose return waits for a person, and one that is on its way.

    weeks: a shop that has sold for some weeks, for the figures.
    """

    shop: Shop
    order: str
    on_its_way: str
    weeks: Shop


Open = Callable[[Page, Scene], Awaitable[None]]


@dataclass(frozen=True)
class Variant:
    """One way in which a page is looked at."""

    name: str
    width: int
    dark: bool = False
    query: str = ""
    zoom: float = 1.0


ALL = (
    Variant("390-light", 390),
    Variant("390-dark", 390, dark=True),
    Variant("1280-light", 1280),
    Variant("1280-dark", 1280, dark=True),
    Variant("390-rtl", 390, query="dir=rtl"),
    Variant("200-percent", 640, zoom=2.0),
    Variant("390-de", 390, query="lang=de"),
    Variant("390-zh-Hans", 390, query="lang=zh-Hans"),
)


def at(path: str, role: str = "") -> Open:
    """A page by its address; for a user of that role where one is named. `{order}` is our id of the order."""

    async def open_page(page: Page, scene: Scene) -> None:
        if role and not await page.context.cookies():
            await signed_in(page, scene.shop, role)
        await page.goto(path.format(order=scene.order, merchant=scene.shop.name))

    return open_page


def of_customer(path: str, *, delivered: bool = True) -> Open:
    """A customer's page by its address, with the link of that order."""

    async def open_page(page: Page, scene: Scene) -> None:
        token = await link_token(scene.shop, scene.order if delivered else scene.on_its_way)
        await page.goto(path.format(token=token))

    return open_page


async def open_figures(page: Page, scene: Scene) -> None:
    if not await page.context.cookies():
        await signed_in(page, scene.weeks, "admin")
    await page.goto("/agents/kpis?days=30")


PAGES: dict[str, Open] = {
    "order": of_customer("/o/{token}", delivered=False),
    "order-delivered": of_customer("/o/{token}"),
    "return": of_customer("/r/{token}"),
    "preferences": of_customer("/o/{token}/preferences", delivered=False),
    "messages": of_customer("/o/{token}/messages"),
    "find-my-order": at("/find/{merchant}"),
    "sign-in": at("/agents/sign-in"),
    "queue": at("/agents", "agent"),
    "order-of-agents": at("/agents/orders/{order}", "agent"),
    "search": at("/agents/search?q=testowa", "agent"),
    "kpis": open_figures,
    "privacy": at("/agents/privacy", "admin"),
    "users": at("/agents/users", "admin"),
    "approvals": at("/agents/approvals", "admin"),
    "design": at("/design"),
    "design-console": at("/design/console"),
    "settings": at("/agents/admin", "admin"),
    "policies": at("/agents/admin/policies", "admin"),
    "looks": at("/agents/admin/branding", "admin"),
    "letter-preview": at("/agents/admin/branding/letters?letter=delivered", "admin"),
    "texts-for-answers": at("/agents/admin/macros", "admin"),
    "channels": at("/agents/admin/channels", "admin"),
    "webhooks": at("/agents/admin/webhooks", "admin"),
    "keys": at("/agents/admin/keys", "admin"),
    "sandbox": at("/agents/admin/sandbox", "admin"),
}


def chosen(names: list[str]) -> Iterator[tuple[str, Open]]:
    """The pages of these names; all without any."""
    return ((name, PAGES[name]) for name in names or PAGES)


async def take(browser: Browser, scene: Scene, name: str, open_page: Open) -> int:
    """All pictures of one page; how many."""
    for variant in ALL:
        context = await browser.new_context(
            base_url=scene.shop.deployment.addresses["api"],
            viewport={"width": variant.width, "height": 800},
            device_scale_factor=variant.zoom,
            color_scheme="dark" if variant.dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        page = await context.new_page()
        await open_page(page, scene)
        if variant.query:
            await page.goto(f"{page.url}{'&' if '?' in page.url else '?'}{variant.query}")
        _keep(await page.screenshot(full_page=True), FOLDER / f"{name}-{variant.name}.png")
        await context.close()
    return len(ALL)


def _keep(png: bytes, file: Path) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, _TALLEST)))
    picture.quantize(_COLOURS).save(file, optimize=True)


async def make_scene(deployment: Deployment, http: aiohttp.ClientSession) -> Scene:
    """The shop that the pictures show."""
    shop = await Shop.create(deployment, http, notices=AT_ONCE, review_above={"GBP": 100})
    delivered = await shop.delivered(order_id="1041")
    (await shop.open(delivered, item())).ok()
    on_its_way = await shop.place(order_id="1042")
    await shop.ship(on_its_way)
    weeks = await Shop.create(deployment, http)
    await fill_weeks(deployment.database, weeks.name)
    await weeks.advance_clock(days=DAYS + 8)
    return Scene(shop, delivered, on_its_way, weeks)


async def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        deployment = Deployment(Path(data) / "data", {**FAST_DELETION, **LOCAL_WEBHOOKS})
        await deployment.open()
        try:
            async with aiohttp.ClientSession() as http, async_playwright() as driver:
                scene = await make_scene(deployment, http)
                browser = await driver.chromium.launch(executable_path=program(), args=["--no-sandbox"])
                taken = [await take(browser, scene, name, open_page) for name, open_page in chosen(names)]
                sys.stdout.write(f"{sum(taken)} pictures in {FOLDER}\n")
                await browser.close()
        finally:
            await deployment.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
