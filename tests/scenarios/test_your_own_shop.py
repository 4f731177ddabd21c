"""The code of docs/your-own-shop.md runs as it stands, against a real deployment, and prints what the page says."""

import asyncio
import os
import re
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop

PAGE = Path(__file__).parents[2] / "docs" / "your-own-shop.md"


def code() -> str:
    return "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_the_guide_prints_what_it_says(deployment: Deployment, http: aiohttp.ClientSession) -> None:
    shop = await Shop.create(deployment, http)
    environment = {
        "PATH": os.environ["PATH"],
        "SMOT_API": deployment.addresses["api"],
        "STOREFRONT_KEY": shop.keys["storefront"],
        "PAYMENT": await shop.pay(7477, "USD"),
        "PAYMENT_2": await shop.pay(900, "USD"),
        "PAYMENT_3": await shop.pay(9900, "USD"),
    }
    script = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code(), env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(script.communicate(), PATIENCE)
    expected = re.findall(r"^# > (.*)$", code(), re.MULTILINE)
    assert out.decode().splitlines() == expected
