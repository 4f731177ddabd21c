"""What an operator sees: metrics that agree with the store, and a dashboard and alerts that name only exported metrics."""

import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml
from prometheus_client.parser import text_string_to_metric_families

from runtime.config.ports import choose_port
from tests.databases import Databases, Kind
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

OPERATE = Path(__file__).parents[2] / "docs" / "operate"
_NAME = re.compile(r"\b(?:smot|temporal|process)_[a-z_]+\b")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def metrics_deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """A deployment whose worker shows its metrics too."""
    env = {"SMOT_WORKER_METRICS": f"127.0.0.1:{choose_port()}"}
    deployment = Deployment(tmp_path_factory.mktemp("seen") / "data", env)
    await deployment.open()
    yield deployment
    await deployment.close()


async def metrics(deployment: Deployment, http: aiohttp.ClientSession) -> str:
    admin = {"Authorization": f"Bearer {deployment.admin_key}"}
    async with http.get(deployment.addresses["api"] + "/metrics", headers=admin) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        return await answer.text()


def values(page: str) -> dict[str, float]:
    """Sample by name and labels."""
    return {
        f"{sample.name}{sorted(sample.labels.values()) if sample.labels else ''}": sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def test_the_page_needs_the_platforms_key(
    shop: Shop, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {shop.keys['senior_agent']}"}, 403)):
        async with http.get(deployment.addresses["api"] + "/metrics", headers=headers) as answer:
            assert answer.status == status
            assert "smot_" not in await answer.text()


async def test_waiting_work_is_counted_and_no_merchant_is_named(
    shop: Shop, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    order = await shop.place()
    await shop.post_webhook({"carrier": "UPS", "tracking_number": f"TRK{secrets.token_hex(4)}", "scans": []})
    await shop.open(await shop.delivered(), item(), role="storefront")
    page = await metrics(deployment, http)
    found = values(page)
    assert found["smot_store_up"] == 1
    assert found["smot_open_orders['placed']"] >= 1
    assert found["smot_http_requests_total['/v1/orders', '201', 'POST']"] >= 2
    assert found["smot_command_seconds_count['PlaceOrder', 'accepted']"] >= 2
    assert found["smot_command_seconds_count['OpenReturn', 'accepted']"] >= 1
    for secret in (shop.name, order, shop.name[:6], "ord_"):
        assert secret not in page


def named(text: str) -> set[str]:
    return set(_NAME.findall(text))


def expressions() -> Iterator[str]:
    """Every query of the dashboard and the alerts."""
    board: dict[str, Any] = json.loads((OPERATE / "dashboard.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) > 15
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    rules: dict[str, Any] = yaml.safe_load((OPERATE / "alerts.yml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"]
            assert rule["labels"]["severity"] in ("page", "ticket")
            yield rule["expr"]


async def test_every_metric_on_the_dashboard_and_in_the_alerts_is_exported(
    metrics_deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    shop = await Shop.create(metrics_deployment, http)
    opened = (await shop.open(await shop.delivered(), item(), key="k")).ok()
    (await shop.drop_off(opened)).ok()
    async with http.get(f"http://{metrics_deployment.env['SMOT_WORKER_METRICS']}/metrics") as answer:
        sdk = await answer.text()
    exported = named("\n".join(line for line in (await metrics(metrics_deployment, http) + sdk).splitlines()))
    wanted = {name for text in expressions() for name in named(text)}
    assert len(wanted) > 20
    assert wanted - exported == set()
    ours = {
        name
        for name in exported
        if name.startswith("smot_") and not re.search(r"_(bucket|sum|created|count|total)$", name)
    }
    unseen = {name for name in ours if not any(one.startswith(name) for one in wanted)}
    assert unseen == set(), "a metric that no page shows need not be exported"


async def test_a_missed_deadline_and_a_waiting_message_are_in_the_metrics(
    databases: Databases, kind: Kind
) -> None:
    """From the store alone, and along indexes."""
    from store import gauges
    from store.engine.columns import real_now
    from store.engine.database import Database
    from store.tables.all import InboxRow, LegRow, MerchantRow, OrderRow, OutboxRow

    now = real_now()
    url = await databases.migrated(kind)
    db = Database(url)
    long_ago = now - timedelta(hours=3)
    async with db.write() as session:
        for merchant, clock in (("acme", None), ("sand", long_ago)):
            session.add(
                MerchantRow(
                    id=merchant, name="x", sandbox=clock is not None, clock=clock, secrets=b"", created_at=now
                )
            )
            session.add(_order(OrderRow, merchant, now, next_deadline=long_ago, unpaid_since=long_ago))
        session.add(InboxRow(merchant="acme", source="generic", delivery_id="d", body_hash="", body=b"", size=0,
                             business_received_at=now, created_at=long_ago, not_before=long_ago))  # fmt: skip
        session.add(OutboxRow(merchant="acme", order="ord_acme", key="k", kind="delayed", notice="{}", message_id="m",
                              customer="c", created_at=long_ago, not_before=now))  # fmt: skip
        session.add(LegRow(merchant="acme", key="k", order="ord_acme", occasion="o", purpose="p", tender_id="t", principal=1,
                           bonus=0, currency="GBP", status="sent", created_at=long_ago))  # fmt: skip
    values = {one.name: dict(one.values) for one in await gauges.read(db, now)}
    assert values["smot_overdue_orders"] == {(): 1}, "a merchant with a clock of its own is not late by ours"
    assert values["smot_unpaid_orders"] == {(): 2}, "a provider answers in real time, also for a sandbox"
    assert values["smot_inbox_messages"][("received",)] == 1
    assert values["smot_inbox_oldest_seconds"][()] == pytest.approx(3 * 3600, abs=1)
    assert values["smot_outbox_notices"] == {("delayed", "queued"): 1}
    assert values["smot_outbox_oldest_seconds"][()] == pytest.approx(3 * 3600, abs=1)
    assert values["smot_legs"][("sent",)] == 1
    assert values["smot_legs_oldest_seconds"][()] == pytest.approx(3 * 3600, abs=1)
    assert values["smot_open_orders"][("placed",)] == 2
    await db.close()
    await databases.drop(url)


def _order(row: Any, merchant: str, now: Any, **more: Any) -> Any:
    return row(id=f"ord_{merchant}", merchant=merchant, order_id="1", body_hash="", body="{}", customer="c", policy=1,
               intent="started", placed_at=now, created_at=now, **more)  # fmt: skip


async def test_no_metric_query_reads_a_table_that_only_grows(databases: Databases) -> None:
    """Tables that keep rows for years are read along an index; attention and merchants hold only open rows, or few."""
    from sqlalchemy import event

    from store import gauges
    from store.engine.database import Database

    url = await databases.migrated("sqlite")
    db = Database(url)
    queries: list[tuple[str, Any]] = []

    def record(_on: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        queries.append((statement, parameters))

    event.listen(db.reader.sync_engine, "before_cursor_execute", record)
    await gauges.read(db)
    event.remove(db.reader.sync_engine, "before_cursor_execute", record)
    plans = []
    async with db.read() as session:
        on = await session.connection()
        for statement, parameters in queries:
            if statement.startswith("SELECT"):
                plan = await on.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans += [str(row[3]) for row in plan]
    await db.close()
    await databases.drop(url)
    assert len(plans) > 12
    whole = [
        plan
        for plan in plans
        if plan.startswith("SCAN") and plan.split()[1] not in ("attention", "merchants")
    ]
    assert whole == []
