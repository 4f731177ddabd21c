"""Disputes over HTTP with the stand-in for Stripe: before, during and after a refund; won, lost, of a part, by hand."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from tests.adapters.stripe_stand_in import ACCOUNT, StandIn
from tests.scenarios.admins import as_platform
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_reconcile_payments import reconcile
from tests.scenarios.test_returned_refunds import letter

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
KEY, HOOK_SECRET = "sk_test_disputesdisputes", "whsec_standinfordisputes1"


@pytest_asyncio.fixture(loop_scope="session")
async def stripe(tmp_path: Path) -> AsyncIterator[StandIn]:
    stand_in = StandIn(tmp_path / "stripe.db")
    await stand_in.start()
    await stand_in.control("keys", secret=KEY, account=ACCOUNT)
    yield stand_in
    await stand_in.end()


class Disputed(NamedTuple):
    """A shop on Stripe with one order of 68.00 that has arrived: two mugs, a lamp, shipping."""

    shop: Shop
    stripe: StandIn
    order: str
    payment: str
    charge: str

    async def dispute(self, status: str = "needs_response", **more: object) -> str:
        made = await self.stripe.control(
            "disputes", account=ACCOUNT, charge=self.charge, status=status, **more
        )
        name: str = made["id"]
        return name

    async def step(self, dispute: str, status: str) -> None:
        await self.stripe.control("clock", seconds=60)
        await self.stripe.control("dispute_steps", account=ACCOUNT, dispute=dispute, status=status)

    async def dispute_is(self, state: str, **facts: object) -> dict[str, Any]:
        """The dispute once it has that state and these facts."""
        wanted = {"state": state, **facts}
        view = await self.shop.until(
            self.order, lambda view: [{**one, **wanted} for one in view["disputes"]] == view["disputes"] != []
        )
        shown: dict[str, Any] = view["disputes"][0]
        return shown

    async def mug_returned(self) -> str:
        opened = (await self.shop.open(self.order, item())).ok()
        (await self.shop.drop_off(opened)).ok()
        return_id: str = opened["return"]["return_id"]
        return return_id

    async def leg_is(self, status: str, **facts: object) -> dict[str, Any]:
        """The refund of the return once it has that status and these facts."""

        def of(view: dict[str, Any]) -> dict[str, Any]:
            settlements = view["returns"][0]["settlements"]
            leg: dict[str, Any] = settlements[0]["legs"][0] if settlements else {"status": "none"}
            return leg

        wanted = {"status": status, **facts}
        view = await self.shop.until(self.order, lambda view: {**of(view), **wanted} == of(view))
        return of(view)

    async def refunded_there(self) -> int:
        _, listed, _ = await self.stripe.raw("GET", f"/v1/refunds?payment_intent={self.payment}")
        return sum(one["amount"] for one in listed["data"] if one["status"] != "failed")

    async def kinds(self) -> list[str]:
        return sorted(one["kind"] for one in await self.shop.attention_items(self.order))

    async def balances(self) -> dict[str, int]:
        """What the order's statement comes to, by class of accounts: debits less credits."""
        path = f"/v1/orders/{self.order}/statement?limit=100"
        lines = (await self.shop.call("GET", path, role="finance")).ok()["items"]
        sums: Counter[str] = Counter()
        for line in lines:
            sums[line["account_class"]] += line["debit"] - line["credit"]
        assert sum(sums.values()) == 0
        return {name: minor for name, minor in sorted(sums.items()) if minor}


@pytest_asyncio.fixture(loop_scope="session")
async def disputed(create_shop: Any, stripe: StandIn) -> Disputed:
    shop: Shop = await create_shop(notices=AT_ONCE)
    keys = {"secret_key": KEY, "webhook_secret": HOOK_SECRET}
    body = {"keys": keys, "base": stripe.base}
    (await as_platform(shop, "PUT", f"/v1/merchants/{shop.name}/payments/stripe", body)).ok()
    hook = f"{shop.deployment.addresses['api']}/v1/webhooks/payments/stripe/{shop.name}"
    await stripe.control("endpoints", account=ACCOUNT, url=hook, secrets=[HOOK_SECRET])
    payment, charge = await stripe.pay(6800, "GBP")
    order, _ = await shop.bought(**order_of(payment))
    return Disputed(shop, stripe, order, payment, charge)


def order_of(payment: str) -> dict[str, Any]:
    lines = [
        {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 2, "unit_price": gbp(1200)},
        {"line_id": "2", "sku": "LAMP", "title": "Lamp", "quantity": 1, "unit_price": gbp(4000)},
    ]
    tender = {
        "tender_id": "card",
        "kind": "card",
        "amount": gbp(6800),
        "payment": payment,
        "provider": "stripe",
    }
    return {"lines": lines, "shipping": gbp(400), "tenders": [tender]}


async def test_a_refund_waits_for_a_dispute_and_is_paid_when_it_is_won(disputed: Disputed) -> None:
    dispute = await disputed.dispute()
    shown = await disputed.dispute_is("needs_response", fee=gbp(1500))
    assert (shown["reference"], shown["amount"]) == (dispute, gbp(6800))
    assert shown["reason"] == "product_not_received"
    [question] = await disputed.shop.attention_items(disputed.order)
    assert (question["kind"], question["owner"], question["deadline"]) == (
        "dispute",
        "finance",
        shown["respond_by"],
    )
    return_id = await disputed.mug_returned()
    leg = await disputed.leg_is("planned", awaits="dispute")
    text = await letter(disputed.shop, disputed.order, "refund_held")
    assert "we cannot pay your refund of £12.00" in text
    assert (await disputed.shop.view(disputed.order))["disputes"][0]["held"] == [leg["leg"]]
    await disputed.shop.advance_clock(days=3)
    assert await disputed.refunded_there() == 0
    await disputed.step(dispute, "under_review")
    await disputed.step(dispute, "won")
    await disputed.dispute_is("won")
    await disputed.shop.paid(disputed.order, return_id)
    assert await disputed.refunded_there() == 1200
    assert await disputed.kinds() == []
    assert await disputed.balances() == {"captured": -5600, "cash": 4100, "fee_expense": 1500}


async def test_a_refused_refund_waits_although_no_webhook_came_and_the_nightly_list_finds_the_lost_dispute(
    disputed: Disputed,
) -> None:
    hook = f"{disputed.shop.deployment.addresses['api']}/v1/webhooks/payments/stripe/{disputed.shop.name}"
    await disputed.stripe.control("endpoints", account=ACCOUNT, url=hook, secrets=["whsec_ofalostwebhook1"])
    dispute = await disputed.dispute()
    await disputed.mug_returned()
    await disputed.leg_is("planned", awaits="dispute")
    shown = await disputed.dispute_is("needs_response")
    assert (shown["reference"], shown["amount"]) == ("", None)
    await disputed.step(dispute, "lost")
    code, _ = await reconcile(disputed.shop)
    assert code == 0
    await disputed.leg_is("skipped", decline="paid_by_bank")
    shown = await disputed.dispute_is("lost")
    assert (shown["reference"], shown["covered"], shown["unassigned"]) == (dispute, gbp(6800), False)
    view = await disputed.shop.until(disputed.order, lambda view: view["refunded"] == gbp(6800))
    assert await disputed.refunded_there() == 0
    assert [one["to"] for s in view["settlements"] for one in s["legs"]] == ["bank"]
    assert await disputed.kinds() == []
    assert await disputed.balances() == {"cash": -1500, "fee_expense": 1500}


async def test_a_dispute_after_a_refund_is_answered_with_it_and_its_loss_is_written_off(
    disputed: Disputed,
) -> None:
    return_id = await disputed.mug_returned()
    await disputed.shop.paid(disputed.order, return_id)
    dispute = await disputed.dispute()
    shown = await disputed.dispute_is("needs_response")
    assert shown["already_refunded"] == gbp(1200)
    assert await disputed.kinds() == ["dispute", "dispute_refunded"]
    await evidence_is_complete(disputed, shown["dispute"])
    await disputed.step(dispute, "lost")
    await disputed.shop.until(disputed.order, lambda view: view["refunded"] == gbp(6800))
    assert await disputed.refunded_there() == 1200
    assert await disputed.kinds() == ["dispute_refunded"]
    assert await disputed.balances() == {"cash": -2700, "fee_expense": 1500, "write_offs": 1200}
    assert (await disputed.shop.open(disputed.order, item())).status == 422


async def evidence_is_complete(disputed: Disputed, dispute: str) -> None:
    """Custody, scans, letters and the refund with its reference are in the evidence, and in its file."""
    path = f"/v1/orders/{disputed.order}/disputes/{dispute}/evidence"
    found = (await disputed.shop.call("GET", path, role="agent")).ok()
    [refund] = found["refunds"]
    assert (refund["amount"], refund["status"], refund["reference"][:3]) == (gbp(1200), "settled", "re_")
    assert found["customer"]["name"]
    assert found["returns"][0]["dropped_off_at"]
    assert [scan["status"] for one in found["parcels"] for scan in one["scans"]] == ["delivered"]
    assert {"scan", "notice", "money", "return"} <= {one["kind"] for one in found["timeline"]}
    finance = (await disputed.shop.call("GET", path, role="finance")).ok()
    assert finance["customer"] is None
    assert all(one["text"] is None for one in finance["letters"])
    address = f"{disputed.shop.deployment.addresses['api']}{path}.html"
    headers = {"Authorization": f"Bearer {disputed.shop.keys['agent']}"}
    async with disputed.shop.http.get(address, headers=headers) as answer:
        file = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="evidence-{dispute}.html"'
    assert refund["reference"] in file
    assert "12.00 GBP" in file
    assert "<script" not in file
    missing = await disputed.shop.call("GET", path.replace(dispute, "dsp_none"), role="agent")
    assert missing.status == 404


async def test_of_a_part_that_fits_nothing_a_person_says_what_the_bank_paid_for(disputed: Disputed) -> None:
    dispute = await disputed.dispute(amount=3000)
    await disputed.dispute_is("needs_response")
    await disputed.mug_returned()
    await disputed.step(dispute, "lost")
    shown = await disputed.dispute_is("lost")
    assert (shown["unassigned"], await disputed.kinds()) == (True, ["dispute_units"])
    await disputed.leg_is("planned", awaits="dispute")
    path = f"/v1/orders/{disputed.order}/disputes/{shown['dispute']}/units"
    wrong = {"lines": [{"line_id": "2", "quantity": 2}], "note": "the bank's letter"}
    refused = await disputed.shop.call("POST", path, wrong, role="finance")
    assert (refused.status, refused.body["reasons"][0]["code"]) == (422, "units_unavailable")
    body = {"lines": [{"line_id": "2", "quantity": 1}], "note": "the bank's letter"}
    assert (await disputed.shop.call("POST", path, body, role="agent")).status == 403
    (await disputed.shop.call("POST", path, body, role="finance")).ok()
    # Stripe does not refund a payment whose dispute was lost: finance pays the mug in another way.
    await disputed.leg_is("failed", decline="charge_disputed")
    assert (await disputed.shop.view(disputed.order))["disputes"][0]["covered"] == gbp(3000)
    assert await disputed.kinds() == ["payment_failed"]
    assert await disputed.refunded_there() == 0


async def test_a_person_states_a_dispute_of_a_payment_that_no_provider_reports(shop: Shop) -> None:
    order, _ = await shop.bought()
    tender = (await shop.view(order))["tenders"][0]
    body = {
        "tender_id": tender["tender_id"], "reference": "PP-D-1", "amount": tender["amount"],
        "note": "the bank wrote us", "respond_by": (await shop.now() + timedelta(days=5)).isoformat(),
    }  # fmt: skip
    path = f"/v1/orders/{order}/disputes"
    unknown = await shop.call("POST", path, {**body, "tender_id": "none"}, role="finance")
    assert (unknown.status, unknown.body["reasons"][0]["code"]) == (422, "tender_unknown")
    view = (await shop.call("POST", path, body, role="finance")).ok()
    [dispute] = view["disputes"]
    assert (dispute["state"], dispute["reference"]) == ("needs_response", "PP-D-1")
    won = {"state": "won", "note": "they dropped it"}
    assert (await shop.call("POST", f"{path}/dsp_none/statements", won, role="finance")).status == 422
    view = (await shop.call("POST", f"{path}/{dispute['dispute']}/statements", won, role="finance")).ok()
    assert [one["state"] for one in view["disputes"]] == ["won"]
    assert await shop.attention_items(order) == []
