"""The sources that `smot verify` reads: our database, and independently the payment provider's and Temporal's records."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import aiohttp
from pydantic import BaseModel, Field
from temporalio.client import Client

from domain import keys
from store.engine.database import Database
from store.idempotency import StoreIdempotency

_MAX_RUNS: Final = 10_000  # runs; older ones were checked when they were new


class ProviderRefund(BaseModel):
    """One refund in the provider's list. `metadata["leg"]` is its key, for refunds that this system requested."""

    id: str
    payment: str
    amount: int
    currency: str
    metadata: dict[str, str] = {}

    @property
    def leg(self) -> str:
        return self.metadata.get("leg", "")


class RefundSource(Protocol):
    """A payment provider that can list every refund it has made."""

    async def refunds(self) -> list[ProviderRefund]: ...


class OpenRunSource(Protocol):
    """The runs of journeys."""

    async def open_runs(self) -> Counter[str]:
        """Open runs per workflow id."""


@dataclass(frozen=True)
class VisibleRun:
    """One run as Temporal's list shows it to every operator."""

    id: str
    run_id: str
    memo: str = ""
    attributes: str = ""


class VisibilitySource(Protocol):
    """The newest runs, as operators see them."""

    async def newest_runs(self) -> list[VisibleRun]: ...


@dataclass(frozen=True)
class Sources:
    """Read access to everything that an invariant is about. `logs`: log files on this machine; none for a cluster."""

    database: Database
    provider: RefundSource
    journeys: OpenRunSource
    answers: StoreIdempotency
    visibility: VisibilitySource | None = None
    logs: Sequence[Path] = ()


class _RefundPage(BaseModel):
    refunds: list[ProviderRefund]
    next: str = Field(min_length=1)
    more: bool


class SandboxProvider:
    """The sandbox provider's list of refunds, read page by page. `base`: its URL. Raises aiohttp.ClientError."""

    def __init__(self, base: str) -> None:
        self._url = f"{base.rstrip('/')}/refunds"

    async def refunds(self) -> list[ProviderRefund]:
        found: list[ProviderRefund] = []
        cursor, more = "0", True
        async with aiohttp.ClientSession(raise_for_status=True) as http:
            while more:
                async with http.get(self._url, params={"after": cursor}) as answer:
                    page = _RefundPage.model_validate_json(await answer.read())
                found += page.refunds
                cursor, more = page.next, page.more
        return found


class TemporalJourneys:
    """Temporal's list of journeys. It lags a moment behind, so `verify` reads it twice."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open_runs(self) -> Counter[str]:
        runs = self._client.list_workflows("ExecutionStatus = 'Running'")
        return Counter([run.id async for run in runs if run.id.startswith(keys.WORKFLOW_ID_PREFIX)])

    async def newest_runs(self) -> list[VisibleRun]:
        """The newest runs, open or not."""
        found = []
        async for run in self._client.list_workflows(limit=_MAX_RUNS):
            memo = json.dumps(await run.memo(), default=str, ensure_ascii=False)
            attributes = " ".join(str(pair.value) for pair in run.typed_search_attributes)
            found.append(VisibleRun(run.id, run.run_id, memo, attributes))
        return found

    async def count_journeys(self) -> int:
        """The number of journeys in Temporal, with or without an open run."""
        return len(
            {
                run.id
                async for run in self._client.list_workflows()
                if run.id.startswith(keys.WORKFLOW_ID_PREFIX)
            }
        )


def by_leg(refunds: list[ProviderRefund]) -> dict[str, list[ProviderRefund]]:
    """Refunds by the key of their leg; those without a leg under the empty key."""
    grouped: dict[str, list[ProviderRefund]] = defaultdict(list)
    for refund in refunds:
        grouped[refund.leg].append(refund)
    return dict(grouped)
