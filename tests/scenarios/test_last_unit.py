"""The last unit is returned once, for any number of concurrent requests."""

from collections.abc import Callable
from dataclasses import asdict

import pytest

from tests.scenarios.helpers import gbp
from tests.scenarios.last_unit import race_for_the_last_unit
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CLIENTS = 50


@pytest.mark.scenario("S-37")
async def test_of_fifty_requests_for_the_last_unit_one_succeeds_and_all_others_get_the_reason(
    shop: Shop, record_property: Callable[[str, object], None]
) -> None:
    order, payment = await shop.bought_one()
    race = await race_for_the_last_unit(shop, order, CLIENTS)
    record_property("race", asdict(race))
    print(race)  # noqa: T201 - shown with -s: figures for people
    assert (race.accepted, race.refused, race.others) == (1, CLIENTS - 1, 0)
    assert race.at_once == CLIENTS, "they did not really race"
    assert race.overlapping_winner > 0

    view = await shop.view(order)
    [case] = view["returns"]
    assert (case["status"], case["units"]) == ("authorized", {"1": 1})
    assert len(await shop.timeline(order, "return_opened")) == 1
    assert len(await shop.notices(order, "return_authorized")) == 1
    assert (await shop.view(order, live=True))["seq"] == view["seq"]
    assert view["refunded"] == gbp(0)
    assert await shop.refunds(payment) == []
