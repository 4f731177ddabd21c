"""Dead letters over HTTP and by command: listed, counted, tried again with a reason in the audit, each merchant's own only."""

import aiohttp
import pytest

from tests.scenarios.carrier_events import until_processed
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.problem_assertions import rows
from tests.scenarios.shop import AT_ONCE, Shop

pytestmark = pytest.mark.databases_in_turn

WHY = {"reason": "the sender repaired its bodies"}


async def dead_letters(shop: Shop, *bodies: bytes) -> list[int]:
    for body in bodies:
        await shop.post_carrier_webhook("generic", body, shop.standard_signature(body))
    await until_processed(shop, len(bodies))
    items = (await shop.call("GET", "/v1/inbox", role="agent")).ok()["items"]
    return [int(item["id"]) for item in items]


async def test_dead_deliveries_are_listed_and_tried_again_with_a_reason(
    shop: Shop, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    other = await Shop.create(deployment, http)
    first, second = await dead_letters(shop, b"{", b"null")
    item = (await shop.call("GET", "/v1/inbox?source=generic", role="agent")).ok()["items"][1]
    assert {key: item[key] for key in ("status", "reason", "size", "replayable")} == {
        "status": "dead", "reason": "body: model_type", "size": 4, "replayable": True,
    }  # fmt: skip
    assert (await shop.call("GET", "/v1/inbox?source=easypost", role="agent")).ok()["items"] == []
    one = f"/v1/inbox/{first}/replay"
    assert (await shop.call("POST", one, {}, role="agent")).status == 400, "without a reason"
    assert (await other.call("POST", one, WHY, role="agent")).status == 404
    assert (await shop.call("POST", "/v1/inbox/1e3/replay", WHY, role="agent")).status == 404
    assert (await shop.call("POST", one, WHY, role="agent")).status == 202
    await until_processed(shop, 2)
    many = {**WHY, "problem": "body"}
    dry = (await shop.call("POST", "/v1/inbox/replay", {**many, "dry_run": True}, role="agent")).ok()
    assert dry.body == {"queued": 0, "more": 1}
    assert (await shop.call("POST", "/v1/inbox/replay", many, role="agent")).ok()["queued"] == 1
    await until_processed(shop, 2)
    lines = (await shop.call("GET", "/v1/audit?limit=100", role="senior_agent")).ok()["items"]
    replayed = [line for line in lines if "replayed" in line["action"]]
    assert [(line["action"], line["details"]["queued"]) for line in replayed] == [
        ("delivery_replayed", 1),
        ("deliveries_replayed", 1),
    ]
    assert {line["details"]["reason"] for line in replayed} == {WHY["reason"]}
    assert second in [
        int(one["id"]) for one in (await shop.call("GET", "/v1/inbox", role="agent")).ok()["items"]
    ]


async def test_dead_letters_are_tried_again_from_the_command_line(shop: Shop, deployment: Deployment) -> None:
    first, _ = await dead_letters(shop, b"{", b"null")
    at = ("--data", str(deployment.data))
    code, printed, err = await smot("inbox", "list", shop.name, *at, env=deployment.env)
    assert (code, len(printed.splitlines())) == (0, 2), err
    assert f"{first}  " in printed
    assert "not JSON in UTF-8" in printed
    replay = ("inbox", "replay", shop.name, "--reason", "a fix", *at)
    _, printed, _ = await smot(*replay, "--problem", "body", "--dry-run", env=deployment.env)
    assert printed == "1 would be applied again\n"
    code, _, err = await smot(*replay, "--id", str(first), "--dry-run", env=deployment.env)
    assert (code, "leave out --id" in err) == (2, True)
    _, printed, err = await smot(*replay, "--id", str(first), env=deployment.env)
    assert printed == "1 queued\n", err
    await until_processed(shop, 2)
    _, printed, _ = await smot(*replay, env=deployment.env)
    assert printed == "2 queued\n"
    await until_processed(shop, 2)
    for number in ("0", str(2**31)):
        code, _, err = await smot(*replay, "--id", number, env=deployment.env)
        assert (code, f"has no delivery {number}" in err) == (2, True)
    code, _, err = await smot(*replay, "--reason", "x", env=deployment.env)
    assert (code, "in 3 to 500 characters" in err) == (2, True)
    code, _, err = await smot("inbox", "list", "nobody", *at, env=deployment.env)
    assert (code, "there is no merchant nobody" in err) == (2, True)
    code, printed, err = await smot("notices", "list", shop.name, *at, env=deployment.env)
    assert (code, printed) == (0, ""), err
    _, printed, err = await smot(
        "notices", "replay", shop.name, "--reason", "a fix", "--dry-run", *at, env=deployment.env
    )
    assert printed == "0 would be sent again\n", err
    by = rows(deployment, "SELECT name FROM audit WHERE merchant = ? AND action LIKE '%replayed'", shop.name)
    assert {name for (name,) in by} == {"command line"}


async def test_notices_that_could_not_be_sent_are_listed_for_agents_alone(shop: Shop) -> None:
    assert (await shop.call("GET", "/v1/notices", role="agent")).ok()["items"] == []
    assert (await shop.call("GET", "/v1/notices", role="storefront")).status == 403
    dry = {**WHY, "dry_run": True, "kind": "delayed"}
    assert (await shop.call("POST", "/v1/notices/replay", dry, role="agent")).ok().body == {
        "queued": 0,
        "more": 0,
    }
    assert (await shop.call("POST", "/v1/notices/replay", WHY, role="storefront")).status == 403
    assert (await shop.call("POST", "/v1/notices/7/replay", WHY, role="agent")).status == 404


async def test_a_letter_that_left_is_sent_again_once_for_each_request_and_three_times_a_day(
    shop: Shop,
) -> None:
    order, _ = await shop.bought_one()
    (await shop.open(order, item())).ok()
    first = await shop.until_notice(order, "return_authorized")
    path = f"/v1/notices/{first['id']}/replay"
    one = (await shop.call("POST", path, WHY, role="agent", key="click-1")).ok()["id"]
    assert (await shop.call("POST", path, WHY, role="agent", key="click-1")).ok()["id"] == one
    two = (await shop.call("POST", path, WHY, role="agent")).ok()["id"]
    await shop.until_notice(order, "return_authorized", count=3)
    assert (await shop.call("POST", f"/v1/notices/{one}/replay", WHY, role="agent")).ok()["id"] > two
    assert (await shop.call("POST", path, WHY, role="agent")).status == 422, "three a day"
    await shop.until_notice(order, "return_authorized", count=4)
    letters = await shop.notices(order, "return_authorized")
    assert len({letter["message"] for letter in letters}) == 4
    assert all("We have accepted your return." in letter["text"] for letter in letters)
    lines = (
        await shop.call("GET", f"/v1/audit?limit=100&order={order}&newest_first=true", role="senior_agent")
    ).ok()["items"]
    assert {line["order"] for line in lines} == {order}
    assert lines[-1]["action"] == "placed"
    path = f"/v1/audit?order={order}&actor=agent&limit=1&newest_first=true"
    page = (await shop.call("GET", path, role="senior_agent")).ok()
    rest = (await shop.call("GET", f"{path}&cursor={page['next']}", role="senior_agent")).ok()
    assert page["items"] + rest["items"] == [line for line in lines if line["role"] == "agent"][:2]
    again = [line for line in lines if line["action"] == "notice_replayed"]
    assert [line["details"]["reason"] for line in again] == [WHY["reason"]] * 3


async def test_a_warning_that_is_sent_again_does_not_change_when_the_customer_was_warned(
    own_deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    shop = await Shop.create(own_deployment, http, notices=AT_ONCE)
    order = await shop.place()
    number = await shop.ship(order)
    await shop.scan(number, "in_transit", estimate={"day": "2026-03-09"})
    first = await shop.until_notice(order, "delayed")
    told = await shop.timeline(order, "delay_told")
    for count in (2, 3):
        await shop.advance_clock(days=3)  # past the promise, and past what the letter named
        (await shop.call("POST", f"/v1/notices/{first['id']}/replay", WHY, role="agent")).ok()
        await shop.until_notice(order, "delayed", count=count)
    facts = "SELECT key FROM figure_facts WHERE merchant = ? AND kind LIKE 'warned%'"
    assert len(own_deployment.rows(facts, shop.name)) == 1
    assert (await shop.timeline(order, "delay_told"))[: len(told)] == told
    code, printed, _ = await smot("verify", "--data", str(own_deployment.data), env=own_deployment.env)
    assert code == 0, printed
