"""The runs of journeys, as Temporal lists them."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Collection
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain import keys
from runtime.verify.sources import FailingJourney, VisibleRun

_MAX_RUNS: Final = 10_000  # runs; older ones were checked when they were new
_MAX_FAILING: Final = 1_000
_PAGE: Final = 500
_RUNNING: Final = "ExecutionStatus = 'Running'"
# Set by the server after five failures of a task in a row, and removed when one succeeds. Servers before 1.30 have it not.
_PROBLEMS: Final = "TemporalReportedProblems"


class TemporalJourneys:
    """Temporal's list of journeys. It lags a moment behind, so `verify` reads it twice."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open_runs(self) -> Counter[str]:
        """Open runs of journeys, per workflow id."""
        return Counter([name async for page in self.open_run_pages() for name in page])

    async def runs_of(self, workflow_ids: Collection[str]) -> Counter[str]:
        """Open runs of these journeys; 0 for a journey that has only ended ones."""
        found: Counter[str] = Counter()
        if workflow_ids:
            names = ", ".join(f"'{name}'" for name in workflow_ids)
            async for run in self._client.list_workflows(f"WorkflowId IN ({names})"):
                found[run.id] += run.status is WorkflowExecutionStatus.RUNNING
        return found

    async def open_run_pages(self) -> AsyncIterator[list[str]]:
        """The workflow id of every open run of a journey, in pages."""
        page: list[str] = []
        async for run in self._client.list_workflows(_RUNNING, page_size=_PAGE):
            if run.id.startswith(keys.WORKFLOW_ID_PREFIX):
                page.append(run.id)
            if len(page) == _PAGE:
                yield page
                page = []
        yield page

    async def failing(self) -> list[FailingJourney]:
        """Journeys whose workflow task fails again and again."""
        runs = self._client.list_workflows(f"{_RUNNING} AND {_PROBLEMS} IS NOT NULL", limit=_MAX_FAILING)
        try:
            return [
                FailingJourney(id=run.id, problem=", ".join(map(str, run.search_attributes[_PROBLEMS])))
                async for run in runs
                if run.id.startswith(keys.WORKFLOW_ID_PREFIX)
            ]
        except RPCError as problem:
            if problem.status is RPCStatusCode.INVALID_ARGUMENT:
                return []
            raise

    async def newest_runs(self) -> list[VisibleRun]:
        """The newest runs, open or not."""
        visible = []
        async for run in self._client.list_workflows(limit=_MAX_RUNS):
            memo = json.dumps(await run.memo(), default=str, ensure_ascii=False)
            attributes = " ".join(str(pair.value) for pair in run.typed_search_attributes)
            visible.append(VisibleRun(run.id, run.run_id, memo, attributes, run.start_time))
        return visible
