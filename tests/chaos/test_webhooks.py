"""A webhook accepted right before a crash is sent again, under its old id, and nothing is lost."""

import aiohttp
import pytest

from tests.adapters.webhook_receiver import WebhookReceiver
from tests.chaos.killable_deployment import KillableDeployment, retry_until_ok, until, until_true
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


@pytest.mark.scenario("S-94")
async def test_a_crash_between_a_2xx_and_its_recording_costs_only_a_repetition(
    killable_deployment: KillableDeployment, http: aiohttp.ClientSession
) -> None:
    async with WebhookReceiver.running() as receiver:
        shop = await Shop.create(killable_deployment, http)
        made = (await shop.call("POST", "/v1/webhook-endpoints", {"url": receiver.base + "/hooks"})).ok()
        receiver.secrets["/hooks"] = made["secret"]
        killable_deployment.kill_at("webhook.delivered")
        body = await shop.order_body()
        order = (await retry_until_ok(killable_deployment, lambda: shop.call("POST", "/v1/orders", body)))[
            "order"
        ]
        await until(lambda: killable_deployment.fired("webhook.delivered"))
        assert killable_deployment.process is not None
        await killable_deployment.process.wait()
        await killable_deployment.reopen()
        number = await shop.ship(order)
        await shop.scan(number, "delivered")
        await receiver.until(
            "/hooks", lambda received: "order.delivered" in [one["event"]["type"] for one in received]
        )
        first, again, *rest = receiver.received_at("/hooks")
        assert first["event"]["type"] == "order.placed"
        assert (again["id"], again["event"]) == (first["id"], first["event"])
        assert all(one["verified"] for one in receiver.received)
        types = [one["event"]["type"] for one in rest]
        assert types == ["parcel.registered", "parcel.updated", "order.delivered"]

        async def all_noted() -> bool:
            endpoint = (await shop.call("GET", f"/v1/webhook-endpoints/{made['endpoint']}")).ok()
            return bool(endpoint["queued"] == 0)

        await until_true(all_noted)
        code, report = await killable_deployment.run_verify()
        assert code == 0, report
