"""Carrier accounts for polling: who sets them, what is shown, and what happens when a source fails."""

from collections import Counter
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import START, Shop
from tests.scenarios.simulator import SimulatorAccount, admin

pytestmark = pytest.mark.databases_in_turn

HOUR = timedelta(hours=1)


def parcel(number: str, *statuses: str, lost: bool = True, every: int = 12) -> dict[str, Any]:
    """One scan each so many hours, its webhook lost."""
    scans = [
        {"at": (START + every * place * HOUR).isoformat(), "status": status, "webhook": {"lost": lost}}
        for place, status in enumerate(statuses, start=1)
    ]
    return {"carrier": "UPS", "tracking_number": number, "scans": scans}


async def shop_with_polling(
    deployment: Deployment, http: aiohttp.ClientSession, **account: Any
) -> tuple[Shop, SimulatorAccount]:
    """A separate shop with an account for polling its carriers."""
    shop = await Shop.create(deployment, http)
    carriers = await SimulatorAccount(shop).open()
    await carriers.enable_polling(**account)
    return shop, carriers


async def carrier_account(
    shop: Shop, method: str, body: Any = None, key: str | None = None
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key or shop.deployment.admin_key}"}
    url = f"{shop.deployment.addresses['api']}/v1/merchants/{shop.name}/carrier-account"
    async with shop.http.request(method, url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_the_platform_admin_sets_an_account_and_its_key_is_never_shown_again(shop: Shop) -> None:
    body = {
        "source": "easypost",
        "key": "EZ-secret-key",
        "base": "https://api.easypost.test",
        "per_minute": 7,
    }
    assert (await carrier_account(shop, "GET"))[0] == 404
    assert (await carrier_account(shop, "PUT", body, shop.keys["senior_agent"]))[0] == 403
    status, created = await carrier_account(shop, "PUT", body)
    assert status == 200
    assert created.items() >= {"source": "easypost", "per_minute": 7, "refused_at": None}.items()
    assert (await carrier_account(shop, "GET")) == (200, created)
    assert "secret-key" not in str(created)
    for wrong in (
        {"source": "dhl"},
        {"key": ""},
        {"base": "ftp://x"},
        {"base": "https://x/y"},
        {"per_minute": 0},
    ):
        assert (await carrier_account(shop, "PUT", {**body, **wrong}))[0] == 400, wrong
    assert await carrier_account(shop, "DELETE") == (200, {"removed": True})
    assert (await carrier_account(shop, "GET"))[0] == 404
    assert "secret-key" not in (shop.deployment.data / "worker.log").read_text()


async def test_an_account_of_an_unknown_merchant_is_not_created(shop: Shop) -> None:
    url = f"{shop.deployment.addresses['api']}/v1/merchants/nobody/carrier-account"
    headers = {"Authorization": f"Bearer {shop.deployment.admin_key}"}
    async with shop.http.put(url, json={"source": "easypost", "key": "k"}, headers=headers) as answer:
        assert answer.status == 404


async def test_a_refused_key_is_shown_and_an_accepted_one_clears_it(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    shop, carriers = await shop_with_polling(deployment, http)
    await carriers.call("POST", "/faults", {"kind": "unauthorized"})
    await carriers.script([parcel("KEY1", "picked_up")])
    await shop.advance_clock(hours=7)
    assert (await carrier_account(shop, "GET"))[1]["refused_at"] is not None
    await shop.advance_clock(hours=12)
    assert (await carrier_account(shop, "GET"))[1]["refused_at"] is None
    assert (await shop.view(carriers.orders["KEY1"]))["parcels"][0]["status"] == "picked_up"


async def test_a_carrier_that_answers_retry_after_is_left_alone(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    # TRK-8
    shop, carriers = await shop_with_polling(deployment, http)
    await carriers.call("POST", "/faults", {"kind": "rate_limited", "seconds": 3600 * 20, "times": 1})
    await carriers.script([parcel("ALONE1", "picked_up", every=1)])
    await shop.advance_clock(hours=20)
    assert len(await carriers.polls()) == 1
    await shop.advance_clock(hours=12)
    assert [poll["status"] for poll in await carriers.polls()][:2] == [429, 200]
    assert (await shop.view(carriers.orders["ALONE1"]))["parcels"][0]["status"] == "picked_up"


async def test_no_minute_has_more_calls_than_the_account_allows(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    # TRK-8
    shop, carriers = await shop_with_polling(deployment, http, per_minute=2)
    await carriers.script([parcel(f"BUDGET{n}", "picked_up") for n in range(5)])
    await shop.advance_clock(hours=30)
    polls = await carriers.polls()
    assert max(Counter(poll["now"][:16] for poll in polls).values()) <= 2
    assert len({poll["tracking_number"] for poll in polls}) == 5, "and everybody has a turn"


async def test_reconcile_finds_what_was_lost_before_there_was_an_account(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    # NEW-18, API-6
    shop = await Shop.create(deployment, http)
    carriers = await SimulatorAccount(shop).open()
    await carriers.script([parcel("OLD1", "picked_up", "delivered"), parcel("OLD2", "picked_up", lost=False)])
    await carriers.step_through([START + 12 * HOUR, START + 25 * HOUR])
    where = ("--data", str(deployment.data))
    code, _, err = await smot("reconcile", "parcels", shop.name, *where, env=deployment.env)
    assert (code, "no account at a tracking service" in err) == (2, True)
    key = deployment.data.parent / "tracker.key"
    key.write_text(f"key-of-{shop.name}\n")
    arguments = ("--key-file", str(key), "--base", "simulator", *where)
    code, out, err = await smot(
        "merchants", "carrier-account", shop.name, "easypost", *arguments, env=deployment.env
    )
    assert (code, err) == (0, "")
    assert f"key-of-{shop.name}" not in out
    code, out, err = await smot("reconcile", "parcels", shop.name, *where, env=deployment.env)
    assert (code, err) == (0, "")
    assert out.strip() == f"{shop.name}: 2 parcels polled, 1 with news, 0 not found, 0 unanswered"
    view = await shop.until(carriers.orders["OLD1"], lambda view: view["stage"] == "delivered")
    assert view["parcels"][0]["delivered_at"] == (START + 24 * HOUR).isoformat().replace("+00:00", "Z")
    code, out, _ = await smot("reconcile", "parcels", shop.name, *where, env=deployment.env)
    assert out.strip() == f"{shop.name}: 1 parcels polled, 0 with news, 0 not found, 0 unanswered"


async def test_a_carrier_that_forgets_a_parcel_raises_an_attention_item(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    # TRK-10
    shop, carriers = await shop_with_polling(deployment, http)
    gone = {**parcel("FORGET1", "picked_up"), "retired_at": (START + 30 * HOUR).isoformat()}
    await carriers.script([gone])
    await shop.advance_clock(hours=48)
    [question] = await shop.attention_items(carriers.orders["FORGET1"])
    assert (question["kind"], question["owner"], question["default"]) == ("tracker_ended", "agent", "dismiss")
    assert question["deadline"] > question["opened_at"]
    answer = await shop.override(
        f"orders/{carriers.orders['FORGET1']}", "mark_delivered", parcel=question["subject"]
    )
    answer.ok()
    assert await shop.attention_items(carriers.orders["FORGET1"]) == []
    assert (await admin(shop, "GET", f"/v1/merchants/{shop.name}/carrier-account"))["refused_at"] is None


async def test_scans_before_the_order_belong_to_another_parcel(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    # TRK-11
    shop, carriers = await shop_with_polling(deployment, http)
    old = parcel("AGAIN1", "delivered")
    old["scans"][0]["at"] = (START - timedelta(days=90)).isoformat()
    await carriers.script([old])
    await shop.advance_clock(hours=20)
    assert {poll["status"] for poll in await carriers.polls()} == {200}
    view = await shop.view(carriers.orders["AGAIN1"])
    assert (view["stage"], view["delivered"], view["parcels"][0]["status"]) == ("placed", "none", "unknown")
