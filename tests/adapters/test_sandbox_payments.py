"""The sandbox provider as a real process, and the Payments port on it."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.adapters.sandbox_provider import Provider, refund_body


async def test_the_same_payment_id_is_one_payment(sandbox: Provider) -> None:
    body = {"payment": "p-same", "amount": 100, "currency": "GBP"}
    assert (await sandbox.post("/payments", body))[::2] == (201, False)
    assert (await sandbox.post("/payments", body))[::2] == (201, True)
    status, answer, _ = await sandbox.post("/payments", {**body, "amount": 101})
    assert (status, answer["code"]) == (400, "idempotency_error")


async def test_a_payment_without_an_id_gets_one(sandbox: Provider) -> None:
    _, answer, _ = await sandbox.post("/payments", {"amount": 100, "currency": "JPY"})
    assert await sandbox.get(f"/payments/{answer['id']}") == (200, answer)


async def test_a_key_used_again_gets_the_first_answer(sandbox: Provider) -> None:
    await sandbox.capture("p-key", 500)
    status, first, replayed = await sandbox.post("/refunds", refund_body("p-key", 200, "leg-1"), "k-1")
    assert (status, first["status"], replayed) == (201, "succeeded", False)
    assert await sandbox.post("/refunds", refund_body("p-key", 200, "leg-1"), "k-1") == (201, first, True)
    assert await sandbox.refunded("p-key") == 200


async def test_a_key_used_for_something_else_is_an_error(sandbox: Provider) -> None:
    await sandbox.capture("p-other", 500)
    await sandbox.post("/refunds", refund_body("p-other", 200), "k-other")
    status, answer, _ = await sandbox.post("/refunds", refund_body("p-other", 201), "k-other")
    assert (status, answer["code"]) == (400, "idempotency_error")
    assert await sandbox.refunded("p-other") == 200


async def test_fifty_at_once_under_one_key_are_one_refund(sandbox: Provider) -> None:
    await sandbox.capture("p-crowd", 50_000)
    answers = await asyncio.gather(
        *(sandbox.post("/refunds", refund_body("p-crowd", 100, "crowd"), "k-crowd") for _ in range(50))
    )
    assert {(status, body["id"]) for status, body, _ in answers} == {(201, answers[0][1]["id"])}
    assert [replayed for _, _, replayed in answers].count(False) == 1
    assert await sandbox.refunded("p-crowd") == 100


async def test_two_equal_partial_refunds_under_two_keys_are_two_refunds(sandbox: Provider) -> None:
    await sandbox.capture("p-twice", 500)
    answers = [await sandbox.post("/refunds", refund_body("p-twice", 200), key) for key in ("k-a", "k-b")]
    assert [status for status, _, _ in answers] == [201, 201]
    assert await sandbox.refunded("p-twice") == 400


async def test_concurrent_refunds_never_exceed_the_capture(sandbox: Provider) -> None:
    await sandbox.capture("p-rush", 1000)
    answers = await asyncio.gather(
        *(sandbox.post("/refunds", refund_body("p-rush", 300), f"k-rush-{n}") for n in range(20))
    )
    assert [status for status, _, _ in answers].count(201) == 3
    assert {body.get("code") for status, body, _ in answers if status == 400} == {"amount_too_large"}
    assert await sandbox.refunded("p-rush") == 900


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
    sandbox: Provider, body: object, key: str | None, status: int, code: str
) -> None:
    await sandbox.capture("p-refusals", 100)
    answered, answer, _ = await sandbox.post("/refunds", body, key)
    assert (answered, answer["code"]) == (status, code)
    assert await sandbox.refunded("p-refusals") == 0


async def test_refunds_are_listed_in_order_and_a_cursor_goes_on(sandbox: Provider) -> None:
    await sandbox.capture("p-list", 1000)
    start = "0"
    while (page := (await sandbox.get("/refunds", after=start))[1])["refunds"]:
        start = page["next"]
    created = [
        (await sandbox.post("/refunds", refund_body("p-list", n), f"k-list-{n}"))[1]["id"] for n in (1, 2, 3)
    ]
    _, first = await sandbox.get("/refunds", after=start, limit="2")
    _, second = await sandbox.get("/refunds", after=first["next"], limit="2")
    assert [r["id"] for r in first["refunds"] + second["refunds"]] == created
    assert (first["more"], second["more"]) == (True, False)
    assert (await sandbox.get("/refunds", after="x"))[0] == 400


async def test_faults_are_counted_down_and_only_for_their_payment(sandbox: Provider) -> None:
    await sandbox.capture("p-fault", 100)
    await sandbox.capture("p-spared", 100)
    await sandbox.arm("error_500_before", times=2, payment="p-fault")
    assert (await sandbox.post("/refunds", refund_body("p-spared", 1), "k-spared"))[0] == 201
    armed = (await sandbox.get("/faults"))[1]["faults"]
    assert [(f["kind"], f["times"], f["payment"]) for f in armed] == [("error_500_before", 2, "p-fault")]
    statuses = [(await sandbox.post("/refunds", refund_body("p-fault", 1), "k-fault"))[0] for _ in range(3)]
    assert statuses == [500, 500, 201]
    assert (await sandbox.get("/faults"))[1] == {"faults": []}


async def test_refunds_keys_and_faults_survive_a_kill(tmp_path: Path) -> None:
    sandbox = Provider(tmp_path / "psp.db")
    try:
        await sandbox.start()
        await sandbox.capture("p-kill", 1000)
        _, first, _ = await sandbox.post("/refunds", refund_body("p-kill", 400, "leg-kill"), "k-kill")
        await sandbox.arm("decline", times=2)
        assert await sandbox.end(signal.SIGKILL) == -signal.SIGKILL
        await sandbox.start()
        assert await sandbox.refunded("p-kill") == 400
        assert await sandbox.post("/refunds", refund_body("p-kill", 400, "leg-kill"), "k-kill") == (
            201,
            first,
            True,
        )
        assert (await sandbox.get("/refunds", leg="leg-kill"))[1]["refunds"] == [first]
        assert (await sandbox.get("/faults"))[1]["faults"][0]["times"] == 2
    finally:
        await sandbox.end(signal.SIGKILL)
        await sandbox.http.close()


async def test_killed_in_the_middle_of_a_burst_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    sandbox = Provider(tmp_path / "psp.db")
    acknowledged: list[str] = []

    async def pay(n: int) -> None:
        status, answer, _ = await sandbox.post("/refunds", refund_body("p-burst", 1), f"k-burst-{n}")
        assert status == 201
        acknowledged.append(answer["id"])
        if len(acknowledged) == 20:
            assert sandbox.process is not None
            os.kill(sandbox.process.pid, signal.SIGKILL)

    try:
        await sandbox.start()
        await sandbox.capture("p-burst", 1000)
        await asyncio.gather(*(pay(n) for n in range(200)), return_exceptions=True)
        await sandbox.end(signal.SIGKILL)
        await sandbox.start()
        kept = {r["id"] for r in (await sandbox.get("/refunds"))[1]["refunds"]}
        assert len(acknowledged) >= 20
        assert set(acknowledged) <= kept
        assert await sandbox.refunded("p-burst") == len(kept)
    finally:
        await sandbox.end(signal.SIGKILL)
        await sandbox.http.close()
