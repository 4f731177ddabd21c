"""The floor's worker, and one lifecycle on it: `python -m tests.bench.floor ADDRESS READY_FILE` works until SIGTERM."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import Priority, WorkflowIDConflictPolicy
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from tests.bench.floor_workflow import FloorJourney, commit, load, pay
from tests.bench.until_stopped import until_stopped

TASK_QUEUE = "floor"
SCANS = ("in_transit", "delivered")


async def run_lifecycle(client: Client, name: str) -> None:
    """One lifecycle: the same messages in the same order as tests.bench.lifecycles sends to a real journey."""
    start: WithStartWorkflowOperation[FloorJourney, None] = WithStartWorkflowOperation(
        FloorJourney.run,
        name,
        id=name,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        priority=Priority(fairness_key="floor"),
    )
    await client.execute_update_with_start_workflow(FloorJourney.place, start_workflow_operation=start)
    handle = await start.workflow_handle()
    await handle.execute_update(FloorJourney.execute, "register")
    for word in SCANS:
        await handle.signal(FloorJourney.receive, word)
        await handle.execute_update(FloorJourney.execute, "note")
    for word in ("open", "drop", "receive"):
        await handle.execute_update(FloorJourney.execute, word)
    await handle.signal(FloorJourney.receive, "rest")
    await handle.result()


async def work(address: str, ready: Path) -> None:
    """With the settings of the real worker: see runtime/processes/worker.py."""
    client = await Client.connect(address)
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[FloorJourney],
        activities=[load, commit, pay],
        workflow_runner=SandboxedWorkflowRunner(),
        max_cached_workflows=2000,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=timedelta(seconds=2),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=3),
    )
    async with worker:
        ready.write_text(str(os.getpid()))
        await until_stopped()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2])))
    os._exit(0)
