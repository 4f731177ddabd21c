"""Pictures of every page: `python -m tests.browser.pictures [--to FOLDER] [NAME …]`.

Each page is taken at 390 and 1280 px, light and dark, from right to left, at 200 % and in every language. `docs/pages/` keeps all
pictures of the pages in SHOWN and two of each other page; with `--to` all of them are written to that folder instead.
"""

import argparse
import asyncio
import io
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.chromium import program
from tests.browser.every_page import make_shop, places
from tests.browser.figures_of_weeks import DAYS, fill_weeks
from tests.browser.shops import link_token
from tests.browser.signed_in import signed_in
from tests.scenarios.deployment import Deployment
from tests.scenarios.shared_deployment import FAST_DELETION, LOCAL_WEBHOOKS
from tests.scenarios.shop import Shop

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pages"
SHOWN: Final = {
    "/o/{token}": "order-delivered",
    "/o/{token}/preferences": "preferences",
    "/o/{token}/messages": "messages",
    "/r/{token}": "return",
    "/find/{merchant}": "find-my-order",
    "/agents/sign-in": "sign-in",
    "/agents": "queue",
    "/agents/orders/{order}": "order-of-agents",
    "/agents/orders/{order}/commands/{command}": "command",
    "/agents/search": "search",
    "/agents/privacy": "privacy",
    "/agents/users": "users",
    "/agents/approvals": "approvals",
    "/agents/admin": "settings",
    "/design": "design",
    "/design/console": "design-console",
}
"""The names of the pages whose pictures are all kept, by their routes. The order on its way and the figures are more."""
_COLOURS: Final = 96  # of a picture: small files, and nothing that one would see
_TALLEST: Final = 2400  # pixels


@dataclass(frozen=True)
class Variant:
    """One way in which a page is looked at."""

    name: str
    width: int
    dark: bool = False
    query: str = ""
    zoom: float = 1.0


ALL: Final = (
    Variant("390-light", 390),
    Variant("390-dark", 390, dark=True),
    Variant("1280-light", 1280),
    Variant("1280-dark", 1280, dark=True),
    Variant("390-rtl", 390, query="dir=rtl"),
    Variant("200-percent", 640, zoom=2.0),
    Variant("390-de", 390, query="lang=de"),
    Variant("390-zh-Hans", 390, query="lang=zh-Hans"),
)
KEPT: Final = {"390-light", "1280-light"}
"""Of the pages that are not in SHOWN."""


@dataclass(frozen=True)
class Shot:
    """A page to be taken. shop: whose page it is; signed: whether an admin of that shop opens it."""

    name: str
    shop: Shop
    address: str
    signed: bool = False
    shown: bool = True


def name_of(pattern: str) -> str:
    """`/agents/admin/mailbox/{notice}` is `admin-mailbox-notice`."""
    return SHOWN.get(pattern) or "-".join(re.findall(r"\w+", pattern.removeprefix("/agents/")))


async def shots(deployment: Deployment, http: aiohttp.ClientSession) -> list[Shot]:
    """Every page, of a shop with a few orders; the figures, of a shop that has sold for some weeks."""
    shop, weeks = await make_shop(deployment, http), await Shop.create(deployment, http)
    await fill_weeks(deployment.database, weeks.name)
    await weeks.advance_clock(days=DAYS + 8)
    every = [
        Shot(name_of(one.pattern), shop, one.address, one.signed, one.pattern in SHOWN)
        for one in await places(shop)
        if one.pattern != "/agents/kpis"
    ]
    moving = await link_token(shop, (await shop.call("GET", "/v1/orders/1042")).ok()["order"])
    return [
        Shot("order", shop, f"/o/{moving}"),
        Shot("kpis", weeks, "/agents/kpis?days=30", signed=True),
        *sorted(every, key=lambda one: "/f/" in one.address),  # the link that opens once is opened last
    ]


@asynccontextmanager
async def browsers(browser: Browser, variant: Variant, wanted: list[Shot]) -> AsyncIterator[dict[str, Page]]:
    """A page for customers, and by the shop's name one for its admin."""
    shops = {one.shop.name: one.shop for one in wanted}
    pages = {}
    for name in ("", *shops):
        context = await browser.new_context(
            base_url=wanted[0].shop.deployment.addresses["api"],
            viewport={"width": variant.width, "height": 800},
            device_scale_factor=variant.zoom,
            color_scheme="dark" if variant.dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        pages[name] = await context.new_page()
        if name:
            await signed_in(pages[name], shops[name], "admin")
    yield pages
    for page in pages.values():
        await page.context.close()


async def take(browser: Browser, variant: Variant, wanted: list[Shot], folder: Path) -> int:
    """All pages in that way; how many."""
    async with browsers(browser, variant, wanted) as pages:
        for shot in wanted:
            page = pages[shot.shop.name if shot.signed else ""]
            address = shot.address + ("&" if "?" in shot.address else "?") + variant.query
            await page.goto(address.rstrip("?&"))
            _keep(await page.screenshot(full_page=True), folder / f"{shot.name}-{variant.name}.png")
    return len(wanted)


def _keep(png: bytes, file: Path) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, _TALLEST)))
    picture.quantize(_COLOURS).save(file, optimize=True)


async def take_all(deployment: Deployment, names: list[str], folder: Path) -> int:
    """How many pictures."""
    taken = 0
    async with aiohttp.ClientSession() as http, async_playwright() as driver:
        wanted = [one for one in await shots(deployment, http) if not names or one.name in names]
        browser = await driver.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        for variant in ALL:
            here = folder != FOLDER or variant.name in KEPT
            chosen = [one for one in wanted if one.shown or here]
            taken += await take(browser, variant, chosen, folder) if chosen else 0
        await browser.close()
    return taken


async def main(names: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        deployment = Deployment(Path(data) / "data", {**FAST_DELETION, **LOCAL_WEBHOOKS})
        await deployment.open()
        try:
            sys.stdout.write(f"{await take_all(deployment, names, folder)} pictures in {folder}\n")
        finally:
            await deployment.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--to", type=Path, default=FOLDER, help="where all pictures of all pages go")
    parser.add_argument("names", nargs="*", help="only these pages")
    asked = parser.parse_args()
    asyncio.run(main(asked.names, asked.to))
