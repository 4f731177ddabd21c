"""Orders without a promise get one by the shop's published policy, and keep it; four expectations are shown together."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.actors import SYSTEM
from domain.model.terms import Policy
from store.engine.database import Database
from store.merchants.policies import NewPolicy, Policies
from tests.scenarios.deployment import Deployment
from tests.scenarios.problem_assertions import problem, validation_errors
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn

DELIVERY: dict[str, Any] = {
    "warehouse": {
        "country": "GB",
        "region": "ENG",
        "zone": "Europe/London",
        "opens": "08:00",
        "closed": ["2026-03-16"],
    },
    "default": "standard",
    "services": {
        "standard": {"cutoff": "14:00", "handling": 1, "transit": {"min_days": 2, "max_days": 4}},
        "express": {"cutoff": "17:00", "handling": 0, "transit": {"max_days": 1}, "saturdays": True},
        "two_hours": {"cutoff": "20:00", "hours": 2},
    },
}
EASTER = "2026-04-02T10:00:00+01:00"  # Maundy Thursday


@pytest.fixture
async def shop(create_shop: Any) -> Shop:
    created: Shop = await create_shop(delivery=DELIVERY)
    return created


async def estimate_promise(shop: Shop, **changes: Any) -> dict[str, Any]:
    body = await shop.order_body(**changes)
    del body["promise"]
    return body


async def placed(shop: Shop, **changes: Any) -> dict[str, Any]:
    view: dict[str, Any] = (
        (await shop.call("POST", "/v1/orders", await estimate_promise(shop, **changes))).ok().body
    )
    return view


async def published(deployment: Deployment, shop: Shop, policy: Policy) -> None:
    """Put another policy in force, as the operator would: in the store."""
    db = Database(deployment.database)
    await Policies(db).publish(shop.name, NewPolicy(policy, ""), SYSTEM)
    await db.close()


async def test_an_order_without_a_promise_gets_the_promise_of_the_policy(shop: Shop) -> None:
    view = await placed(shop)  # Monday 08:00: ready on Tuesday, two to four working days
    assert view["promise"] == {
        "at": None,
        "day": "2026-03-09",
        "earliest_at": None,
        "earliest_day": "2026-03-05",
    }
    assert datetime.fromisoformat(view["due"]) == datetime.fromisoformat("2026-03-10T00:00:00Z")
    express = await placed(shop, service="express")
    assert (express["promise"]["day"], express["promise"]["earliest_day"]) == ("2026-03-03", None)
    assert (view["service"], express["service"]) == (None, "express")
    quick = await placed(shop, service="two_hours")
    assert datetime.fromisoformat(quick["promise"]["at"]) == START + timedelta(hours=2)
    assert quick["promise"]["day"] is None


async def test_public_holidays_count_where_they_are_kept(shop: Shop) -> None:
    """Over Easter: London rests on Friday and Monday, Dublin on Monday, New York on neither."""
    await shop.set_clock(datetime.fromisoformat(EASTER))
    places = {"GB": "Europe/London", "IE": "Europe/Dublin", "US": "America/New_York"}
    days = {}
    for country, zone in places.items():
        view = await placed(
            shop, placed_at=EASTER, service="express", destination={"country": country, "zone": zone}
        )
        days[country] = view["promise"]["day"]
    assert days == {"GB": "2026-04-04", "IE": "2026-04-03", "US": "2026-04-03"}
    late = await placed(shop, placed_at="2026-04-02T18:00:00+01:00", service="express")
    assert late["promise"]["day"] == "2026-04-08", "packed on Tuesday, after Easter Monday"


@pytest.mark.scenario("S-3")
async def test_the_same_order_again_keeps_its_promise_under_a_changed_policy(
    shop: Shop, deployment: Deployment
) -> None:
    body = await estimate_promise(shop, service="express")
    first = await shop.call("POST", "/v1/orders", body)
    with deployment.reader() as reader:
        off = reader.rows("SELECT off_days FROM orders WHERE merchant = ?", shop.name)
    assert "2026-03-08" in off[0][0]
    await published(deployment, shop, Policy())  # which promises nothing any more
    again = await shop.call("POST", "/v1/orders", body)
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    other = {**body, "service": "standard"}
    problem(await shop.call("POST", "/v1/orders", other), 409, "order_conflict")
    promised = {**body, "promise": {"day": "2026-03-03"}}
    problem(await shop.call("POST", "/v1/orders", promised), 409, "order_conflict")
    other_service = await shop.call("POST", "/v1/orders", await estimate_promise(shop, service="express"))
    assert validation_errors(other_service) == [("/promise", "promise_missing")]


async def test_a_promise_of_the_shop_holds_for_every_service(shop: Shop) -> None:
    view = await shop.view(await shop.place(service="pigeon", promise={"day": "2026-03-20"}))
    assert (view["promise"]["day"], view["service"]) == ("2026-03-20", "pigeon")


async def test_an_order_that_cannot_be_promised_is_refused_and_not_placed(
    shop: Shop, create_shop: Any
) -> None:
    unknown = await shop.call("POST", "/v1/orders", await estimate_promise(shop, service="teleport"))
    assert validation_errors(unknown) == [("/service", "unknown_service")]
    end = datetime.fromisoformat("2100-12-30T10:00:00Z")
    at_the_end: Shop = await create_shop(delivery=DELIVERY, clock=end)
    far = await estimate_promise(at_the_end, placed_at=end.isoformat())
    assert validation_errors(await at_the_end.call("POST", "/v1/orders", far)) == [
        ("/placed_at", "placed_too_late")
    ]
    plain: Shop = await create_shop()
    missing = await plain.call("POST", "/v1/orders", await estimate_promise(plain))
    assert validation_errors(missing) == [("/promise", "promise_missing")]
    wrong = {"day": "2026-03-09", "earliest_day": "2026-03-10"}
    backwards = await shop.call("POST", "/v1/orders", await shop.order_body(promise=wrong))
    assert validation_errors(backwards) == [("/promise", "window_does_not_fit")]
    for one in (shop, plain):
        assert (await one.call("GET", "/v1/orders")).ok()["items"] == []


async def test_the_terms_know_when_the_carrier_rests(shop: Shop) -> None:
    england = {"country": "GB", "region": "ENG", "zone": "Europe/London"}  # Scotland works on Easter Monday
    order = (await placed(shop, destination=england))["order"]
    explained = (await shop.call("GET", f"/v1/orders/{order}/explain", role="agent")).ok()
    off = explained["terms"]["off_days"]
    assert {"2026-03-07", "2026-03-08", "2026-04-03", "2026-04-06"} <= set(off)
    assert "2026-04-07" not in off


@pytest.mark.scenario("S-15")
async def test_the_four_expectations_are_returned_together_and_dates_stay_dates(
    shop: Shop,
) -> None:  # TRK-6, TRK-9
    order = (await placed(shop, service="express"))["order"]
    number = await shop.ship(order)
    now = await shop.now()
    await shop.scan(number, "in_transit", now, estimate={"day": "2026-03-03", "confidence": 0.7})
    await shop.until(order, lambda view: view["parcels"][0]["eta"]["first"])
    await shop.advance_clock(hours=2)
    window = {
        "earliest_at": "2026-03-04T09:00:00+00:00",
        "at": "2026-03-04T11:00:00+00:00",
        "reason": "weather",
    }
    await shop.post_webhook({"carrier": "UPS", "tracking_number": number, "estimate": window})
    view = await shop.until(order, lambda view: view["parcels"][0]["eta"]["latest"]["at"])
    eta = view["parcels"][0]["eta"]
    assert (eta["promised"]["day"], eta["promised"]["at"]) == ("2026-03-03", None)
    assert (eta["first"]["day"], eta["first"]["at"], eta["first"]["confidence"]) == ("2026-03-03", None, 0.7)
    assert [datetime.fromisoformat(eta["latest"][end]) for end in ("earliest_at", "at")] == [
        datetime.fromisoformat(window[end]) for end in ("earliest_at", "at")
    ]
    assert eta["latest"]["day"] is None
    revisions = [(revision["kind"], revision["source"], revision["reason"]) for revision in eta["revisions"]]
    assert revisions[:3] == [
        ("promised", "shop", "promised"), ("carrier", "generic", "first_estimate"), ("carrier", "generic", "weather"),
    ]  # fmt: skip
    assert eta["late_minutes"] == 11 * 60  # from the end of the third to the end of the window
    await shop.scan(number, "in_transit", now + timedelta(hours=1))
    after = await shop.until(order, lambda view: view["parcels"][0]["scans"] == 2)
    assert after["parcels"][0]["eta"] == eta
    live = await shop.view(order, live=True)
    assert live["parcels"] == after["parcels"]
