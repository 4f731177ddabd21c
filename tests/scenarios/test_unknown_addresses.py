"""An address that does not exist is a page with a way back for a browser, and a problem for a program."""

import re

from tests.scenarios.people_of_a_shop import colleague, page_of
from tests.scenarios.shop import Shop

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def answered(shop: Shop, path: str, accept: dict[str, str], cookie: str = "") -> tuple[int, str, str]:
    """Status, media type and text."""
    headers = {**accept, **({"Cookie": cookie} if cookie else {})}
    async with shop.http.get(shop.deployment.addresses["api"] + path, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.text()


async def test_a_browser_gets_a_page_with_a_way_back_and_a_program_a_problem(shop: Shop) -> None:
    order, maria = await shop.place(), await colleague(shop, "maria@example.org", "warehouse")
    token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    backs = {
        f"/o/{token}/nothing/here": f"/o/{token}",
        f"/r/{token}/x/y/z": f"/r/{token}",
        f"/find/{shop.name}/x": f"/find/{shop.name}",
        "/find": "",
        "/o/": "",
        "/design/x/y": "/design",
        "/agents/nothing": "/agents",
        f"/agents/orders/{order}/planned/x": "/agents",  # only forms are sent there
    }
    for path, back in backs.items():
        cookie = f"smot_session={maria.token}" if path.startswith("/agents") else ""
        status, kind, text = await answered(shop, path, BROWSER, cookie)
        assert (status, kind) == (404, "text/html"), path
        links = re.findall(r'class="(?:btn|button second)" href="([^"]*)"', text)
        assert links == ([back] if back else []), path
        assert "There is nothing at this address" in text
        assert "Traceback" not in text
        assert ("Maria" in text) == bool(cookie), "the console's frame is that of its user"
    for path in ("/agents/nothing", "/find", "/design/x/y"):
        status, kind, text = await answered(shop, path, {"Accept": "*/*"})
        assert (status, kind) == (404, "application/problem+json"), path
        assert "unknown_path" in text
    assert (await answered(shop, "/v1/nothing", BROWSER))[1] == "application/problem+json"
    assert (await answered(shop, "/office", BROWSER))[1] == "application/problem+json"
    status, text = await page_of(maria, "/agents/approvals")
    assert (status, "These roles may see this page: Admin, " in text) == (403, True)
    assert "Nothing was changed" not in text
