"""A real cluster as processes on loopback: two APIs, two worker deployments, one Temporal, one provider, on PostgreSQL."""

import asyncio
import base64
import json
import os
import secrets
import signal
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import IO, Any

import aiohttp
import psutil

from runtime.config.ports import HOST, choose_port
from runtime.processes.embedded_temporal import EmbeddedTemporal
from runtime.processes.managed_process import ManagedProcess, keep_running
from runtime.processes.simulators import payment_sandbox
from tests.databases import Reader, rows, setting
from tests.patience import PATIENCE
from tests.scenarios.command_line import fork_smot, smot

_PROGRAMS = {
    "worker": "runtime.processes.worker_process",
    "dispatcher": "runtime.processes.dispatcher_process",
}


class PreloadedProcess(ManagedProcess):
    """A command of `smot`, whose words it is given, in a process that begins with everything imported."""

    async def _exec(self, out: IO[Any], environment: Mapping[str, str]) -> Any:
        with open(os.devnull, "rb") as nothing:  # noqa: ASYNC230 - no wait
            return await fork_smot(self.argv, environment, (nothing, out, out))


class Cluster:
    """Its parts by name: `temporal`, `payments`, `api-1`…, `supervisor-1`… (each a `smot worker`), `worker-1`…, `dispatcher-1`….

    `database`: an empty PostgreSQL database by URL. `env`: arms failpoints or changes settings. Each part that dies is
    started again, as an orchestrator would: Temporal, provider, APIs and supervisors by us, the others by their supervisor.
    """

    def __init__(
        self, data: Path, database: str, env: Mapping[str, str] | None = None,
        *, apis: int = 2, supervisors: int = 2, processes: int = 1,
    ) -> None:  # fmt: skip
        self.data, self.database = data, database
        self._apis, self._supervisors, self._processes = apis, supervisors, processes
        self._keepers: list[asyncio.Task[None]] = []
        self._children: dict[str, ManagedProcess] = {}
        self._temporal = EmbeddedTemporal(data / "temporal.db")
        self._psp_port = choose_port()
        self.env = {
            "SMOT_DATABASE": setting(database),
            "SMOT_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "SMOT_PSP": f"http://{HOST}:{self._psp_port}",
            "SMOT_DATA": str(data),
            "SMOT_PORT": "0",
            **(env or {}),
        }
        self.admin_key = ""
        self.bases: list[str] = []
        self._turn = cycle([""])

    @property
    def addresses(self) -> dict[str, str]:
        """The fields of a deployment; each read of `api` returns the next of the APIs."""
        return {"api": next(self._turn), "psp": self.env["SMOT_PSP"], "data": str(self.data)}

    @property
    def temporal(self) -> str:
        return self._temporal.address

    async def open(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        payments = payment_sandbox(self.data / "psp.db", self._psp_port)
        await asyncio.gather(self._temporal.start(), payments.start(), self.smot("migrate"))
        self.env["TEMPORAL_ADDRESS"] = self._temporal.address
        self.admin_key = (await self.smot("keys", "admin")).strip()
        self._children = {"temporal": self._temporal.process, "payments": payments}
        for number in range(1, self._apis + 1):
            port = choose_port()
            self.bases.append(f"http://{HOST}:{port}")
            self._children[f"api-{number}"] = self._api(f"api-{number}", port)
        for number in range(1, self._supervisors + 1):
            name = f"supervisor-{number}"
            self._children[name] = self._supervisor(name)
        self._turn = cycle(self.bases)
        await asyncio.gather(*(child.start() for child in self._children.values() if child.pid is None))
        self._keepers = [asyncio.create_task(keep_running(child)) for child in self._children.values()]

    async def close(self) -> dict[str, int]:
        """Ask every part to end. Returns exit codes by name."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        own = {name: one for name, one in self._children.items() if name != "temporal"}
        await asyncio.gather(*(part.stop() for part in own.values()))
        await self._temporal.stop()
        return {name: await one.wait_exited() for name, one in own.items()}

    def parts(self) -> dict[str, int]:
        """Process ids of all running parts."""
        pids = {name: one.pid for name, one in self._children.items() if one.pid is not None}
        counted = dict.fromkeys(_PROGRAMS, 0)
        for name in [name for name in pids if name.startswith("supervisor")]:
            for kind, pid in _programs_below(pids[name]):
                counted[kind] += 1
                pids[f"{kind}-{counted[kind]}"] = pid
        return pids

    async def terminate(self, name: str) -> int:
        """SIGTERM to a part that we run. Returns its exit code. It is started again, as every part is."""
        child = self._children[name]
        ended = asyncio.create_task(child.wait_exited())
        await asyncio.sleep(0)  # waits for this process, not for the one after it
        os.kill(self.parts()[name], signal.SIGTERM)
        return await asyncio.wait_for(ended, PATIENCE)

    async def smot(self, *words: str) -> str:
        """The output of a command; it must succeed."""
        code, out, err = await self.run_smot(*words)
        assert code == 0, err
        return out

    async def run_smot(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error of a command with this cluster's settings."""
        return await smot(*words, env=self.env)

    def reader(self) -> Reader:
        return Reader(self.database)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return rows(self.database, query, *values)

    def _api(self, name: str, port: int) -> ManagedProcess:
        async def ready() -> bool:
            try:
                async with (
                    aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as http,
                    http.get(f"http://{HOST}:{port}/healthz") as answer,
                ):
                    return answer.status == 200
            except (aiohttp.ClientError, TimeoutError):
                return False

        return self._part(name, ("serve", "--port", str(port), "--json"), ready)

    def _supervisor(self, name: str) -> ManagedProcess:
        async def ready() -> bool:
            pid = child.pid
            return (
                pid is not None
                and len(_programs_below(pid)) > self._processes
                and self._reports_children(name, pid)
            )

        child = self._part(name, ("worker", "--processes", str(self._processes), "--json"), ready)
        return child

    def _reports_children(self, name: str, pid: int) -> bool:
        """Its newest ready line names the processes that run beneath it now."""
        lines = (self.data / f"{name}.log").read_text(errors="replace").splitlines()
        ready_lines = [line for line in lines if line.startswith("ready ")]
        if not ready_lines:
            return False
        named = set(json.loads(ready_lines[-1].removeprefix("ready "))["processes"].values())
        return named == {one for _, one in _programs_below(pid)}

    def _part(self, name: str, words: Sequence[str], ready: Any) -> ManagedProcess:
        log = self.data / f"{name}.log"
        return PreloadedProcess(name, words, log, ready, start_timeout=90, stop_timeout=40, env=self.env)


def _programs_below(supervisor: int) -> list[tuple[str, int]]:
    """The programs of a `smot worker`, by kind."""
    programs: list[tuple[str, int]] = []
    try:
        children = psutil.Process(supervisor).children()
    except psutil.NoSuchProcess:
        return programs
    for child in children:
        try:
            words = child.cmdline()
        except psutil.Error:
            continue
        programs += [(kind, child.pid) for kind, module in _PROGRAMS.items() if module in words]
    return programs
