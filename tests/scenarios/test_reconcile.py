"""With lost webhooks, polling the carrier leads to the same end as if none had been lost (NEW-18)."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.scenarios.deployment import Deployment
from tests.scenarios.lossy_carrier import parcel_scripts, scan_times, with_lost_webhooks
from tests.scenarios.shop import START, Shop
from tests.scenarios.simulator import SimulatorAccount

PARCELS, SEED = 32, 18
# What differs between two runs of the same parcels for other reasons than what was received.
_OTHER = {"order", "order_id", "number", "seq", "as_of", "terms", "tenders", "reference", "leg", "occasion"}
# When a delay is notified or a question is raised follows when it is known: with every webhook at once, without them at the
# next poll.
_WHEN = {
    "reported_at",
    "notified_at",
    "sent_at",
    "promised_at",
    "ended_at",
    "lost_at",
    "settled_at",
    "delay_notices",
    "next_updates",
    "effective",
    "revisions",
}
# Delays are notified as they become known: one that was over at the next poll is no news.
_AS_IT_GOES = {"delayed", "delay_corrected", "follow_up"}


async def outcomes(carriers: SimulatorAccount, parcels: list[dict[str, Any]], days: int) -> dict[str, Any]:
    """Per parcel: the final status of its order, and the notices to its customer."""
    await carriers.script(parcels)
    await carriers.step_through(scan_times(parcels, START + timedelta(days=days)))
    shop = carriers.shop
    return {
        number: without_order_id(order, [comparable(await shop.view(order)), await notices_sent(shop, order)])
        for number, order in carriers.orders.items()
    }


async def notices_sent(shop: Shop, order: str) -> list[Any]:
    """Of its outcome: lost, refunded, waiting at a pick-up point."""
    notices = await shop.notices(order)
    return [(n["kind"], n["subject"], n["status"]) for n in notices if n["kind"] not in _AS_IT_GOES]


def without_order_id(order: str, value: Any) -> Any:
    return json.loads(json.dumps(value).replace(order, "ord"))


def comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: comparable(one) for name, one in value.items() if name not in _OTHER | _WHEN}
    return [comparable(one) for one in value] if isinstance(value, list) else value


# Two runs of 32 orders, on SQLite only: their database queries are tested on both.
@pytest.mark.parametrize("kind", ["sqlite"])
async def test_with_a_third_of_all_webhooks_lost_every_order_ends_the_same(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    # NEW-18, TRK-8
    whole = parcel_scripts(PARCELS, SEED)
    holed, lost = with_lost_webhooks(whole, 0.3, SEED)
    assert lost >= 40
    complete = await SimulatorAccount(await Shop.create(deployment, http)).open()
    lossy = await SimulatorAccount(await Shop.create(deployment, http)).open()
    await lossy.enable_polling()
    wanted, polled = await asyncio.gather(outcomes(complete, whole, days=9), outcomes(lossy, holed, days=9))
    assert {number: (end, wanted[number]) for number, end in polled.items() if end != wanted[number]} == {}
    assert await complete.polls() == []
    polls = await lossy.polls()
    assert {poll["status"] for poll in polls} == {200}
    assert 0 < len(polls) / PARCELS < 60
