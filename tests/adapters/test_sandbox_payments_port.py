"""The port Payments on the sandbox provider: a process of its own, with its faults."""

from datetime import timedelta

import aiohttp
import aiohttp.web
import pytest

from adapters.payments.sandbox import SandboxPayments
from ports.payments import Declined, OutcomeUnknown, ProviderRefund
from tests.adapters.sandbox_provider import Provider, refund_request
from tests.builders import gbp


async def test_port_pays_once_per_key_and_finds_it(sandbox: Provider, payments: SandboxPayments) -> None:
    await sandbox.capture("p-port", 500)
    key = "m/return/ret_1/card/1"
    assert await payments.find(refund_request(key, "p-port", 200)) is None
    paid = await payments.refund(refund_request(key, "p-port", 200))
    assert isinstance(paid, ProviderRefund)
    assert await payments.refund(refund_request(key, "p-port", 200)) == paid
    assert await payments.find(refund_request(key, "p-port", 200)) == paid
    assert await sandbox.refunded("p-port") == 200


async def test_port_lists_the_merchants_refunds_since_a_time(
    sandbox: Provider, payments: SandboxPayments
) -> None:
    await sandbox.capture("p-list", 500)
    paid = await payments.refund(refund_request("m/k-list", "p-list", 200))
    assert isinstance(paid, ProviderRefund)
    assert paid.at is not None
    own = [refund async for refund in payments.refunds_since("", paid.at) if refund.key == "m/k-list"]
    assert own == [paid]
    assert (paid.state, paid.raw_state, paid.payment) == ("settled", "succeeded", "p-list")
    later = paid.at + timedelta(seconds=1)
    assert [one async for one in payments.refunds_since("", later) if one.key == "m/k-list"] == []
    assert [one async for one in payments.refunds_since("another", paid.at)] == []


async def test_port_check_names_the_account(payments: SandboxPayments) -> None:
    assert await payments.check("acme") == "acme"


async def test_port_a_decline_is_a_clean_and_lasting_no(sandbox: Provider, payments: SandboxPayments) -> None:
    await sandbox.capture("p-decline", 500)
    await sandbox.arm("decline", payment="p-decline")
    for _ in range(2):
        assert await payments.refund(refund_request("k-decl", "p-decline", 200)) == Declined(code="declined")
    assert await payments.find(refund_request("k-decl", "p-decline", 200)) is None
    assert isinstance(await payments.refund(refund_request("k-decl-2", "p-decline", 200)), ProviderRefund)


async def test_port_over_refunds_are_declined_with_the_code(
    sandbox: Provider, payments: SandboxPayments
) -> None:
    await sandbox.capture("p-over", 500)
    assert await payments.refund(refund_request("k-over-1", "p-over", 501)) == Declined(
        code="amount_too_large", left=gbp(500)
    )
    assert isinstance(await payments.refund(refund_request("k-over-2", "p-over", 500)), ProviderRefund)
    assert await payments.refund(refund_request("k-over-3", "p-over", 1)) == Declined(
        code="charge_already_refunded"
    )
    assert await payments.refund(refund_request("k-over-4", "p-none", 1)) == Declined(code="unknown_payment")


@pytest.mark.parametrize(
    ("kind", "happened"),
    [
        ("timeout_before", False),
        ("error_500_before", False),
        ("timeout_after_success", True),
        ("error_500_after", True),
        ("hang", True),
    ],
)
async def test_an_unclear_outcome_is_unanswered_at_the_port_and_the_lookup_decides(
    sandbox: Provider, kind: str, happened: bool
) -> None:
    payment, key = f"p-{kind}", f"k-{kind}"
    await sandbox.capture(payment, 500)
    await sandbox.arm(kind, payment=payment, seconds=30)
    port = SandboxPayments(sandbox.base, session=sandbox.http, timeout=0.5)
    with pytest.raises(OutcomeUnknown):
        await port.refund(refund_request(key, payment, 200))
    refund = await port.find(refund_request(key, payment, 200))
    assert (refund is not None) == happened
    again = await port.refund(refund_request(key, payment, 200))
    assert isinstance(again, ProviderRefund)
    assert refund in (None, again)
    assert await sandbox.refunded(payment) == 200


async def test_port_a_hang_shorter_than_the_timeout_is_an_answer(
    sandbox: Provider, payments: SandboxPayments
) -> None:
    await sandbox.capture("p-slow", 500)
    await sandbox.arm("hang", payment="p-slow", seconds=0.2)
    assert isinstance(await payments.refund(refund_request("k-slow", "p-slow", 200)), ProviderRefund)


async def test_port_another_refund_under_the_key_is_unanswered_not_declined(
    sandbox: Provider, payments: SandboxPayments
) -> None:
    await sandbox.capture("p-mix", 500)
    await payments.refund(refund_request("k-mix", "p-mix", 200))
    with pytest.raises(OutcomeUnknown, match="idempotency_error"):
        await payments.refund(refund_request("k-mix", "p-mix", 300))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, "{"),
        (201, '{"id": "re_1"}'),
        (200, "<html>"),
        (402, "no"),
        (404, "<html>not here</html>"),
        (409, '{"code": "in_use"}'),
        (503, "{}"),
        (302, ""),
    ],
)
async def test_port_unknown_statuses_are_no_answer(status: int, body: str) -> None:
    async def malformed_answer(_: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        return aiohttp.web.Response(status=status, text=body, headers={"Location": "/refunds"})

    runner = aiohttp.web.ServerRunner(aiohttp.web.Server(malformed_answer))
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    port = SandboxPayments(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        with pytest.raises(OutcomeUnknown):
            await port.refund(refund_request("k", "p", 1))
        with pytest.raises(OutcomeUnknown):
            await port.find(refund_request("k", "p", 1))
    finally:
        await port.close()
        await runner.cleanup()


async def test_port_nobody_listening_is_no_answer() -> None:
    port = SandboxPayments("http://127.0.0.1:9")
    with pytest.raises(OutcomeUnknown):
        await port.refund(refund_request("k", "p", 1))
    await port.close()
