"""The sandbox provider as a real process, and the Payments port on it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest
import pytest_asyncio

from adapters.payments.sandbox import SandboxPayments
from domain.money import Money
from ports.payments import Declined, OutcomeUnknown, Refunded, RefundRequest


class Provider:
    """The server's process; its port changes when it is started again, its file does not."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.http = aiohttp.ClientSession()
        self.process: asyncio.subprocess.Process | None = None
        self.base = ""

    async def start(self) -> None:
        argv = [
            sys.executable,
            "-m",
            "simulators.payments.server",
            "--port",
            "0",
            "--file",
            str(self.file),
        ]
        self.process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), 20)).decode()
        assert line.startswith("sandbox payments ready on http://")
        self.base = line.split()[-1]

    async def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), 10)

    async def post(self, path: str, body: object, key: str | None = None) -> tuple[int, Any, bool]:
        headers = {} if key is None else {"Idempotency-Key": key}
        async with self.http.post(self.base + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), "Idempotent-Replayed" in answer.headers

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.http.get(self.base + path, params=query) as answer:
            return answer.status, await answer.json()

    async def capture(self, payment: str, amount: int, currency: str = "GBP") -> None:
        status, _, _ = await self.post(
            "/payments", {"payment": payment, "amount": amount, "currency": currency}
        )
        assert status == 201

    async def refunded(self, payment: str) -> int:
        return int((await self.get(f"/payments/{payment}"))[1]["refunded"])

    async def arm(self, kind: str, **more: object) -> None:
        assert (await self.post("/faults", {"kind": kind, **more}))[0] == 201


def refund_body(payment: str, amount: int, leg: str = "", currency: str = "GBP") -> dict[str, object]:
    return {"payment": payment, "amount": amount, "currency": currency, "metadata": {"leg": leg}}


def refund_request(key: str, payment: str, minor: int, currency: str = "GBP") -> RefundRequest:
    return RefundRequest(key=key, account="", payment=payment, amount=Money(minor=minor, currency=currency))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    running = Provider(tmp_path_factory.mktemp("psp") / "psp.db")
    await running.start()
    yield running
    assert await running.end(signal.SIGTERM) == 0
    await running.http.close()


@pytest_asyncio.fixture(loop_scope="session")
async def payments(provider: Provider) -> AsyncIterator[SandboxPayments]:
    port = SandboxPayments(provider.base, timeout=5)
    yield port
    await port.close()


async def test_the_same_payment_id_is_one_payment(provider: Provider) -> None:
    body = {"payment": "p-same", "amount": 100, "currency": "GBP"}
    assert (await provider.post("/payments", body))[::2] == (201, False)
    assert (await provider.post("/payments", body))[::2] == (201, True)
    status, answer, _ = await provider.post("/payments", {**body, "amount": 101})
    assert (status, answer["code"]) == (400, "idempotency_error")


async def test_a_payment_without_an_id_gets_one(provider: Provider) -> None:
    _, answer, _ = await provider.post("/payments", {"amount": 100, "currency": "JPY"})
    assert await provider.get(f"/payments/{answer['id']}") == (200, answer)


async def test_a_key_used_again_gets_the_first_answer(provider: Provider) -> None:
    await provider.capture("p-key", 500)
    status, first, replayed = await provider.post("/refunds", refund_body("p-key", 200, "leg-1"), "k-1")
    assert (status, first["status"], replayed) == (201, "succeeded", False)
    assert await provider.post("/refunds", refund_body("p-key", 200, "leg-1"), "k-1") == (201, first, True)
    assert await provider.refunded("p-key") == 200


async def test_a_key_used_for_something_else_is_an_error(provider: Provider) -> None:
    await provider.capture("p-other", 500)
    await provider.post("/refunds", refund_body("p-other", 200), "k-other")
    status, answer, _ = await provider.post("/refunds", refund_body("p-other", 201), "k-other")
    assert (status, answer["code"]) == (400, "idempotency_error")
    assert await provider.refunded("p-other") == 200


async def test_fifty_at_once_under_one_key_are_one_refund(provider: Provider) -> None:
    await provider.capture("p-crowd", 50_000)
    answers = await asyncio.gather(
        *(provider.post("/refunds", refund_body("p-crowd", 100, "crowd"), "k-crowd") for _ in range(50))
    )
    assert {(status, body["id"]) for status, body, _ in answers} == {(201, answers[0][1]["id"])}
    assert [replayed for _, _, replayed in answers].count(False) == 1
    assert await provider.refunded("p-crowd") == 100


async def test_two_equal_partial_refunds_under_two_keys_are_two_refunds(provider: Provider) -> None:
    await provider.capture("p-twice", 500)
    answers = [await provider.post("/refunds", refund_body("p-twice", 200), key) for key in ("k-a", "k-b")]
    assert [status for status, _, _ in answers] == [201, 201]
    assert await provider.refunded("p-twice") == 400


async def test_concurrent_refunds_never_exceed_the_capture(provider: Provider) -> None:
    await provider.capture("p-rush", 1000)
    answers = await asyncio.gather(
        *(provider.post("/refunds", refund_body("p-rush", 300), f"k-rush-{n}") for n in range(20))
    )
    assert [status for status, _, _ in answers].count(201) == 3
    assert {body.get("code") for status, body, _ in answers if status == 400} == {"amount_too_large"}
    assert await provider.refunded("p-rush") == 900


@pytest.mark.parametrize(
    ("body", "key", "status", "code"),
    [
        (refund_body("p-nobody", 1), "k-404", 404, "unknown_payment"),
        (refund_body("p-refusals", 1, currency="EUR"), "k-eur", 400, "currency_mismatch"),
        (refund_body("p-refusals", 101), "k-101", 400, "amount_too_large"),
        (refund_body("p-refusals", 1), None, 400, "idempotency_key_required"),
        (refund_body("p-refusals", 0), "k-0", 400, "invalid_request"),
        (refund_body("p-refusals", -5), "k-neg", 400, "invalid_request"),
        ({**refund_body("p-refusals", 1), "amount": 1.0}, "k-float", 400, "invalid_request"),
        ({**refund_body("p-refusals", 1), "amount": True}, "k-bool", 400, "invalid_request"),
        ({**refund_body("p-refusals", 1), "surprise": 1}, "k-extra", 400, "invalid_request"),
        ([], "k-list", 400, "invalid_request"),
    ],
)
async def test_a_refund_that_cannot_be_is_refused(
    provider: Provider, body: object, key: str | None, status: int, code: str
) -> None:
    await provider.capture("p-refusals", 100)
    answered, answer, _ = await provider.post("/refunds", body, key)
    assert (answered, answer["code"]) == (status, code)
    assert await provider.refunded("p-refusals") == 0


async def test_refunds_are_listed_in_order_and_a_cursor_goes_on(provider: Provider) -> None:
    await provider.capture("p-list", 1000)
    start = "0"
    while (page := (await provider.get("/refunds", after=start))[1])["refunds"]:
        start = page["next"]
    created = [
        (await provider.post("/refunds", refund_body("p-list", n), f"k-list-{n}"))[1]["id"] for n in (1, 2, 3)
    ]
    _, first = await provider.get("/refunds", after=start, limit="2")
    _, second = await provider.get("/refunds", after=first["next"], limit="2")
    assert [r["id"] for r in first["refunds"] + second["refunds"]] == created
    assert (first["more"], second["more"]) == (True, False)
    assert (await provider.get("/refunds", after="x"))[0] == 400


async def test_faults_are_counted_down_and_only_for_their_payment(provider: Provider) -> None:
    await provider.capture("p-fault", 100)
    await provider.capture("p-spared", 100)
    await provider.arm("error_500_before", times=2, payment="p-fault")
    assert (await provider.post("/refunds", refund_body("p-spared", 1), "k-spared"))[0] == 201
    armed = (await provider.get("/faults"))[1]["faults"]
    assert [(f["kind"], f["times"], f["payment"]) for f in armed] == [("error_500_before", 2, "p-fault")]
    statuses = [(await provider.post("/refunds", refund_body("p-fault", 1), "k-fault"))[0] for _ in range(3)]
    assert statuses == [500, 500, 201]
    assert (await provider.get("/faults"))[1] == {"faults": []}


async def test_refunds_keys_and_faults_survive_a_kill(tmp_path: Path) -> None:
    provider = Provider(tmp_path / "psp.db")
    try:
        await provider.start()
        await provider.capture("p-kill", 1000)
        _, first, _ = await provider.post("/refunds", refund_body("p-kill", 400, "leg-kill"), "k-kill")
        await provider.arm("decline", times=2)
        assert await provider.end(signal.SIGKILL) == -signal.SIGKILL
        await provider.start()
        assert await provider.refunded("p-kill") == 400
        assert await provider.post("/refunds", refund_body("p-kill", 400, "leg-kill"), "k-kill") == (
            201,
            first,
            True,
        )
        assert (await provider.get("/refunds", leg="leg-kill"))[1]["refunds"] == [first]
        assert (await provider.get("/faults"))[1]["faults"][0]["times"] == 2
    finally:
        await provider.end(signal.SIGKILL)
        await provider.http.close()


async def test_killed_in_the_middle_of_a_burst_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    provider = Provider(tmp_path / "psp.db")
    acknowledged: list[str] = []

    async def pay(n: int) -> None:
        status, answer, _ = await provider.post("/refunds", refund_body("p-burst", 1), f"k-burst-{n}")
        assert status == 201
        acknowledged.append(answer["id"])
        if len(acknowledged) == 20:
            assert provider.process is not None
            os.kill(provider.process.pid, signal.SIGKILL)

    try:
        await provider.start()
        await provider.capture("p-burst", 1000)
        await asyncio.gather(*(pay(n) for n in range(200)), return_exceptions=True)
        await provider.end(signal.SIGKILL)
        await provider.start()
        kept = {r["id"] for r in (await provider.get("/refunds"))[1]["refunds"]}
        assert len(acknowledged) >= 20
        assert set(acknowledged) <= kept
        assert await provider.refunded("p-burst") == len(kept)
    finally:
        await provider.end(signal.SIGKILL)
        await provider.http.close()


async def test_port_pays_once_per_key_and_finds_it(provider: Provider, payments: SandboxPayments) -> None:
    await provider.capture("p-port", 500)
    key = "m/return/ret_1/card/1"
    assert await payments.find(key) is None
    paid = await payments.refund(refund_request(key, "p-port", 200))
    assert isinstance(paid, Refunded)
    assert await payments.refund(refund_request(key, "p-port", 200)) == paid
    assert await payments.find(key) == paid
    assert await provider.refunded("p-port") == 200


async def test_port_a_decline_is_a_clean_and_lasting_no(
    provider: Provider, payments: SandboxPayments
) -> None:
    await provider.capture("p-decline", 500)
    await provider.arm("decline", payment="p-decline")
    for _ in range(2):
        assert await payments.refund(refund_request("k-decl", "p-decline", 200)) == Declined(code="declined")
    assert await payments.find("k-decl") is None
    assert isinstance(await payments.refund(refund_request("k-decl-2", "p-decline", 200)), Refunded)


async def test_port_over_refunds_are_declined_with_the_code(
    provider: Provider, payments: SandboxPayments
) -> None:
    await provider.capture("p-over", 500)
    assert await payments.refund(refund_request("k-over-1", "p-over", 501)) == Declined(
        code="amount_too_large"
    )
    assert isinstance(await payments.refund(refund_request("k-over-2", "p-over", 500)), Refunded)
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
    provider: Provider, kind: str, happened: bool
) -> None:
    payment, key = f"p-{kind}", f"k-{kind}"
    await provider.capture(payment, 500)
    await provider.arm(kind, payment=payment, seconds=30)
    port = SandboxPayments(provider.base, session=provider.http, timeout=0.5)
    with pytest.raises(OutcomeUnknown):
        await port.refund(refund_request(key, payment, 200))
    refund = await port.find(key)
    assert (refund is not None) == happened
    again = await port.refund(refund_request(key, payment, 200))
    assert isinstance(again, Refunded)
    assert refund in (None, again)
    assert await provider.refunded(payment) == 200


async def test_port_a_hang_shorter_than_the_timeout_is_an_answer(
    provider: Provider, payments: SandboxPayments
) -> None:
    await provider.capture("p-slow", 500)
    await provider.arm("hang", payment="p-slow", seconds=0.2)
    assert isinstance(await payments.refund(refund_request("k-slow", "p-slow", 200)), Refunded)


async def test_port_another_refund_under_the_key_is_unanswered_not_declined(
    provider: Provider, payments: SandboxPayments
) -> None:
    await provider.capture("p-mix", 500)
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
            await port.find("k")
    finally:
        await port.close()
        await runner.cleanup()


async def test_port_nobody_listening_is_no_answer() -> None:
    port = SandboxPayments("http://127.0.0.1:9")
    with pytest.raises(OutcomeUnknown):
        await port.refund(refund_request("k", "p", 1))
    await port.close()
