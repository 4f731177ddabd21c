"""A deployment whose parts may be killed, stopped and opened again, and clients that repeat requests until they are answered."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from tests.patience import PATIENCE
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.shop import Shop

PARTS = {
    "temporal": "start-dev",
    "worker": "runtime.processes.worker_process",
    "payments": "simulators.payments.server",
}
POINTS = (
    "order.persisted", "order.started", "commit.before", "commit.persisted", "inbox.persisted", "inbox.signalled",
    "pay.reserved", "pay.sent", "pay.called", "pay.posted", "mail.accepted",
    "webhook.delivered",
)  # fmt: skip


class KillableDeployment(Deployment):
    """Its failpoints are armed and spent; `kill_at` arms one again, and the first process to reach it dies of it."""

    def __init__(self, data: Path, env: Mapping[str, str] | None = None, database: str | None = None) -> None:
        self._spent = data.parent / f"{data.name}.spent"
        self._spent.mkdir(parents=True)
        for point in POINTS:
            (self._spent / point).touch()
        armed = {
            "SMOT_PROVIDER_TIMEOUT": "2",
            "SMOT_WEBHOOK_EGRESS": "anywhere",
            "SMOT_FAILPOINTS": ",".join(f"{point}=kill" for point in POINTS),
            "SMOT_FAILPOINTS_ONCE": str(self._spent),
        }
        super().__init__(data, {**armed, **(env or {})}, database)
        self.open_count = 0
        self._open_lock = asyncio.Lock()

    async def open(self, port: int = 0) -> None:
        await super().open(port)
        self.open_count += 1

    async def reopen(self) -> None:
        """Open it again, on its old port, if it has died."""
        assert self.process is not None
        async with self._open_lock:
            if self.process.returncode is not None:
                await self.open(self.port)

    def kill_at(self, point: str) -> None:
        (self._spent / point).unlink()

    def fired(self, point: str) -> bool:
        return (self._spent / point).exists()

    def parts(self) -> dict[str, int]:
        """Process ids of its child programs."""
        assert self.process is not None
        pids: dict[str, int] = {}
        for pid in children_of(self.process.pid):
            words = command_of(pid)
            pids |= {name: pid for name, argument in PARTS.items() if argument in words}
        return pids

    async def until_part(self, name: str) -> int:
        await until(lambda: name in self.parts())
        return self.parts()[name]

    async def send_signal(self, part: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send the signal to that part. Returns its process id."""
        pid = await self.until_part(part)
        os.kill(pid, number)
        return pid

    async def run_verify(self) -> tuple[int, str]:
        """The report of `smot verify --quiesced`."""
        code, out, err = await smot("verify", "--quiesced", "--data", str(self.data), env=self.env)
        return code, out + err


async def retry_until_ok(
    deployment: KillableDeployment, send: Callable[[], Awaitable[ApiResponse]], seconds: float = PATIENCE
) -> ApiResponse:
    """Send the same request until it is answered 2xx, through every death of the deployment."""
    deadline = time.monotonic() + seconds
    while True:
        last_answer: object = None
        try:
            answer = await send()
            if answer.status < 300:
                return answer
            last_answer = (answer.status, answer.body)
            again = answer.status in (503, 429) or answer.body.get("code") == "request_in_progress"
            assert again, last_answer
        except (aiohttp.ClientError, ConnectionError) as lost:
            last_answer = lost
            await deployment.reopen()
        assert time.monotonic() < deadline, last_answer
        await asyncio.sleep(0.05)


async def until_true(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


async def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    async def now() -> bool:
        return condition()

    await until_true(now, seconds)


async def view(deployment: KillableDeployment, shop: Shop, order: str) -> dict[str, Any]:
    body: dict[str, Any] = (
        await retry_until_ok(deployment, lambda: shop.call("GET", f"/v1/orders/{order}"))
    ).body
    return body


def children_of(parent: int) -> list[int]:
    children = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(stat.rpartition(")")[2].split()[1]) == parent:
                children.append(int(entry.name))
    return children


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
