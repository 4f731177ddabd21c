"""Policies over HTTP and from the command line: published, compared, rolled back, and which orders keep which."""

from pathlib import Path

import pytest

from runtime.admin import policies as admin_policies
from runtime.admin.merchants import admin_api
from runtime.config.policies import BadPolicy, read_policy
from runtime.config.settings import Settings
from tests.scenarios.admins import as_admin
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])


@ON_SQLITE
async def test_a_policy_is_published_compared_and_rolled_back(shop: Shop) -> None:
    old = await shop.place()
    document = "window: 10  # days, since the spring sale\nnotices: {per_customer_day: 1}\n"
    done = (await as_admin(shop, "POST", "/policies", {"document": document})).ok()
    assert done.status == 201
    assert done["outcome"] == "published"
    assert (done["version"]["version"], done["version"]["published_by"]["name"]) == (2, "admin")
    applied = {one["pointer"]: one["applies_to"] for one in done["changes"]}
    assert applied == {"/window": "new_orders", "/notices/per_customer_day": "all_orders"}
    assert done["applies_to"]["orders_keeping_earlier_versions"] == 1
    again = (
        await as_admin(
            shop, "POST", "/policies", {"document": "{window: 10, notices: {per_customer_day: 1}}"}
        )
    ).ok()
    assert (again.status, again["outcome"], again["version"]["version"]) == (200, "unchanged", 2)

    new = await shop.place()
    terms = [(await shop.call("GET", f"/v1/orders/{order}/explain")).ok()["terms"] for order in (old, new)]
    assert [one["version"] for one in terms] == [1, 2]
    assert [one["policy"]["window"] for one in terms] == [30, 10]
    listed = (await as_admin(shop, "GET", "/policies")).ok()["items"]
    assert [(one["version"], one["orders"], one["in_force"]) for one in listed] == [
        (2, 1, True),
        (1, 1, False),
    ]
    [kept] = (await as_admin(shop, "GET", "/policies/1/orders")).ok()["items"]
    assert kept["order"] == old
    shown = (await as_admin(shop, "GET", "/policies/current")).ok()
    assert (shown["text"], shown["policy"]["window"], shown.headers["ETag"]) == (document, 10, '"2"')
    diff = (await as_admin(shop, "GET", "/policies/diff?first=2&second=1")).ok()["changes"]
    assert {"pointer": "/window", "before": 10, "after": 30, "applies_to": "new_orders"} in diff

    back = (await as_admin(shop, "POST", "/policies/rollback", {"version": 1})).ok()
    assert (back["version"]["version"], back["version"]["restores"], back["version"]["hash"]) == (
        3,
        1,
        listed[1]["hash"],
    )
    assert (await as_admin(shop, "POST", "/policies/rollback", {"version": 9})).status == 404
    [*_, line] = (await shop.call("GET", "/v1/audit", role="admin")).ok()["items"]
    assert (line["action"], line["name"], line["subject"]) == ("policy_published", "admin", "policy 3")


@ON_SQLITE
async def test_a_publisher_who_saw_another_version_is_told_the_current_one(shop: Shop) -> None:
    assert (
        await as_admin(shop, "POST", "/policies", {"policy": {"window": 1}, "expected_version": 1})
    ).status == 201
    late = await as_admin(shop, "POST", "/policies", {"policy": {"window": 2}, "expected_version": 1})
    assert (late.status, late["code"], late["current"]["version"]) == (409, "version_conflict", 2)
    for sent in ('"1"', '"no version"'):
        late = await as_admin(shop, "POST", "/policies", {"policy": {"window": 2}}, If_Match=sent)
        assert (late.status, late["code"]) == (409, "version_conflict")
    assert (
        await as_admin(shop, "POST", "/policies", {"policy": {"window": 2}}, If_Match='"2"')
    ).status == 201


@ON_SQLITE
async def test_a_document_with_mistakes_is_refused_with_their_lines(shop: Shop) -> None:
    document = 'window: 30\nnotices:\n  quiet:\n    sms: {start: 21:00, end: "09:00"}\nwindow: 99\n'
    refused = await as_admin(shop, "POST", "/policies", {"document": document})
    assert (refused.status, refused["code"]) == (400, "invalid_body")
    assert [(one["pointer"], one["line"]) for one in refused["errors"]] == [
        ("/notices/quiet/sms/start", 4),
        ("/window", 5),
    ]
    checked = (await as_admin(shop, "POST", "/policies/check", {"document": document})).ok()
    assert checked["ok"] is False
    assert [one["detail"] for one in checked["errors"]] == [one["detail"] for one in refused["errors"]]
    good = (await as_admin(shop, "POST", "/policies/check", {"policy": {"review_above": {"KWD": 1500}}})).ok()
    assert (good["ok"], good["amounts"]["review_above"]) == (True, "KWD 1.500")
    for body in ({}, {"document": "{}", "policy": {}}, {"document": ""}, {"policy": {"windw": 3}}):
        assert (await as_admin(shop, "POST", "/policies", body)).status == 400
    assert (await as_admin(shop, "GET", "/policies/0")).status == 404
    assert (await as_admin(shop, "GET", "/policies/x")).status == 404
    assert (await as_admin(shop, "GET", "/policies/1/orders?cursor=x")).status == 400


@ON_SQLITE
async def test_the_command_line_publishes_lists_compares_and_rolls_back(
    shop: Shop, deployment: Deployment, tmp_path: Path
) -> None:
    data, file = ("--data", str(deployment.data)), tmp_path / "policy.yaml"

    async def policies(*words: str) -> tuple[int, str, str]:
        return await smot("policies", *words, *data, env=deployment.env)

    file.write_text("window: 14  # two weeks\n")
    code, out, err = await policies("publish", shop.name, str(file))
    assert (code, err) == (0, "")
    assert "version 2" in out
    assert "  window: 30 -> 14" in out
    assert "0 orders keep earlier versions" in out
    code, out, _ = await policies("list", shop.name)
    assert [line.split()[0] for line in out.splitlines()] == ["2", "1"]
    code, _, err = await policies("rollback", shop.name, "1", "--expect", "1")
    assert code == 2
    assert "Version 2 is in force now" in err

    api = admin_api(Settings(data=deployment.data), None)
    assert (await admin_policies.document(api, shop.name, None))["text"] == file.read_text()
    assert [one["pointer"] for one in await admin_policies.difference(api, shop.name, 1, 2)] == ["/window"]
    assert (await admin_policies.roll_back(api, shop.name, 1, 2))["version"]["version"] == 3
    assert await admin_policies.orders(api, shop.name, 1, 5) == []


def test_a_file_with_mistakes_is_refused_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("window: 14\nwindow: 15\n")
    with pytest.raises(BadPolicy, match="line 2, window: `window` is there twice, first in line 1"):
        read_policy(file)
