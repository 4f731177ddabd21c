"""The sources that `smot verify` reads: our database, and independently the payment provider's and Temporal's records.

Everything is read in pages or for one batch of orders at a time, so that the memory does not grow with the deployment.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from store.engine.database import Database
from store.idempotency import StoreIdempotency
from store.inbox.inbox import Inbox


class RecordedRefund(BaseModel):
    """One refund in the provider's list. `metadata["leg"]` is its key, for refunds that this system requested.

    status: succeeded, pending or failed.
    """

    id: str
    payment: str
    amount: int
    currency: str
    metadata: dict[str, str] = {}
    status: str = "succeeded"

    @property
    def leg(self) -> str:
        """The key of the leg that it was made for; empty for other refunds."""
        return self.metadata.get("leg", "")


class ProviderPayment(BaseModel):
    """A payment as the provider has it: what it took, and how much of that went back, by whomever."""

    id: str
    amount: int
    currency: str
    refunded: int


class ProviderRecords(BaseModel):
    """What the provider has of some payments and legs."""

    payments: list[ProviderPayment] = []
    refunds: list[RecordedRefund] = []


class ProviderSource(Protocol):
    """A payment provider that can look up payments and list every refund it has made."""

    async def find_records(self, payments: Collection[str], legs: Collection[str]) -> ProviderRecords:
        """These payments, and the refunds of these payments or with one of these keys."""

    def refund_pages(self) -> AsyncIterator[list[RecordedRefund]]:
        """Every refund, in pages."""


class FailingJourney(BaseModel):
    """A journey whose workflow task fails again and again. `problem`: as Temporal names it."""

    id: str
    problem: str


class JourneySource(Protocol):
    """The runs of journeys, as Temporal has them."""

    async def runs_of(self, workflow_ids: Collection[str]) -> Counter[str]:
        """Open runs of these journeys; 0 for a journey that has only ended ones."""

    def open_run_pages(self) -> AsyncIterator[list[str]]:
        """The workflow id of every open run, in pages."""

    async def failing(self) -> list[FailingJourney]:
        """The journeys that make no progress because their task fails; the first thousand."""


@dataclass(frozen=True)
class VisibleRun:
    """One run as Temporal's list shows it to every operator."""

    id: str
    run_id: str
    memo: str = ""
    attributes: str = ""
    started_at: datetime | None = None


class VisibilitySource(Protocol):
    """The newest runs, as operators see them."""

    async def newest_runs(self) -> list[VisibleRun]: ...


@dataclass(frozen=True)
class Sources:
    """Read access to everything that an invariant is about.

    inbox: opens the bodies of deliveries.
    logs: log files on this machine; none for a cluster.
    """

    database: Database
    provider: ProviderSource
    journeys: JourneySource
    answers: StoreIdempotency
    inbox: Inbox
    visibility: VisibilitySource | None = None
    logs: Sequence[Path] = field(default=())
