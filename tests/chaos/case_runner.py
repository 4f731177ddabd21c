"""Runs cases of the crash matrix on one stack, each with its own result."""

import asyncio
import shutil
import signal
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import BaseModel

from failpoints.catalogue import CALL_SITES
from tests.chaos.cases import CrashCase
from tests.chaos.killable_deployment import alive
from tests.chaos.lifecycle_runs import PLANS, LifecyclePlan, LifecycleRun, Step
from tests.chaos.stack import Stack

_REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=12)  # a client without an answer repeats its request
_NONDETERMINISM_CODE = (
    "TMPRL1100"  # what the SDK logs when a replayed journey issues other commands than its history has
)
_CASE_TIMEOUT = 600.0  # seconds for one run


class CaseResult(BaseModel):
    """The result of one case. `broken`: empty when it is clean; `took`: seconds; `fell`: parts that ended unkilled."""

    name: str
    description: str
    command: str
    broken: str = ""
    seconds: float = 0.0
    repeated: int = 0
    unexpected_exits: dict[str, int] = {}


class CaseRunner:
    """A stack is used for many cases, and thrown away after one that failed. Use as `async with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack: Stack | None = None
        self._baselines: dict[str, dict[str, Any]] = {}
        self._stacks = 0

    async def __aenter__(self) -> "CaseRunner":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.stack is not None:
            folder = self.stack.folder
            await self.stack.close()
            shutil.rmtree(folder, ignore_errors=True)

    async def run_case(self, case: CrashCase) -> CaseResult:
        """Run one case; never raises."""
        began = time.monotonic()
        verdict = CaseResult(name=case.name, description=str(case), command=case.command())
        try:
            stack = await self._ready()
            fell = stack.unexpected_exits.copy()
            async with asyncio.timeout(_CASE_TIMEOUT):
                verdict.repeated = await self._run(stack, case)
            verdict.unexpected_exits = dict(stack.unexpected_exits - fell)
        except Exception as broken:  # noqa: BLE001 - whatever it is, it is this run's verdict
            where = self.stack.folder if self.stack else self.folder
            said = (
                "".join(traceback.format_exception(broken)) if not isinstance(broken, AssertionError) else ""
            )
            verdict.broken = f"{said or broken or type(broken).__name__}\nlogs: {where}"
            await self._throw_away()
        verdict.seconds = round(time.monotonic() - began, 2)
        return verdict

    async def _throw_away(self) -> None:
        if self.stack is not None:
            with suppress(Exception):
                await self.stack.close()
            self.stack = None

    async def _ready(self) -> Stack:
        if self.stack is None:
            self._stacks += 1
            self.stack = Stack(self.folder / f"stack-{self._stacks}")
            await self.stack.open()
        return self.stack

    async def baseline(self, stack: Stack, plan: LifecyclePlan) -> dict[str, Any]:
        """The outcome of that lifecycle without a kill; checked against the refunds that the plan expects of the provider."""
        if plan.name not in self._baselines:
            async with aiohttp.ClientSession(timeout=_REQUEST_TIMEOUT) as http:
                story = await LifecycleRun.create(stack, http, plan)
                await story.run()
                outcome = await story.outcome()
            assert tuple(outcome["provider"]) == plan.at_provider, outcome
            self._baselines[plan.name] = outcome
        return self._baselines[plan.name]

    async def _run(self, stack: Stack, case: CrashCase) -> int:
        plan = next(plan for plan in PLANS if plan.name == case.plan)
        expected = await self.baseline(stack, plan)
        striking: list[asyncio.Task[None]] = []

        def before(step: Step) -> None:
            if step == case.step:
                stack.arm(case.at)
                striking.append(asyncio.create_task(inject_fault(stack, case)))

        async with aiohttp.ClientSession(timeout=_REQUEST_TIMEOUT) as http:
            lifecycle = await LifecycleRun.create(stack, http, plan)
            running = asyncio.create_task(lifecycle.run(before))
            try:
                await _until_both_done(running, striking)
                assert stack.reached(case.at), f"no process reached {case.at}"
                await asyncio.gather(*striking)
                outcome = await lifecycle.outcome()
            finally:
                running.cancel()
                for one in striking:
                    one.cancel()
                await asyncio.gather(running, *striking, return_exceptions=True)
        differences = {
            what: (outcome[what], expected[what]) for what in expected if outcome[what] != expected[what]
        }
        assert not differences, f"found, expected: {differences}"
        report = await stack.run_verify()
        assert not report.broken, "\n".join(f"{one.invariant} {one.message}" for one in report.broken)
        assert _NONDETERMINISM_CODE not in (stack.folder / "worker.log").read_text(errors="replace"), (
            "a replay differed"
        )
        return lifecycle.repeated


async def _until_both_done(running: asyncio.Task[None], strikes: list[asyncio.Task[None]]) -> None:
    """Wait until the lifecycle is done and the kill is over; the first failure is raised."""
    while not running.done():
        await asyncio.wait({running, *strikes}, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
        if any(strike.done() and strike.exception() for strike in strikes):
            break
        if all(strike.done() for strike in strikes) and strikes:
            await asyncio.wait({running})
    for one in strikes:
        if one.done():
            one.result()
    running.result()


async def inject_fault(stack: Stack, case: CrashCase) -> None:
    """Wait until a process pauses at the point, kill the target, and let all resume. Raises when no process gets there."""
    try:
        standing = await stack.until_paused(case.at)
        who = CALL_SITES[case.at].process
        assert standing == stack.pids[who], f"{case.at} was reached by process {standing}, not by the {who}"
        stack.send_signal(case.target, case.mode)
        itself = case.target == who
        if case.resumes_first or (itself and case.mode != signal.SIGKILL):
            stack.disarm(case.at)  # a process that is asked to end while paused must be able to
        await asyncio.sleep(case.down_seconds)
        await stack.restore(case.target, case.mode)
        if itself and case.mode != signal.SIGSTOP:
            assert not alive(standing)
    finally:
        stack.disarm(case.at)
