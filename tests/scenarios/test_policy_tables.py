"""Rows of a policy decide about goods over HTTP: they explain themselves, are tried out as a what-if and on past returns."""

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.admins import as_admin
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
TABLES = """
window: 14
tables:
  windows:
    - {id: winter-boots, when: {categories: [Footwear/Boots], channels: [web]}, days: 45}
    - {id: broken, when: {reasons: [damaged]}, days: 365}
  verdicts:
    - {id: faulty, when: {reasons: [damaged, wrong_item]}, verdict: allow}
    - {id: swimwear, when: {tags: [hygiene]}, verdict: deny}
    - {id: two-pairs, when: {skus: ["BT-*"]}, verdict: allow, max_units: 2, beyond: deny}
    - {id: dear, when: {price_from: {GBP: 20000}}, verdict: review}
"""
BOOTS = {
    "line_id": "b", "sku": "BT-77", "title": "Boots", "quantity": 4, "unit_price": gbp(8950), "category": "Footwear/Boots",
}  # fmt: skip
SUIT = {
    "line_id": "s", "sku": "SW-2", "title": "Swimsuit", "quantity": 1, "unit_price": gbp(3999), "tags": ["summer", "hygiene"],
}  # fmt: skip
COAT = {"line_id": "c", "sku": "CT-1", "title": "Coat", "quantity": 1, "unit_price": gbp(24900)}


async def published(shop: Shop, document: str) -> int:
    done = (await as_admin(shop, "POST", "/policies", {"document": document})).ok()
    version: int = done["version"]["version"]
    return version


def why(answer: Any) -> list[tuple[str, str, str | None]]:
    return [(one["code"], one["details"]["line"], one["details"].get("rule")) for one in answer["reasons"]]


@ON_SQLITE
async def test_rows_decide_and_say_so(shop: Shop) -> None:
    version = await published(shop, TABLES)
    order = await shop.delivered(lines=[BOOTS, SUIT, COAT], channel="web")
    refused = (await shop.quote(order, item("s"), item("b", 3), item("c"))).ok()
    assert refused["verdict"] == "refused"
    assert why(refused) == [("policy_denies", "s", "swimwear"), ("policy_denies", "b", "two-pairs")]
    faulty = (await shop.quote(order, item("s", 1, "damaged"), item("b", 3, "damaged"))).ok()
    assert (faulty["verdict"], faulty["reasons"]) == ("accepted", []), (
        "a row before them takes faulty goods back"
    )
    review = (await shop.quote(order, item("c"))).ok()
    assert (review["verdict"], why(review)) == ("needs_agent", [("policy_needs_review", "c", "dear")])

    await shop.advance_clock(days=20)
    late = (await shop.quote(order, item("c"), item("b"))).ok()
    assert [one["details"]["line"] for one in late["reasons"]] == ["c"], (
        "boots have 45 days, coats the policy's 14"
    )
    opened = (await shop.open(order, item("b", 2))).ok()
    return_id = opened["return"]["return_id"]
    more = await shop.open(order, item("b", 1))
    assert (more.status, why(more)) == (422, [("policy_denies", "b", "two-pairs")])

    told = (await shop.call("GET", f"/v1/returns/{return_id}/explain", role="agent")).ok()
    assert (told["policy"], told["what_if"], told["result"]["verdict"]) == (version, False, "allow")
    assert told["result"]["refund"] == told["recorded"]["refund"] == gbp(17900)
    units = [
        (one["unit"], one["verdict"], one["rule"], one["window_rule"]) for one in told["result"]["units"]
    ]
    assert units == [(number, "allow", "two-pairs", "winter-boots") for number in (0, 1)]
    async with shop.nothing_changes(order):
        first = (await shop.call("GET", f"/v1/returns/{return_id}/explain?policy=1", role="agent")).ok()
    assert (first["policy"], first["what_if"], first["result"]["verdict"]) == (1, True, "allow")
    assert first["result"]["units"][0]["window_rule"] == ""
    order_told = (await shop.call("GET", f"/v1/orders/{order}/explain", role="agent")).ok()
    rows = {one["line_id"]: (one["rule"], one["window_rule"]) for one in order_told["returnable"]}
    assert rows == {"b": ("faulty", "winter-boots"), "s": ("faulty", "broken"), "c": ("faulty", "broken")}
    assert order_told["terms"]["policy"]["tables"] == {"windows": [], "verdicts": []}, (
        "only what can match is kept"
    )
    shown = (await shop.call("GET", f"/v1/orders/{order}/returnable")).ok()
    assert {one["line_id"]: one["units_left"] for one in shown["lines"]} == {"b": 2, "s": 1, "c": 1}
    what_if = (await shop.call("GET", f"/v1/orders/{order}/explain?policy=1", role="agent")).ok()
    assert (what_if["terms"]["version"], {one["units_left"] for one in what_if["returnable"]}) == (1, {1, 2})
    for path in (f"/v1/orders/{order}", f"/v1/returns/{return_id}"):
        assert (await shop.call("GET", f"{path}/explain?policy=99", role="agent")).status == 404


@ON_SQLITE
async def test_a_draft_is_tried_out_on_past_returns(
    shop: Shop, deployment: Deployment, tmp_path: Path
) -> None:
    for units in (1, 2):
        (await shop.open(await shop.delivered(lines=[BOOTS]), item("b", units))).ok()
    rows = "[{id: no-boots, when: {skus: [BT-77]}, verdict: deny}, {id: gloves, when: {skus: [G-1]}, verdict: deny}]"
    draft = f"tables: {{verdicts: {rows}}}"
    body = {"document": draft}
    tried = (await as_admin(shop, "POST", "/policies/backtest", body)).ok()
    assert (tried["returns"], tried["changed"]) == (2, [{"before": "allow", "after": "deny", "returns": 2}])
    assert tried["costs"] == [{"currency": "GBP", "before": 26850, "after": 0, "difference": -26850}]
    assert tried["rows"] == [
        {"row": "verdicts.no-boots", "units": 3},
        {"row": "verdicts.gloves", "units": 0},
    ]
    assert {one["rules"][0] for one in tried["examples"]} == {"no-boots"}
    assert (await as_admin(shop, "POST", "/policies/backtest", body)).ok().body == tried.body, (
        "twice the same"
    )
    assert (await as_admin(shop, "POST", "/policies/backtest", {"document": "windw: 3"})).status == 400
    [version] = (await as_admin(shop, "GET", "/policies")).ok()["items"]
    assert version["version"] == 1, "nothing was published"

    file = tmp_path / "draft.yaml"
    file.write_text(draft)
    code, out, err = await smot(
        "policies", "backtest", shop.name, str(file), "--data", str(deployment.data), env=deployment.env
    )
    assert (code, err) == (0, "")
    assert "2 returns decided again" in out
    assert "allow -> deny: 2" in out


@ON_SQLITE
async def test_rows_with_mistakes_are_refused_with_their_lines(shop: Shop) -> None:
    document = """
window: 30
tables:
  verdicts:
    - {id: a, when: {catgories: [x]}, verdict: deny}
    - {id: b, verdict: maybe}
    - {id: C, verdict: deny}
"""
    checked = (await as_admin(shop, "POST", "/policies/check", {"document": document})).ok()
    assert [(one["line"], one["detail"]) for one in checked["errors"]] == [
        (5, "there is no field `catgories`; did you mean categories?"),
        (6, "`verdict` must be one of allow, deny, review"),
        (7, "`id` must be small letters, digits, - and _, at most 32"),
    ]
    for rows, says in (
        ("[{id: a, verdict: deny}, {id: b, verdict: deny}]", "is never reached"),
        ("[{id: a, when: {tags: [x]}, verdict: deny}, {id: a, verdict: deny}]", "have the id `a`"),
        ("[{id: a, when: {reasons: [damagd]}, verdict: deny}]", "did you mean damaged?"),
        ("[{id: a, when: {price_from: 5}, verdict: deny}]", "has no currency"),
        ("[{id: a, verdict: deny, max_units: 2}]", "has no limit"),
        ("[{id: a, when: {placed_until: 9999-12-31}, verdict: deny}]", "not a plausible time"),
    ):
        answer = (
            await as_admin(shop, "POST", "/policies/check", {"document": f"tables: {{verdicts: {rows}}}"})
        ).ok()
        assert says in answer["errors"][0]["detail"], answer["errors"]
