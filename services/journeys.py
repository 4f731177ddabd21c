"""The client of journeys: commands as updates, external events as signals, queries.

A journey at rest is started again by an update or a signal, and loads its snapshot.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain import keys
from domain.journey.commands import name_of
from domain.journey.external_events import ExternalEvent
from domain.journey.order_view import OrderView
from domain.model.command import Command
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Violation, refused
from failpoints.points import hit
from workflows.journey_input import JourneyInput
from workflows.order_journey import OrderJourney

T = TypeVar("T")
TASK_QUEUE = "smot"
# The run ended, continued as new or was full at that moment: the same update id may be sent again.
_RETRYABLE_STATUSES = {
    RPCStatusCode.ABORTED,
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.ALREADY_EXISTS,
}
_QUERY_POLL_INTERVAL = 0.05  # seconds between queries to a run that has just begun
_FIRST_RUN_ONLY = WorkflowIDReusePolicy.REJECT_DUPLICATE
_RETRYABLE_FAILURES = {"AcceptedUpdateCompletedWorkflow", "UnprocessedUpdate"}


class JourneyUnavailable(Exception):
    """Temporal or the worker gave no answer in time. The command may still be executed; the same one may be sent again."""


class Journeys:
    """The client of `OrderJourney`. `timeout`: how long any request may take."""

    def __init__(self, client: Client, timeout: timedelta = timedelta(seconds=5)) -> None:
        self._client = client
        self._timeout = timeout.total_seconds()

    async def start(self, merchant: str, order: str, state: JourneyState | None = None) -> None:
        """Have the journey of a placed order running; again is a no-op. Raises JourneyUnavailable.

        state: the one that was placed, so that the run begins without reading it. Another run may have begun meanwhile, woken
          by an event or by housekeeping. Then nothing is started: its state is newer. Should this one ever be older than what
          is written, the first commit is superseded and the run loads what is written.
        Without it the run loads the snapshot. It may be the order's second run, as after Temporal's database was lost.
        """
        policy = WorkflowIDReusePolicy.ALLOW_DUPLICATE if state is None else _FIRST_RUN_ONLY
        with suppress(WorkflowAlreadyStartedError):
            await self._with_timeout(
                self._client.start_workflow(
                    OrderJourney.run,
                    JourneyInput(merchant=merchant, order=order, carried=state),
                    id=keys.workflow_id(merchant, order),
                    task_queue=TASK_QUEUE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=policy,
                    priority=Priority(fairness_key=merchant),
                )
            )

    async def execute(self, merchant: str, order: str, command: Command, attempt: int = 0) -> CommandResult:
        """Execute the command once per `command_id`; a refusal is a result. Raises JourneyUnavailable.

        `attempt`: another number for a refused command with other content; Temporal would repeat the refusal otherwise.
        """
        update = name_of(command)
        update_id = keys.update_id(command.command_id, attempt)
        return await self._with_timeout(
            self._retry_until_answered(lambda: self._update(merchant, order, update, update_id, command))
        )

    async def signal(self, merchant: str, order: str, event: ExternalEvent) -> None:
        """Send an external event; it is durable when this returns. Raises JourneyUnavailable."""
        await self._with_timeout(self._signal_with_start(merchant, order, event))

    async def request_continue_as_new(self, merchant: str, order: str) -> None:
        """Have an open run continue as new. Raises JourneyUnavailable."""
        handle = self._client.get_workflow_handle(keys.workflow_id(merchant, order))
        await self._with_timeout(handle.signal(OrderJourney.request_continue_as_new))

    async def query(self, merchant: str, order: str) -> OrderView:
        """The live view, from the journey itself. Raises JourneyUnavailable, also when no history is kept any more."""
        handle = self._client.get_workflow_handle(keys.workflow_id(merchant, order))
        return await self._with_timeout(_once_loaded(lambda: handle.query(OrderJourney.view)))

    async def wait_until_idle(self, merchant: str, order: str) -> None:
        """Wait until all events sent before are written and what they made due is done. Raises JourneyUnavailable."""
        handle = self._client.get_workflow_handle(keys.workflow_id(merchant, order))
        await self._with_timeout(
            _wait_until(lambda: _once_loaded(lambda: handle.query(OrderJourney.is_idle)))
        )

    async def reachable(self) -> bool:
        """Whether Temporal's frontend answers."""
        try:
            async with asyncio.timeout(2.0):
                return await self._client.service_client.check_health()
        except (TimeoutError, RPCError):
            return False

    async def last_worker_poll(self) -> datetime | None:
        """When a worker last polled our workflow tasks; None when none did. Raises JourneyUnavailable."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        queue = await self._with_timeout(self._client.workflow_service.describe_task_queue(request))
        return max((poller.last_access_time.ToDatetime(UTC) for poller in queue.pollers), default=None)

    async def _update(
        self, merchant: str, order: str, update: str, update_id: str, command: Command
    ) -> CommandResult:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            OrderJourney.run,
            JourneyInput(merchant=merchant, order=order),
            id=keys.workflow_id(merchant, order),
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            priority=Priority(fairness_key=merchant),
        )
        hit("command.sent")
        answer: CommandResult = await self._client.execute_update_with_start_workflow(
            update, args=[command], id=update_id, start_workflow_operation=start, result_type=CommandResult
        )
        return answer

    async def _signal_with_start(self, merchant: str, order: str, event: ExternalEvent) -> None:
        await self._client.start_workflow(
            OrderJourney.run,
            JourneyInput(merchant=merchant, order=order),
            id=keys.workflow_id(merchant, order),
            task_queue=TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal=OrderJourney.apply_event.__name__,
            start_signal_args=[event],
            priority=Priority(fairness_key=merchant),
        )

    async def _retry_until_answered(self, send: Callable[[], Awaitable[CommandResult]]) -> CommandResult:
        """Only what is keyed, or was certainly not executed, is sent again."""
        pause = 0.02
        while True:
            try:
                return await send()
            except WorkflowUpdateFailedError as failure:
                cause = failure.cause
                kind = cause.type if isinstance(cause, ApplicationError) else None
                if kind == "Refused":
                    assert isinstance(cause, ApplicationError)
                    return refused(*(Violation.model_validate(one) for one in cause.details))
                if kind not in _RETRYABLE_FAILURES:
                    raise
            except WorkflowUpdateRPCTimeoutOrCancelledError as failure:
                raise JourneyUnavailable from failure
            except RPCError as failure:
                if failure.status not in _RETRYABLE_STATUSES:
                    raise JourneyUnavailable(failure.status.name) from failure
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.5)

    async def _with_timeout(self, awaitable: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._timeout):
                return await awaitable
        except TimeoutError as failure:
            raise JourneyUnavailable from failure
        except RPCError as failure:
            raise JourneyUnavailable(failure.status.name) from failure


async def _wait_until(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():  # noqa: ASYNC110 - a query can only be repeated
        await asyncio.sleep(0.01)


async def _once_loaded(query: Callable[[], Awaitable[T]]) -> T:
    """The answer to a query, which is sent again while it fails, as each does of a run that has not loaded its snapshot yet."""
    while True:
        try:
            return await query()
        except WorkflowQueryFailedError:
            await asyncio.sleep(_QUERY_POLL_INTERVAL)
