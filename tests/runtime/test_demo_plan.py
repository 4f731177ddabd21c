"""The demo's plan: the seed chooses, the guarantees hold for every seed, and it uses only HTTP."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import aiohttp
import pytest

from adapters.carriers.easypost import EasyPost
from adapters.carriers.generic import Generic
from demo import plan, samples
from demo.actions import PostCarrierWebhook, PostOrder
from demo.client import ApiClient, SandboxMerchant
from demo.delivery_scenarios import DELIVERIES
from ports.carriers import CarrierSource
from tests.runtime.demo_dry_run import DryRun, dry_run

SAMPLES = samples.load()
ROOT = Path(__file__).parents[2]
EASYPOST_SECRET = "a secret of EasyPost’s"
GENERIC_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
GUARANTEED_RETURNS = (
    *("refunded", "credited", "mailed", "refused_late", "refused_final_sale", "reviewed_approved"),
    *("reviewed_refused", "overridden", "expired_unused", "cancelled"),
)
TOLD_BEFORE = ("late_estimate", "stalled_silent", "trouble", "not_shipped_late")
FORBIDDEN = (
    *("domain", "ports", "store", "adapters", "activities", "workflows", "api"),
    *(
        "runtime.wiring",
        "runtime.processes.worker",
        "services.dispatcher",
        "temporalio",
        "sqlalchemy",
        "sqlmodel",
    ),
)


def made(seed: int, orders: int = 25) -> plan.DemoPlan:
    return plan.make(seed, orders, SAMPLES, f"demo-{seed}-abc")


@cache
def rehearsed(seed: int) -> list[DryRun]:
    """A third more orders than the guarantees need, played on the domain."""
    whole = made(seed, 34)
    return [dry_run(order, whole.ends) for order in whole.orders]


def test_the_same_seed_is_the_same_plan() -> None:
    assert made(7) == made(7)


def test_another_seed_is_another_plan_with_other_outcomes() -> None:
    def outcomes(seed: int) -> tuple[object, ...]:
        played = rehearsed(seed)
        captured = sum(one.state.order.captured.minor for one in played)
        decisions = Counter(case.decision for one in played for case in one.state.returns)
        return captured, decisions, sorted(lead for one in played for lead in one.delay_lead_times())

    per_seed = [outcomes(seed) for seed in range(6)]
    assert all(per_seed[i] != per_seed[j] for i in range(6) for j in range(i))


def test_every_seed_has_every_scenario_in_the_plan() -> None:
    for seed in range(50):
        whole = made(seed)
        assert {order.scenario for order in whole.orders} == set(DELIVERIES)
        returns = Counter(order.returns for order in whole.orders)
        assert set(GUARANTEED_RETURNS) <= set(returns)
        assert (
            sum(returns.values()) - returns["none"] - returns["refused_late"] - returns["refused_final_sale"]
            >= 8
        )
        late = [order for order in whole.orders if order.scenario in TOLD_BEFORE]
        assert len(late) >= 3


@pytest.mark.parametrize("seed", range(6))
def test_run_on_the_domain_it_ends_as_planned_and_at_rest(seed: int) -> None:
    played = rehearsed(seed)
    leads = [lead for one in played for lead in one.delay_lead_times()]
    assert len(leads) >= 3
    assert min(leads) > timedelta(0), "notified before the promise broke"
    cases = [case for one in played for case in one.state.returns]
    assert len(cases) >= 8
    assert {"authorized", "refused", "expired", "cancelled"} <= {case.decision for case in cases}
    paid = {(s.purpose, s.return_id is not None) for one in played for s in one.state.settlements}
    assert {("refund", True), ("store_credit", True), ("refund", False)} <= paid
    assert any(case.waived for case in cases), "an agent overruled the window"
    assert any(case.method == "mail" for case in cases)
    kinds = {notice.kind for one in played for notice, _ in one.notices}
    assert {"return_in_review", "delay_corrected", "parcel_lost", "order_cancelled"} <= kinds
    assert {"outside_window", "final_sale"} <= {code for one in played for code in one.refused}
    assert not [one.plan for one in played if one.parked or not one.state.at_rest]


def test_a_delivery_in_time_is_never_notified_as_a_delay() -> None:
    in_time = ("on_time", "shuffled_doubled", "shuffled_doubled_generic")
    for seed in range(6):
        for one in rehearsed(seed):
            if one.plan.scenario in in_time:
                assert one.delay_lead_times() == []
                assert one.state.delivered == "all"


@pytest.mark.parametrize("orders", [1, 5, 24, 200, 400])
def test_any_number_of_orders_can_be_played_with_names_that_are_unique(orders: int) -> None:
    whole = made(3, orders)
    assert len({order.order_id for order in whole.orders}) == orders
    placed = [
        step.action for order in whole.orders for step in order.steps if isinstance(step.action, PostOrder)
    ]
    assert len({payment["payment"] for one in placed for payment in one.payments}) == orders


def test_a_plan_without_orders_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one order"):
        made(1, 0)


def test_the_plan_advances_the_clock_seldom() -> None:
    instants = {step.at for order in made(1).orders for step in order.steps}
    assert len(instants) < 160
    assert all(at.hour % 3 == 0 and at.minute == 0 for at in instants)


async def test_every_webhook_of_the_plan_is_signed_as_its_sender_signs() -> None:
    secrets = {"easypost": EASYPOST_SECRET, "generic": GENERIC_SECRET}
    sources: dict[str, CarrierSource] = {"easypost": EasyPost(), "generic": Generic()}
    async with aiohttp.ClientSession() as session:
        shop = SandboxMerchant(
            ApiClient(session, "http://nowhere"), {"merchant": "m", "keys": {}, "webhook_secrets": secrets}
        )
        webhooks = [
            step.action
            for order in made(1).orders
            for step in order.steps
            if isinstance(step.action, PostCarrierWebhook)
        ]
        assert {webhook.source for webhook in webhooks} == {"easypost", "generic"}
        for one in webhooks:
            body = json.dumps(one.body).encode()
            headers, now = shop.signature_headers(one, body), datetime.now(UTC)
            source = sources[one.source]
            assert source.verify(headers, body, [secrets[one.source]], now) == one.delivery


def test_the_same_delivery_id_always_has_the_same_body() -> None:
    for seed in range(10):
        bodies: dict[str, object] = {}
        for order in made(seed).orders:
            for step in order.steps:
                if isinstance(step.action, PostCarrierWebhook):
                    assert bodies.setdefault(step.action.delivery, step.action.body) == step.action.body


def test_a_folder_without_samples_is_refused_with_the_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(samples.InvalidSamples, match=r"baskets\.csv"):
        samples.load(tmp_path)


def test_the_baskets_are_goods_only() -> None:
    lines = [line for basket in SAMPLES.baskets for line in basket.lines]
    assert len(SAMPLES.baskets) >= 100
    assert all(line.sku[:5].isdigit() and 1 <= line.quantity <= 12 and line.unit_price > 0 for line in lines)


def test_the_demo_imports_nothing_of_the_service() -> None:
    code = "import sys, demo.run; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    imported = [
        name
        for name in loaded.stdout.split()
        for one in FORBIDDEN
        if name == one or name.startswith(one + ".")
    ]
    assert imported == []
