"""The ledger as accounting reads it: the journal as JSON and CSV, the trial balance, statements; all tell the same sums."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.command_line import smot
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
WHO = {"customer_id": "c-9", "name": "Zdzisława Testowa", "email": "zdzislawa.testowa@example.org"}


async def journal(shop: Shop, query: str = "") -> list[dict[str, Any]]:
    """All lines, read in pages of three."""
    lines, cursor = [], ""
    while True:
        page = (await shop.call("GET", f"/v1/reports/ledger?limit=3{query}{cursor}", role="finance")).ok()
        lines += page["items"]
        if page["next"] is None:
            return lines
        cursor = f"&cursor={page['next']}"


async def traded(shop: Shop) -> str:
    """An order with a refund to the card and one to credit, of which some was spent."""
    order, _ = await shop.bought(customer=WHO)
    for line, resolution in (("1", "store_credit"), ("2", "refund")):
        opened = (await shop.open(order, item(line), resolution=resolution)).ok()
        (await shop.drop_off(opened)).ok()
        await shop.paid(order, opened["return"]["return_id"])
    spent = {"reference": "cart-1", "amount": gbp(500)}
    (await shop.call("POST", "/v1/customers/c-9/credit/redemptions", spent, key="k")).ok()
    return order


async def test_journal_trial_balance_and_statements_tell_the_same_sums(shop: Shop) -> None:
    order = await traded(shop)
    lines = await journal(shop)
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line["account_class"]] += line["debit"] - line["credit"]
    trial = (await shop.call("GET", "/v1/reports/trial-balance", role="finance")).ok()
    assert {one["account_class"]: one["closing"] for one in trial["items"]} == dict(sums)
    assert (trial["balanced"], sum(sums.values())) == (True, 0)
    assert (sums["store_credit"], sums["store_credit_spent"], sums["bonus_expense"]) == (-820, -500, 120)
    statement = (await shop.call("GET", f"/v1/orders/{order}/statement?limit=100", role="finance")).ok()
    assert statement["items"] == [line for line in lines if line["order"] == order]
    credit = (await shop.call("GET", "/v1/customers/c-9/credit/statement", role="finance")).ok()["items"]
    assert [(one["step"], one["change"], one["balance"]) for one in credit] == [
        ("post", gbp(1320), gbp(1320)),
        ("redeem", gbp(-500), gbp(820)),
    ]


@pytest.mark.parametrize(("query", "headers"), [("?format=csv", {}), ("?limit=5000", {"Accept": "text/csv"})])
async def test_the_export_as_csv_has_the_lines_of_the_json(
    shop: Shop, query: str, headers: dict[str, str]
) -> None:
    await traded(shop)
    answer = await shop.call("GET", f"/v1/reports/ledger{query}", role="finance", headers=headers)
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    lines = await journal(shop)
    assert [{**row} for row in rows] == [
        {name: "" if value is None else str(value) for name, value in line.items()} for line in lines
    ]


async def test_the_command_prints_the_trial_balance_and_writes_the_journal_of_a_period(
    shop: Shop, tmp_path: Path
) -> None:
    await traded(shop)
    data, file = ("--data", str(shop.deployment.data)), tmp_path / "journal.csv"
    code, lines, err = await smot("ledger", shop.name, *data, env=shop.deployment.env)
    assert (code, err) == (0, "")
    assert lines.splitlines()[-1] == "GBP  balanced"
    assert "store_credit_spent" in lines
    code, _, err = await smot("ledger", shop.name, "--csv", str(file), *data, env=shop.deployment.env)
    expected = await journal(shop)
    assert (code, err.strip()) == (0, f"{len(expected)} postings")
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [row["number"] for row in rows] == [str(line["number"]) for line in expected]
    code, _, err = await smot("ledger", "nobody", *data, env=shop.deployment.env)
    assert (code, err.strip()) == (2, "smot: there is no merchant nobody")
