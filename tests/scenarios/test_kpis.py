"""How it goes, over HTTP and on the command line: figures of real orders, and the same from the exported facts."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from domain.figures.kpis import KPIS
from domain.figures.sums import SumLine, Sums
from tests.scenarios.command_line import smot
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
PERIOD = "first=2026-03-01&last=2026-03-07"


async def figures(shop: Shop, query: str = PERIOD, role: str = "agent") -> dict[str, dict[str, Any]]:
    found = (await shop.call("GET", f"/v1/kpis?{query}", role=role)).ok()
    return {one["figure"]: one for one in found["figures"]}


async def facts(shop: Shop) -> list[dict[str, Any]]:
    """All facts, read in pages of three."""
    lines, cursor = [], ""
    while True:
        page = (await shop.call("GET", f"/v1/kpis/facts?limit=3{cursor}", role="finance")).ok()
        lines += page["items"]
        if page["next"] is None:
            return lines
        cursor = f"&cursor={page['next']}"


async def traded(shop: Shop) -> str:
    """A delivered order of which a lamp came back for store credit, and one that is only placed."""
    order = await shop.delivered()
    opened = (await shop.open(order, item("2"), resolution="store_credit")).ok()
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
    waiting = await shop.place()
    await shop.advance_clock(days=6)
    # Its third version knows when the notice of the delay left, which is a fact too.
    await shop.until(waiting, lambda view: view["seq"] >= 3)
    return order


async def test_figures_follow_what_happened_and_the_export_gives_the_same(shop: Shop, tmp_path: Path) -> None:
    order = await traded(shop)
    found = await figures(shop)
    assert (found["on_time"]["count"], found["on_time"]["of"], found["on_time"]["value"]) == (1, 2, 50)
    assert (found["return_rate"]["count"], found["return_rate"]["of"]) == (1, 8)
    assert (found["retained_revenue"]["value"], found["retained_revenue"]["of"]) == (100, 2900)
    assert found["scan_to_money"]["value"] is not None
    assert found["on_time"]["previous"] == {"value": None, "count": 0, "of": 0, "currency": None}
    cost = found["cost_per_return"]
    assert (cost["count"], cost["of"], cost["currency"]) == (290, 1, "GBP"), "the bonus of the store credit"
    month = (await shop.call("GET", "/v1/kpis?period=this_month", role="agent")).ok()
    assert (month["period"]["first"], month["previous"]["first"]) == ("2026-03-01", "2026-02-01")
    assert month["period"]["last"][8:] == month["previous"]["last"][8:], "as many days of each"
    [of_month] = [one for one in month["figures"] if one["figure"] == "on_time"]
    assert of_month == found["on_time"] | {"groups": of_month["groups"]}
    lines = await facts(shop)
    assert {line["order"] for line in lines if line["kind"] == "return"} == {order}
    assert "testowa" not in json.dumps(lines).lower()
    exported = Sums(
        SumLine(*(line[name] for name in ("kind", "reason", "currency", "bucket", "times", "value")))
        for line in lines
        if "2026-03-01" <= line["day"] <= "2026-03-07"
    )
    for kpi in KPIS:
        read = kpi.read(exported)
        assert (found[kpi.name]["count"], found[kpi.name]["of"]) == (read.count, read.of), kpi.name
    written = tmp_path / "facts.jsonl"
    data = shop.deployment.data
    printed = await smot("kpis", shop.name, "--facts", str(written), "--data", str(data))
    assert printed[0] == 0, printed
    assert [json.loads(line) for line in written.read_text().splitlines()] == lines
    printed = await smot(
        "kpis", shop.name, "--first", "2026-03-01", "--last", "2026-03-07", "--data", str(data)
    )
    assert "on_time" in printed[1]
    assert "50 percent" in " ".join(printed[1].split())


async def test_a_new_shop_sees_its_first_day_and_what_is_due_today_is_not_late_yet(shop: Shop) -> None:
    await shop.delivered()
    await shop.place(promise={"day": "2026-03-02"})
    found = (await shop.call("GET", "/v1/kpis", role="agent")).ok()
    assert (found["orders"], found["unfinished"]) == (2, "2026-03-02")
    assert found["period"] == {"first": "2026-02-01", "last": "2026-03-02"}
    assert found["previous"] == {"first": "2026-01-02", "last": "2026-01-31"}
    for last, of in (("2026-03-02", 0), ("2026-03-31", 0)):
        assert (await figures(shop, f"first=2026-03-01&last={last}"))["on_time"]["of"] == of
    await shop.advance_clock(days=1)
    found = (await shop.call("GET", "/v1/kpis?first=2026-03-01&last=2026-03-02", role="agent")).ok()
    late = next(one for one in found["figures"] if one["figure"] == "on_time")
    assert (found["unfinished"], late["count"], late["of"]) == (None, 0, 1)


async def test_figures_by_group_and_for_a_part(shop: Shop) -> None:
    await traded(shop)
    by_article = await figures(shop, f"{PERIOD}&group_by=sku")
    answer = (await shop.call("GET", f"/v1/kpis?{PERIOD}&group_by=sku", role="agent")).ok()
    (lamp,) = answer["articles"]
    assert (lamp["sku"], lamp["sold"], lamp["returned"], lamp["value"]) == ("LAMP", 2, 1, 50)
    returned = [line for line in await facts(shop) if line["kind"] == "unit_returned"]
    assert [(one["reason"], one["units"]) for one in lamp["reasons"]] == [
        (line["reason"], line["times"]) for line in returned
    ]
    rate = {one["group"]: one["value"] for one in by_article["return_rate"]["groups"]}
    assert rate == {"LAMP": 50, "MUG": 0}
    assert by_article["on_time"]["groups"] == []
    by_day = await figures(shop, f"{PERIOD}&group_by=day")
    assert [one["group"] for one in by_day["on_time"]["groups"]] == ["2026-03-07"]
    of_carrier = await figures(shop, f"{PERIOD}&carrier=UPS")
    assert (of_carrier["on_time"]["value"], of_carrier["return_rate"]["value"]) == (100, None)
    assert (await figures(shop, f"{PERIOD}&country=FR"))["on_time"]["of"] == 0


async def test_the_table_has_no_formula_and_goes_on_where_a_page_ended(shop: Shop) -> None:
    hostile = {
        "line_id": "1",
        "sku": "=1+1",
        "title": "x",
        "quantity": 1,
        "unit_price": {"minor": 1, "currency": "GBP"},
    }
    await shop.place(lines=[hostile])
    answer = await shop.call("GET", "/v1/kpis/facts?limit=2", headers={"Accept": "text/csv"}, role="finance")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert 'rel="next"' in answer.headers["Link"]
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    every = (await shop.call("GET", "/v1/kpis/facts?format=csv", role="finance")).body.decode()
    assert len(rows) == 2
    assert {row["sku"] for row in csv.DictReader(io.StringIO(every))} == {"", "'=1+1"}


async def test_a_question_that_cannot_be_answered_gets_a_clear_answer(shop: Shop) -> None:
    for query in (
        "?first=2026-03-01",
        "?first=2026-03-07&last=2026-03-01",
        "?first=1990-01-01&last=2026-03-01",
        "?country=gb",
        "?group_by=x",
        "/facts?cursor=nonsense",
    ):
        refused = await shop.call("GET", f"/v1/kpis{query}", role="agent")
        assert (refused.status, refused.body["code"]) == (400, "invalid_query"), refused
