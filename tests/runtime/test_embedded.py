"""Our own Temporal server: found, started, supervised, restarted, and never left behind."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from runtime.config.data_folder import FolderInUse
from runtime.config.ports import PortTaken, choose_port
from runtime.processes.embedded_temporal import EmbeddedTemporal, TemporalNotFound, find_temporal
from runtime.processes.managed_process import ManagedProcess, ProcessStartFailed, keep_running
from runtime.processes.simulators import payment_sandbox
from tests.patience import PATIENCE

PARENT = """
import asyncio, sys
from pathlib import Path
from runtime.processes.embedded_temporal import EmbeddedTemporal
async def main():
    server = EmbeddedTemporal(Path(sys.argv[1]))
    await server.start()
    print(server.process.pid, server.address, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def alive(pid: int) -> bool:
    """Running, not gone and not a zombie that waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def argv_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


async def until(true: Callable[[], bool], within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def kept(
    server: EmbeddedTemporal, down: Callable[[], None], up: Callable[[], None]
) -> AsyncIterator[None]:
    async def went_down() -> None:
        down()

    async def came_up() -> None:
        up()

    keeper = asyncio.create_task(keep_running(server.process, down=went_down, up=came_up))
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def begin(address: str, order: str) -> None:
    client = await Client.connect(address)
    await client.start_workflow("Nobody", id=order, task_queue="nobody")


async def known(address: str, order: str) -> bool:
    client = await Client.connect(address)
    return (await client.get_workflow_handle(order).describe()).id == order


async def test_orders_survive_a_clean_restart_and_nothing_is_left_running(tmp_path: Path) -> None:
    pids = []
    for start in range(2):
        async with EmbeddedTemporal(tmp_path / "temporal.db") as server:
            pids.append(server.process.pid)
            if start == 0:
                await begin(server.address, "order/1")
            assert await known(server.address, "order/1")
    assert not any(alive(pid) for pid in pids if pid is not None)
    assert None not in pids


async def test_closed_orders_are_kept_for_a_year_and_skipping_time_is_off(tmp_path: Path) -> None:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

    async with EmbeddedTemporal(tmp_path / "temporal.db") as server:
        client = await Client.connect(server.address)
        namespace = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace="default")
        )
        assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=365)
        assert server.process.pid is not None
        assert "TimeSkipping" not in " ".join(argv_of(server.process.pid))
        assert os.getsid(server.process.pid) == server.process.pid


def listening(pid: int) -> list[tuple[str, int]]:
    """The addresses on which the process listens."""
    links = [os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()]
    ours = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in ours:
                host, _, port = fields[1].partition(":")
                found.append((host, int(port, 16)))
    return found


_BATCH = {
    "visibilityQuery": "WorkflowType='Nobody'",
    "reason": "x",
    "terminationOperation": {"identity": "web"},
}
_LOOPBACK = "0100007F"  # 127.0.0.1, as the kernel writes it


async def test_no_web_page_can_reach_the_server(tmp_path: Path) -> None:
    """Its HTTP API refuses every request, its metrics are only numbers, and nothing listens beyond the loopback."""
    async with EmbeddedTemporal(tmp_path / "temporal.db") as server, aiohttp.ClientSession() as http:
        assert server.process.pid is not None
        await begin(server.address, "order/1")
        addresses = listening(server.process.pid)
        assert {host for host, _ in addresses} == {_LOOPBACK}
        assert len(addresses) == 6, "gRPC, three inner services, metrics, and the HTTP API that refuses"
        refused = 0
        for _, port in addresses:
            for host in (f"127.0.0.1:{port}", "localhost", "evil.example", " ", ""):
                refused += await _refuses(http, port, host)
        assert refused == 10, "two requests under each of five hosts"
        assert await known(server.address, "order/1")
        client = await Client.connect(server.address)
        described = await client.get_workflow_handle("order/1").describe()
        assert described.status is WorkflowExecutionStatus.RUNNING


async def _refuses(http: aiohttp.ClientSession, port: int, host: str) -> int:
    """How many of two requests, as a web page could send them, the HTTP API refused; 0 for a port without HTTP API."""
    headers = {"Host": host, "Origin": "https://evil.example", "Content-Type": "text/plain"}
    base = f"http://127.0.0.1:{port}/api/v1/namespaces"
    requests = [
        ("GET", base, b""),
        ("POST", f"{base}/default/batch-operations/x1", json.dumps(_BATCH).encode()),
    ]
    refused = 0
    for method, url, body in requests:
        try:
            async with http.request(method, url, data=body, headers=headers) as answer:
                assert answer.status in (400, 403, 404), (url, host, answer.status)
                refused += answer.status in (400, 403)
        except aiohttp.ClientError:
            continue  # gRPC, which no web page can speak
    return refused


async def test_settings_of_the_server_can_be_added(tmp_path: Path) -> None:
    wanted = {"limit.historyCount.suggestContinueAsNew": 1}
    async with EmbeddedTemporal(
        tmp_path / "temporal.db", time_skipping=True, dynamic_config=wanted
    ) as server:
        assert server.process.pid is not None
        argv = argv_of(server.process.pid)
        assert "limit.historyCount.suggestContinueAsNew=1" in argv
        assert "frontend.WorkflowTimeSkippingEnabled=true" in argv
        assert 'history.timerProcessorMaxTimeShift="100ms"' in argv


async def test_a_second_instance_on_one_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path / "temporal.db") as first:
        second = EmbeddedTemporal(tmp_path / "." / "temporal.db")
        with pytest.raises(FolderInUse, match=f"in use by another smot \\(process {os.getpid()}\\)"):
            await second.start()
        await begin(first.address, "order/2")
        assert await known(first.address, "order/2")


async def test_kill_minus_nine_of_the_parent_leaves_no_orphan_and_the_folder_usable(tmp_path: Path) -> None:
    db = tmp_path / "temporal.db"
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(db), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid, address = (await asyncio.wait_for(parent.stdout.readline(), PATIENCE)).decode().split()
    await begin(address, "order/3")
    assert alive(int(pid))
    parent.kill()
    await parent.wait()
    await until(lambda: not alive(int(pid)), within=5)
    async with EmbeddedTemporal(db) as server:
        assert await known(server.address, "order/3")


async def test_a_killed_server_restarts_on_its_port_with_its_orders(tmp_path: Path) -> None:
    calls: list[str] = []
    async with EmbeddedTemporal(tmp_path / "temporal.db") as server:
        address, old = server.address, server.process.pid
        assert old is not None
        await begin(address, "order/4")
        async with kept(server, lambda: calls.append("down"), lambda: calls.append("up")):
            for _ in range(2):
                pid = server.process.pid
                assert pid is not None
                calls.clear()
                os.kill(pid, signal.SIGKILL)
                await until(lambda: "up" in calls, within=20)
                assert calls == ["down", "up"]
                assert await known(address, "order/4")
        assert server.address == address
        new = server.process.pid
        assert new not in (None, old)
    assert new is not None
    assert not alive(new)


async def test_a_port_that_is_taken_is_named_and_the_folder_is_free_again(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            await EmbeddedTemporal(tmp_path / "temporal.db", port=port).start()
    async with EmbeddedTemporal(tmp_path / "temporal.db", port=port) as server:
        assert server.address == f"127.0.0.1:{port}"


async def test_the_program_is_the_one_that_was_set_or_an_error(tmp_path: Path) -> None:
    assert find_temporal() == Path(sys.executable).parent / "temporal"
    with pytest.raises(TemporalNotFound, match="nowhere"):
        find_temporal(tmp_path / "nowhere")
    mine = tmp_path / "mine"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    assert find_temporal(mine) == mine


async def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").mkdir()
    server = EmbeddedTemporal(tmp_path / "temporal.db")
    with pytest.raises(
        ProcessStartFailed, match=r"Temporal server ended with code \d+ while starting; log .+: .+"
    ):
        await server.start()


async def never() -> bool:
    return False


async def always() -> bool:
    return True


async def test_a_program_that_never_becomes_ready_is_stopped(tmp_path: Path) -> None:
    child = ManagedProcess("sleeper", ["sleep", "60"], tmp_path / "log", never, start_timeout=0.3)
    starting = asyncio.create_task(child.start())
    await until(lambda: child.pid is not None)
    pid = child.pid
    assert pid is not None
    with pytest.raises(ProcessStartFailed, match=r"not ready within 0\.3 s"):
        await starting
    assert not alive(pid)


async def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"

    async def logged() -> bool:
        return "deaf" in log.read_text()

    script = "trap '' TERM; echo deaf; while :; do sleep 1; done"
    child = ManagedProcess("deaf", ["sh", "-c", script], log, logged, stop_timeout=0.2)
    await child.start()
    await child.stop()
    assert await child.wait_exited() == -signal.SIGKILL
    await child.stop()


async def test_our_settings_do_not_reach_the_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMOT_SECRET", "hush")
    child = ManagedProcess(
        "environment", ["sh", "-c", "env; echo printed; exec sleep 60"], tmp_path / "log", always
    )
    await child.start()
    await until(lambda: "printed" in child.log.read_text())
    await child.stop()
    assert "hush" not in child.log.read_text()


async def test_the_watchdog_for_other_systems_kills_the_program_with_its_parent(tmp_path: Path) -> None:
    shim = Path(__file__).parents[2] / "runtime" / "processes" / "die_with_parent.py"
    note = tmp_path / "pid"
    script = f"echo $$ > {note}; exec sleep 60"
    parent = await asyncio.create_subprocess_exec(
        *("sh", "-c", f'"$0" -I -S {shim} watch $$ sh -c "$1" & wait', sys.executable, script)
    )
    await until(lambda: note.exists() and note.read_text().strip() != "")
    program = int(note.read_text())
    assert alive(program)
    parent.kill()
    await parent.wait()
    await until(lambda: not alive(program), within=5)


async def test_the_sandbox_payments_run_as_a_child_too(tmp_path: Path) -> None:
    port = choose_port()
    child = payment_sandbox(tmp_path / "psp.db", port)
    await child.start()
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/faults") as answer:
        assert await answer.json() == {"faults": []}
    await child.stop()
    assert await child.wait_exited() == 0


async def test_a_stopped_server_accepts_no_connection(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path / "temporal.db") as server:
        address = server.address
    with pytest.raises((RuntimeError, RPCError)):
        await asyncio.wait_for(Client.connect(address), 5)
