"""The sandbox payment provider as a real process, for the tests of its API and of the port."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web

from domain.money import Money
from ports.payments import RefundRequest


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
    amount = Money(minor=minor, currency=currency)
    return RefundRequest(key=key, merchant="", order="#1001", payment=payment, amount=amount)
