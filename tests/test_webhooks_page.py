"""The page about webhooks is true: its receiver runs, its table names every event."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from domain.webhooks.events import TYPES
from ports.webhooks import WebhookMessage
from runtime.config.ports import choose_port
from tests.adapters.webhook_receiver import SECRET

PAGE = (Path(__file__).parent.parent / "docs" / "webhooks.md").read_text()
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def test_the_table_names_every_event_and_no_other() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([a-z_.]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(TYPES)


@pytest_asyncio.fixture(loop_scope="session")
async def example(tmp_path: Path) -> AsyncIterator[tuple[str, asyncio.StreamReader]]:
    """The page's receiver as a process: its address and what it prints."""
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "receiver.py").write_text(program)
    port = choose_port(None)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(tmp_path / "receiver.py"), str(port),
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "WEBHOOK_SECRET": SECRET},
    )  # fmt: skip
    assert process.stdout is not None
    yield f"http://127.0.0.1:{port}/hooks", process.stdout
    process.kill()
    await process.wait()


async def test_the_receiver_acts_once_by_id_also_on_a_replay_and_keeps_the_newest_state(
    example: tuple[str, asyncio.StreamReader],
) -> None:
    url, printed = example
    hooks = HttpWebhookTransport(EgressPolicy(unrestricted=True))

    async def send(name: str, type: str, seq: int, stage: str, secret: str = SECRET) -> int | None:
        about = {"order": "ord_1", "order_id": "1001", "seq": seq, "stage": stage}
        body = json.dumps({"type": type, "data": about})
        return (await hooks.send(WebhookMessage(url, name, body, (secret,)))).status

    async with asyncio.timeout(30):
        while await send("evt_1", "order.placed", 1, "placed") is None:
            await asyncio.sleep(0.05)
        assert await send("evt_8", "order.closed", 8, "closed") == 204
        assert await send("evt_8", "order.closed", 8, "closed") == 204
        assert await send("evt_7", "payment.settled", 7, "delivered") == 204
        assert await send("evt_9", "order.reopened", 9, "delivered", OTHER) == 401
        assert await send("evt_9", "order.reopened", 9, "delivered") == 204
        lines = [(await printed.readline()).decode().strip() for _ in range(4)]
    await hooks.close()
    assert lines == [
        "order.placed 1001 placed",
        "order.closed 1001 closed",
        "payment.settled 1001 closed",
        "order.reopened 1001 delivered",
    ]
