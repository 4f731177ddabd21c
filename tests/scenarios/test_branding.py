"""A merchant sets its looks; pages and letters show them, and nothing of another merchant."""

import base64
import re
from typing import Any

import pytest

from tests.domain.test_branding import picture
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_consents import request_consent
from tests.scenarios.test_letter_links import letter_links, open_page

# One table, read and written whole: the databases do not differ in it.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
_LOGO = picture("PNG")
BRANDING: dict[str, Any] = {
    "name": "Tallis & Wren",
    "accent": "#FFEE00",
    "logo": base64.b64encode(_LOGO).decode(),
    "reply_to": "help@tallis.example",
    "locale": "de",
    "help_address": "https://tallis.example/help",
    "help_texts": {"en": "People answer within four hours."},
}


async def test_branding_is_set_read_and_shown_on_pages_and_in_letters(create_shop: Any) -> None:
    shop: Shop = await create_shop(notices=AT_ONCE)
    assert (await shop.call("GET", "/v1/branding")).ok()["name"] == ""
    written = await shop.call("PUT", "/v1/branding", BRANDING, role="admin")
    kept = await shop.call("GET", "/v1/branding")
    assert written.body == kept.body == {**BRANDING, "accent": "#ffee00"}
    order = await shop.place()
    (await request_consent(shop, order)).ok()
    wait, _ = await letter_links(shop, order, "consent_requested")
    _, page, _ = await open_page(shop, wait)
    assert "Tallis &amp; Wren" in page
    assert 'href="../brand/ffee00.css"' in page
    token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    for customers in (f"/o/{token}", f"/o/{token}/preferences", f"/r/{token}", f"/find/{shop.name}"):
        _, page, _ = await open_page(shop, customers)
        assert "Tallis &amp; Wren" in page, customers
        assert 'href="/brand/ffee00.css"' in page, customers
        assert f'src="/brand/{shop.name}/logo/' in page, customers
    letter = (await shop.call("GET", "/v1/branding/letters/delivered?locale=de", role="agent")).ok()
    assert (letter["locale"], "Tallis" in letter["text"]) == ("de", True)
    assert 'bgcolor="#706900"' in letter["html"], "the buttons have the colour, as far as it can be read"
    assert (await shop.call("GET", "/v1/branding/letters/poem", role="agent")).status == 404
    [sent] = await shop.notices(order, "consent_requested")
    read = (await shop.call("GET", f"/v1/notices/{sent['id']}", role="agent")).ok()
    assert 'bgcolor="#706900"' in read["letters"][0]["html"]
    shown = f'src="data:image/png;base64,{BRANDING["logo"]}" alt="Tallis &amp; Wren"'
    assert shown in letter["html"]
    assert shown in read["letters"][0]["html"]
    query = "SELECT message_id FROM letters WHERE merchant = ?"
    assert len(shop.deployment.rows(query, shop.name)) == 1
    (await shop.call("PUT", "/v1/branding", {"name": "Tallis & Wren"}, role="admin")).ok()
    read = (await shop.call("GET", f"/v1/notices/{sent['id']}", role="agent")).ok()
    assert 'src="data:," alt="Tallis &amp; Wren"' in read["letters"][0]["html"], "then its name stands there"


async def test_the_colour_is_mended_in_each_palette_and_the_logo_has_the_type_of_its_bytes(
    create_shop: Any,
) -> None:
    shop: Shop = await create_shop()
    (await shop.call("PUT", "/v1/branding", BRANDING, role="admin")).ok()
    status, style, headers = await open_page(shop, "/brand/ffee00.css")
    assert status == 200
    assert headers["Content-Type"].startswith("text/css")
    assert re.findall(r"--accent:(#\w+)", style) == ["#706900", "#ffee00", "#615a00", "#ffee00"]
    for wrong in (
        "/brand/red.css",
        "/brand/FFEE00.css",
        "/brand/ffee00%7D.css",
        f"/brand/{shop.name}-x/logo/1",
    ):
        assert (await open_page(shop, wrong))[0] == 404
    url = shop.deployment.addresses["api"] + f"/brand/{shop.name}/logo/1"
    async with shop.http.get(url) as answer:
        assert await answer.read() == _LOGO
        assert answer.content_type == "image/png"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_wrong_branding_is_refused_by_field_and_changes_nothing(create_shop: Any) -> None:
    shop: Shop = await create_shop()
    (await shop.call("PUT", "/v1/branding", BRANDING, role="admin")).ok()
    answer = await shop.call("PUT", "/v1/branding", {"accent": "red", "logo": "PHN2Zz4="}, role="admin")
    assert answer.status == 400
    assert "accent" in str(answer.body)
    assert "SVG is refused" in str(answer.body)
    assert (await shop.call("GET", "/v1/branding")).ok()["name"] == "Tallis & Wren"
    other: Shop = await create_shop()
    assert (await other.call("GET", "/v1/branding")).ok()["name"] == ""
