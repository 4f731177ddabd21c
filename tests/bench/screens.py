"""Every page: when its first byte comes, and how much is sent for it. A new page is measured without being named here.

`python -m tests.bench.screens` prints all figures of pages, viewers, guesses, search and KPIs; `smot bench --only screens`
those of the pages alone.
"""

import gzip
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from tests.bench.environment import kind_of
from tests.bench.figures import Figure, percentile
from tests.bench.screen_scene import EMAIL, ScreenScene, a_scene, running_shop

FIRST_BYTE: Final = 50.0  # ms at the 95th percentile
SIZE: Final = 100.0  # kB that a browser loads for a page without pictures, packed
_WARM: Final = 3
_NO_PAGES: Final = (
    "/brand/",
    "/o/{token}/calendar.ics",
    "/agents/privacy/{request}/data.jsonl",
    "/agents/kpis/facts.",
)
_QUERIES: Final = {
    "/embed/order": "token={panel}",
    "/agents/search": f"q={EMAIL}",
    "/r/{token}/offers": "units.1=1&reason.1=unwanted&method=drop_off",
}
_ASSET: Final = re.compile(r'(?:href|src)="(/(?:static|brand)/[^"#]+\.(?:css|js|svg))[#"]')
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class MeasuredPage:
    """One page. first_byte: ms of each request. sent: bytes of the page and its files; packed: with the page packed too."""

    path: str
    status: int
    first_byte: tuple[float, ...]
    sent: int
    packed: int


async def measure(
    folder: Path, *, database: str | None = None, requests: int = 40, orders: int = 40
) -> list[Figure]:
    """One request after the other, page by page, over a shop with so many orders."""
    kind = kind_of(database)
    async with running_shop(folder, database, review_above={"GBP": 0}) as shop:
        scene = await a_scene(shop, orders)
        pages = [await _measured(scene, path, requests) for path in page_paths()]
    good = [page for page in pages if page.status == 200]
    others = {page.path: page.status for page in pages if page.status != 200}
    figures = [_time_of(page, kind) for page in good]
    largest = max(good, key=lambda page: page.packed)
    size = round(largest.packed / 1000, 1)
    figures.append(Figure(f"largest page, {kind}", size, "kB", SIZE, at_most=True, of={"page": largest.path}))
    times = [one for page in good for one in page.first_byte]
    every = round(percentile(times, 95), 1)
    figures.append(
        Figure(
            f"first byte, all {len(good)} pages, p95, {kind}",
            every,
            "ms",
            FIRST_BYTE,
            at_most=True,
            of=others,
        )
    )
    return figures


def page_paths() -> list[str]:
    """The addresses of all pages that answer a GET, as their routes spell them."""
    from pages.app import ROUTES

    return sorted(
        {
            one.path
            for one in ROUTES
            if one.method == "GET" and one.timeout is not None and not one.path.startswith(_NO_PAGES)
        }
    )


def _time_of(page: MeasuredPage, kind: str) -> Figure:
    p95, p50 = (round(percentile(page.first_byte, one), 1) for one in (95, 50))
    of = {"p50": p50, "kB sent": round(page.sent / 1000, 1), "packed": round(page.packed / 1000, 1)}
    return Figure(f"{page.path}, {kind}", p95, "ms p95", FIRST_BYTE, at_most=True, of=of)


async def _measured(scene: ScreenScene, path: str, requests: int) -> MeasuredPage:
    address = address_of(scene, path)
    if address is None:
        return MeasuredPage(path, 0, (), 0, 0)
    role = "admin"
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        status, body, _ = await _get(http, scene, role, address)
        if status == 403:
            role = "agent"
            status, body, _ = await _get(http, scene, role, address)
        if status != 200:
            return MeasuredPage(path, status, (), 0, 0)
        files = sum(
            [len((await _get(http, scene, role, one))[1]) for one in {*_ASSET.findall(_plain(body).decode())}]
        )
        for _ in range(_WARM):
            await _get(http, scene, role, address)
        times = [(await _get(http, scene, role, address))[2] for _ in range(requests)]
    return MeasuredPage(path, status, tuple(times), len(_plain(body)) + files, len(body) + files)


def _plain(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def address_of(scene: ScreenScene, path: str) -> str | None:
    """The address with everything that stands for something filled in; None where the scene has nothing for it."""
    whole = f"{path}?{_QUERIES[path]}" if path in _QUERIES else path
    known = {}
    for beginning, values in scene.values.items():
        if path.startswith(beginning):
            known |= values
    if any(name not in known for name in _PLACEHOLDER.findall(whole)):
        return None
    return _PLACEHOLDER.sub(lambda found: known[found[1]], whole)


async def _get(
    http: aiohttp.ClientSession, scene: ScreenScene, role: str, address: str
) -> tuple[int, bytes, float]:
    """Status, body, and the ms until the first byte."""
    headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
    if address.startswith("/agents") and not address.startswith(("/agents/sign-in", "/agents/welcome")):
        headers["Cookie"] = f"smot_session={scene.sessions[role]}"
    began = time.perf_counter()
    url = scene.shop.deployment.addresses["api"] + address
    async with http.get(url, headers=headers, allow_redirects=False) as answer:
        first = (time.perf_counter() - began) * 1000
        return answer.status, await answer.read(), first


def main() -> int:
    """The figures of everything that people see, on both databases or those that are named: `sqlite`, `postgresql`."""
    from tests.bench import run

    parts = ("screens", "viewers", "guesses", "search", "kpis")
    argv = [word for part in parts for word in ("--only", part)]
    return run.main([*argv, *(word for kind in sys.argv[1:] for word in ("--on", kind))])


if __name__ == "__main__":
    sys.exit(main())
