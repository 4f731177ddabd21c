"""The sources that `smot verify` reads: our database, and independently the payment provider's and Temporal's records."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from store.engine.database import Database
from store.idempotency import StoreIdempotency


class ProviderRefund(BaseModel):
    """One refund in the provider's list. `metadata["leg"]` is its key, for refunds that this system requested."""

    id: str
    payment: str
    amount: int
    currency: str
    metadata: dict[str, str] = {}

    @property
    def leg(self) -> str:
        """The key of the leg that it was made for; empty for other refunds."""
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


def by_leg(refunds: list[ProviderRefund]) -> dict[str, list[ProviderRefund]]:
    """Refunds by the key of their leg; those without a leg under the empty key."""
    grouped: dict[str, list[ProviderRefund]] = defaultdict(list)
    for refund in refunds:
        grouped[refund.leg].append(refund)
    return dict(grouped)
