"""An order's life as lines and as a picture, and the addresses of the deployment: by HTTP and on the command line."""

import re
from pathlib import Path
from xml.etree import ElementTree

import aiohttp
import pytest

from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


async def test_the_life_of_an_order_is_a_picture_for_staff_and_lines_in_a_terminal(
    deployment: Deployment, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    shop = await Shop.create(deployment, http)
    order = await shop.place()
    path = f"/v1/orders/{order}/life.svg"
    headers = {"Authorization": f"Bearer {shop.keys['agent']}"}
    async with http.get(deployment.addresses["api"] + path, headers=headers) as answer:
        picture = await answer.text()
        assert (answer.status, answer.content_type) == (200, "image/svg+xml")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert "order placed" in picture
    assert (await shop.call("GET", path, role="partner")).status == 403
    other = await Shop.create(deployment, http)
    assert (await other.call("GET", path, role="agent")).status == 404

    data, file = ("--data", str(deployment.data)), tmp_path / "life.svg"
    code, lines, err = await smot("order", shop.name, order, *data, env=deployment.env)
    assert (code, err) == (0, "")
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d ● shop     order placed$", lines, re.MULTILINE)
    code, _, err = await smot("order", shop.name, order, "--svg", str(file), *data, env=deployment.env)
    assert (code, err) == (0, "")
    assert ElementTree.fromstring(file.read_text()).tag.endswith("svg")
    code, _, err = await smot("order", other.name, order, *data, env=deployment.env)
    assert (code, err.strip()) == (2, f"smot: {other.name} has no order {order}")


async def test_the_addresses_are_printed_again_without_secrets(deployment: Deployment) -> None:
    code, out, err = await smot("env", "acme", "--data", str(deployment.data), env=deployment.env)
    assert (code, err) == (0, "")
    addresses = deployment.addresses
    assert dict(re.findall(r"^export (\w+)=(.*)$", out, re.MULTILINE)) == {
        "SMOT_API": addresses["api"],
        "SANDBOX_PSP": addresses["psp"],
        "SANDBOX_CARRIERS": addresses["carriers"],
        "MERCHANT": "acme",
    }


async def test_a_name_that_is_taken_says_how_to_get_keys(deployment: Deployment) -> None:
    data = ("--data", str(deployment.data))
    assert (await smot("merchants", "add", "taken-shop", "--sandbox", *data, env=deployment.env))[0] == 0
    code, _, err = await smot("merchants", "add", "taken-shop", "--sandbox", *data, env=deployment.env)
    assert code == 2
    assert "`smot env taken-shop` prints its addresses, `smot keys add taken-shop ROLE`" in err
