"""The runs of journeys, as Temporal lists them."""

import json
from collections import Counter
from typing import Final

from temporalio.client import Client

from domain import keys
from runtime.verify.sources import VisibleRun

_MAX_RUNS: Final = 10_000  # runs; older ones were checked when they were new


class TemporalJourneys:
    """Temporal's list of journeys. It lags a moment behind, so `verify` reads it twice."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open_runs(self) -> Counter[str]:
        """Open runs of journeys, per workflow id."""
        runs = self._client.list_workflows("ExecutionStatus = 'Running'")
        return Counter([run.id async for run in runs if run.id.startswith(keys.WORKFLOW_ID_PREFIX)])

    async def newest_runs(self) -> list[VisibleRun]:
        """The newest runs, open or not."""
        visible = []
        async for run in self._client.list_workflows(limit=_MAX_RUNS):
            memo = json.dumps(await run.memo(), default=str, ensure_ascii=False)
            attributes = " ".join(str(pair.value) for pair in run.typed_search_attributes)
            visible.append(VisibleRun(run.id, run.run_id, memo, attributes))
        return visible

    async def count_journeys(self) -> int:
        """The number of journeys in Temporal, with or without an open run."""
        return len(
            {
                run.id
                async for run in self._client.list_workflows()
                if run.id.startswith(keys.WORKFLOW_ID_PREFIX)
            }
        )
