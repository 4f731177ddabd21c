"""Bad input about money: each has a problem with a name or a question with an owner, books nothing and pays nothing twice.

`ELSEWHERE` names the tests of what is tested where its part is tested. What only shows with a provider's process is here.
"""

import ast
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.adapters.stripe_stand_in import FAULTS, StandIn
from tests.scenarios.admins import as_platform, until
from tests.scenarios.helpers import gbp
from tests.scenarios.shop import Shop
from tests.scenarios.test_reconcile_payments import differences
from tests.scenarios.test_stripe_shop import returned

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "amounts of zero and below": (
        "tests/scenarios/test_credit.py::test_a_redemption_that_is_refused_changes_nothing",
        "tests/scenarios/test_credit_checkout.py::test_what_is_refused_changes_nothing",
        "tests/scenarios/test_invalid_orders.py::test_an_impossible_order_is_refused_with_the_pointer_and_writes_nothing",
        "tests/scenarios/test_payment_webhooks.py::test_a_message_for_another_account_or_that_cannot_be_read_is_dead",
        "tests/store/test_redemptions.py::test_a_capture_beyond_what_is_held_takes_nothing",
    ),
    "NaN and infinity": (
        "tests/scenarios/test_invalid_orders.py::test_money_that_is_no_number_is_not_json",
    ),
    "above what is left": (
        "tests/adapters/payments_contract.py::test_more_than_is_left_is_declined_and_pays_nothing",
        "tests/scenarios/test_credit_checkout.py::test_what_is_refused_changes_nothing",
        "tests/store/test_redemptions.py::test_spent_credit_comes_back_once_per_reference_and_never_above_what_was_spent",
    ),
    "another currency": (
        "tests/adapters/test_shopify_payments.py::test_another_currency_is_declined",
        "tests/scenarios/test_credit.py::test_a_redemption_that_is_refused_changes_nothing",
    ),
    "not captured": (
        "tests/adapters/test_shopify_payments.py::test_an_authorization_is_not_paid_back",
        "tests/scenarios/test_orders_as_shops_have_them.py"
        "::test_an_order_on_an_invoice_is_followed_before_it_is_paid_and_nothing_goes_back_before",
    ),
    "disputed": ("tests/adapters/test_shopify_payments.py::test_a_chargeback_stops_a_refund_and_an_inquiry_does_not",),
    "credentials of nobody, or none": (
        "tests/scenarios/test_stripe_shop.py::test_a_refund_with_refused_keys_is_a_question_and_no_endless_retry",
        "tests/scenarios/test_stripe_shop.py::test_without_an_account_the_order_is_accepted_and_finance_is_asked",
        "tests/adapters/payments_contract.py::test_refused_or_missing_keys_wait_for_a_person",
    ),
    "answers of garbage, HTML, or about something else": (
        "tests/adapters/payments_contract.py::test_each_fault_pays_at_most_once_and_is_never_declined_after_it_paid",
        "tests/scenarios/test_woocommerce_refunds.py::test_a_return_is_paid_once_by_the_shops_gateway",
    ),
    "credit that has expired or is another customer's": (
        "tests/scenarios/test_credit.py::test_spent_credit_is_not_taken_back_and_ended_credit_is_not_spent",
        "tests/store/test_redemptions.py::test_nobody_touches_the_redemption_of_another_customer_or_merchant",
    ),
    "the last unit of a balance, wanted by many": (
        "tests/scenarios/test_credit_checkout.py::test_of_many_checkouts_that_want_the_last_unit_one_gets_it_and_steps_count_once",
        "tests/scenarios/test_races_on_a_cluster.py::test_over_two_apis_fifty_checkouts_spend_a_customers_credit_and_not_more",
        "tests/store/test_redemptions_concurrency.py::test_of_many_processes_only_as_many_are_served_as_there_is_credit_for",
    ),
}  # fmt: skip
KEY, WEBHOOKS, ACCOUNT = "sk_test_badmoney", "whsec_badmoney1", "acct_one"


def test_what_is_tested_elsewhere_is_there(kind: str) -> None:
    for named in (one for tests in ELSEWHERE.values() for one in tests):
        path, _, name = named.partition("::")
        tree = ast.parse((ROOT / path).read_text())
        found = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
        }
        assert name in found, named


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stripe(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandIn]:
    stand_in = StandIn(tmp_path_factory.mktemp("stripe") / "stripe.db")
    await stand_in.start()
    await stand_in.control("keys", secret=KEY, account=ACCOUNT)
    yield stand_in
    await stand_in.end()


@pytest_asyncio.fixture(loop_scope="session")
async def on_stripe(shop: Shop, stripe: StandIn) -> AsyncIterator[Shop]:
    """A shop whose account at Stripe is the stand-in's."""
    path = f"/v1/merchants/{shop.name}/payments/stripe"
    body = {"keys": {"secret_key": KEY, "webhook_secret": WEBHOOKS}, "base": stripe.base}
    (await as_platform(shop, "PUT", path, body)).ok()
    yield shop
    await stripe.control("disarm")
    # The comparison of this deployment must not wait for a provider that has gone.
    (await as_platform(shop, "DELETE", path)).ok()


async def refunds(stripe: StandIn, payment: str) -> list[int]:
    """What Stripe has paid back of it, refund by refund."""
    _, page, _ = await stripe.raw("GET", f"/v1/refunds?payment_intent={payment}&limit=100")
    return [one["amount"] for one in page["data"] if one["status"] not in ("failed", "canceled")]


async def refused(shop: Shop, payment: str) -> tuple[str, str, str]:
    """What the leg says, and which question whose it is; nothing is paid in the books."""
    order, _ = await returned(shop, payment)
    view = await shop.until(order, lambda view: bool(view["attention"]))
    questions = await shop.attention_items(order)
    leg = view["returns"][0]["settlements"][0]["legs"][0]
    [question] = questions
    assert question["subject"] == (
        leg["leg"] if question["kind"] == "payment_failed" else view["disputes"][0]["dispute"]
    )
    assert view["refunded"] == gbp(0)
    status = (
        "failed" if question["kind"] == "payment_failed" else "planned"
    )  # what is disputed waits for the bank
    assert (leg["status"], leg["settled_at"], leg["reference"]) == (status, None, "")
    return leg["decline"], question["kind"], question["owner"]


async def test_a_payment_that_cannot_be_paid_back_is_a_question_to_finance_with_the_reason(
    on_stripe: Shop, stripe: StandIn
) -> None:
    uncaptured, _ = await stripe.pay(1200, "GBP", captured=False)
    disputed, charge = await stripe.pay(1200, "GBP")
    await stripe.control("disputes", account=ACCOUNT, charge=charge)
    spent, _ = await stripe.pay(1200, "GBP")
    await stripe.raw("POST", "/v1/refunds", f"payment_intent={spent}&amount=1")
    whole, _ = await stripe.pay(1200, "GBP")
    await stripe.raw("POST", "/v1/refunds", f"payment_intent={whole}&amount=1200")
    euros, _ = await stripe.pay(1200, "EUR")
    other, _ = await stripe.pay(1200, "GBP", account="acct_two")
    payments = (uncaptured, disputed, spent, whole, euros, other, "pi_none", "nonsense")
    assert dict(zip(payments, await asyncio.gather(*(refused(on_stripe, one) for one in payments)), strict=True)) == {
        uncaptured: ("charge_not_captured", "payment_failed", "finance"),
        disputed: ("", "dispute", "finance"),
        spent: ("amount_above_remaining", "payment_failed", "finance"),
        whole: ("charge_already_refunded", "payment_failed", "finance"),
        euros: ("currency_mismatch", "payment_failed", "finance"),
        other: ("resource_missing", "payment_failed", "finance"),
        "pi_none": ("resource_missing", "payment_failed", "finance"),
        "nonsense": ("resource_missing", "payment_failed", "finance"),
    }  # fmt: skip
    paid = [await refunds(stripe, one) for one in (uncaptured, disputed, spent, whole, euros)]
    assert paid == [[], [], [1], [1200], []]


@pytest.mark.parametrize(
    "fault",
    [
        "html before",
        "html after",
        "a charge",
        "a list",
        "an empty object",
        "another refund",
        "cut in the body",
    ],
)
async def test_an_answer_that_is_not_this_refund_is_looked_up_and_the_money_goes_once(
    on_stripe: Shop, stripe: StandIn, fault: str
) -> None:
    payment, _ = await stripe.pay(1200, "GBP")
    await stripe.control("faults", **FAULTS[fault])
    order, return_id = await returned(on_stripe, payment)
    await on_stripe.paid(order, return_id)
    assert await refunds(stripe, payment) == [1200]
    assert (await on_stripe.view(order))["refunded"] == gbp(1200)


async def test_keys_that_were_revoked_since_are_a_question_and_the_refund_leaves_once_with_new_ones(
    on_stripe: Shop, stripe: StandIn
) -> None:
    payment, _ = await stripe.pay(1200, "GBP")
    await stripe.control("keys", secret=KEY, account=ACCOUNT, state="revoked")
    order, return_id = await returned(on_stripe, payment)
    await on_stripe.until(order, lambda view: bool(view["attention"]))
    [question] = await on_stripe.attention_items(order)
    assert (question["kind"], question["owner"]) == ("payment_unknown", "finance")
    assert await refunds(stripe, payment) == []
    await stripe.control("keys", secret=KEY, account=ACCOUNT)
    (await on_stripe.override(f"orders/{order}", "retry_step", role="finance", leg=question["subject"])).ok()
    await on_stripe.paid(order, return_id)
    assert await refunds(stripe, payment) == [1200]


async def deliveries(shop: Shop, status: str, wanted: int = 1) -> list[dict[str, Any]]:
    """Stripe's messages of that status, once there are so many."""
    path = f"/v1/inbox?source=payments/stripe&status={status}"

    async def found() -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = (await shop.call("GET", path, role="agent")).ok()["items"]
        return items if len(items) >= wanted else None

    return await until(found)


async def created(stripe: StandIn, payment: str) -> str:
    """The event of the payment's only refund."""
    _, events, _ = await stripe.raw("GET", "/v1/events?limit=100&type=refund.created")
    [event] = [one["id"] for one in events["data"] if one["data"]["object"]["payment_intent"] == payment]
    return str(event)


async def test_messages_before_the_answer_and_twice_pay_once(on_stripe: Shop, stripe: StandIn) -> None:
    url = f"{on_stripe.deployment.addresses['api']}/v1/webhooks/payments/stripe/{on_stripe.name}"
    endpoint = {
        "account": ACCOUNT,
        "url": url,
        "secrets": [WEBHOOKS],
        "events": ["refund.created", "refund.updated"],
    }
    await stripe.control("endpoints", **endpoint, sending="before_answer", times=2)
    payment, _ = await stripe.pay(1200, "GBP")
    order, return_id = await returned(on_stripe, payment)
    await on_stripe.paid(order, return_id)
    await deliveries(on_stripe, "done")
    before = await on_stripe.view(order)
    event = await created(stripe, payment)

    async def again(**changed: Any) -> int:
        sent = {"account": ACCOUNT, "event": event, "url": url, "secrets": [WEBHOOKS], **changed}
        status: int = (await stripe.control("redeliveries", **sent))["status"]
        return status

    assert [await again(), await again(secrets=["whsec_of_nobody"]), await again(shift_seconds=-301)] == [
        202, 401, 401,
    ]  # fmt: skip
    assert await refunds(stripe, payment) == [1200]
    assert (await on_stripe.view(order)) == before
    assert await differences(on_stripe) == []


async def test_a_message_with_another_amount_or_for_another_account_books_nothing(
    on_stripe: Shop, stripe: StandIn
) -> None:
    url = f"{on_stripe.deployment.addresses['api']}/v1/webhooks/payments/stripe/{on_stripe.name}"

    async def wrongly_told(**changed: Any) -> tuple[str, dict[str, Any]]:
        """The order as it was before a message about its refund was sent, changed."""
        payment, _ = await stripe.pay(1200, "GBP")
        order, return_id = await returned(on_stripe, payment)
        await on_stripe.paid(order, return_id)
        before = await on_stripe.view(order)
        sent = {
            "account": ACCOUNT,
            "event": await created(stripe, payment),
            "url": url,
            "secrets": [WEBHOOKS],
        }
        assert (await stripe.control("redeliveries", **sent, **changed))["status"] == 202
        return order, before

    told = await asyncio.gather(wrongly_told(amount=1100), wrongly_told(as_account="acct_two"))
    [dead] = await deliveries(on_stripe, "dead")
    assert dead["reason"] == "it is about another account than the merchant's"
    await deliveries(on_stripe, "done")
    [question] = await differences(on_stripe)
    assert (question["kind"], question["owner"]) == ("other_amount", "finance")
    for order, before in told:
        assert await on_stripe.view(order) == before
