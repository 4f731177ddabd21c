"""The interactive documentation in a real browser, under its own strict policy."""

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from api.app import ENDPOINTS
from api.http.docs_assets import FOLDER
from tests.api.whole_api import start
from tests.browser.chromium import BROWSER, program

MANIFEST = json.loads((FOLDER / "swagger-ui" / "manifest.json").read_text())


@pytest.fixture
def address() -> Iterator[str]:
    """The whole API on a real port, in a loop of its own: the browser is driven by blocking calls."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(60)
    yield str(server.make_url("/")).rstrip("/")
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_the_kept_files_are_those_of_the_manifest() -> None:
    folder = FOLDER / "swagger-ui"
    kept = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    kept.pop("manifest.json")
    assert kept == MANIFEST["sha256"]
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "SmartBear" in (folder / "NOTICE").read_text()


@pytest.mark.skipif(program() is None, reason=f"no Chromium here; {BROWSER} may name one")
def test_the_docs_list_every_operation_load_nothing_from_elsewhere_and_try_requests_out(address: str) -> None:
    said: list[str] = []
    requested: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.set_default_timeout(60_000)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: requested.append(request.url))
        page.goto(f"{address}/docs")
        page.wait_for_selector(".opblock")
        # Swagger UI draws of a long list only what is near: it is asked for all, and the filter brings one near.
        assert page.evaluate("ui.getSystem().specSelectors.operations().size") == len(ENDPOINTS)
        page.locator(".operation-filter-input").fill("health")
        page.locator("button.authorize").click()
        page.locator(".auth-container input").fill("storefront")
        page.locator(".auth-btn-wrapper button.authorize").click()
        page.locator(".btn-done").click()
        operation = page.locator("#operations-health-healthz")
        operation.locator(".opblock-summary-control").click()
        operation.locator(".try-out__btn").click()
        operation.locator("button.execute").click()
        operation.locator(".live-responses-table .response-col_status").first.wait_for()
        assert "200" in operation.locator(".live-responses-table").inner_text()
        browser.close()
    assert said == []
    assert [url for url in requested if not url.startswith((address, "data:"))] == []
