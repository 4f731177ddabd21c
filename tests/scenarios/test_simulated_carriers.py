"""The public scenario files are played by the simulator and end as they expect, in every form and by every tracker."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import TypeAdapter

from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop
from tests.scenarios.simulator import SimulatorAccount

pytestmark = pytest.mark.databases_in_turn

FILES = sorted((Path(__file__).parents[2] / "samples" / "carriers").glob("*.json"))
ADAPTERS = (("easypost", "easypost"), ("generic", "aftership"))
_SPAN = TypeAdapter(timedelta)


def moments(scenario: dict[str, Any]) -> list[datetime]:
    """When a webhook is due, and the end."""
    end = datetime.fromisoformat(scenario["until"])
    times = {end}
    for parcel in scenario["parcels"]:
        for scan in parcel["scans"]:
            late = _SPAN.validate_python(scan.get("webhook", {}).get("delay", "PT0S"))
            times.add(datetime.fromisoformat(scan["at"]) + late)
    return sorted(at for at in times if at <= end)


# NEW-13, TRK-10
@pytest.mark.parametrize(("form", "source"), ADAPTERS, ids=["easypost", "generic-aftership"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_scenario_file_ends_with_its_expected_outcome(
    file: Path, form: str, source: str, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    scenario = json.loads(file.read_text())
    start = datetime.fromisoformat(scenario["start"])
    shop = await Shop.create(deployment, http, clock=start)
    carriers = await SimulatorAccount(shop, form).open()
    if scenario.get("polled"):
        await carriers.enable_polling(source)
    await carriers.script(scenario["parcels"], promise=scenario["promise"])
    await carriers.step_through(moments(scenario))
    for number, expected in scenario["expect"].items():
        assert await outcome_of(shop, carriers.orders[number], expected) == expected, number


async def outcome_of(shop: Shop, order: str, expected: dict[str, Any]) -> dict[str, Any]:
    """The fields that the expectation names."""
    view = await shop.view(order)
    [parcel] = view["parcels"]
    outcome: dict[str, Any] = {"status": parcel["status"]}
    if "delivered_at" in expected:
        outcome["delivered_at"] = parcel["delivered_at"]
    if "notices" in expected:
        outcome["notices"] = [notice["kind"] for notice in await shop.notices(order)]
    if "attention" in expected:
        outcome["attention"] = [item["kind"] for item in view["attention"]]
        assert {item["owner"] for item in view["attention"]} <= {"agent", "merchant"}
    return outcome
