"""A deployment for failures: a short timeout of its payment provider, and a worker that dies where a test arms it."""

from pathlib import Path

from tests.scenarios.deployment import Deployment

POINTS = ("pay.reserved", "pay.sent", "pay.called", "pay.posted", "commit.persisted")


class CrashingDeployment(Deployment):
    """Every point is armed and already spent; a test arms the one it wants again, and it fires once."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        self._spent = data.parent / f"{data.name}.spent"
        self._spent.mkdir()
        for point in POINTS:
            (self._spent / point).touch()
        armed = ",".join(f"{point}=kill" for point in POINTS)
        super().__init__(
            data,
            {
                "SMOT_PROVIDER_TIMEOUT": "1",
                "SMOT_WEBHOOK_EGRESS": "anywhere",
                "SMOT_WEBHOOK_TIMEOUT": "1",
                "SMOT_FAILPOINTS": armed,
                "SMOT_FAILPOINTS_ONCE": str(self._spent),
            },
            database,
        )

    def kill_worker_at(self, point: str) -> None:
        """The next time the worker reaches that point it dies."""
        (self._spent / point).unlink()

    def fired(self, point: str) -> bool:
        return (self._spent / point).exists()

    def reserved(self, merchant: str) -> int:
        """Minor units reserved for payments that are neither settled nor released, by the ledger."""
        return -self._balance(merchant, "reserved/%")

    def refundable_on_tenders(self, merchant: str) -> int:
        """Minor units that the ledger could still refund."""
        return -self._balance(merchant, "tender/%")

    def _balance(self, merchant: str, account: str) -> int:
        query = "SELECT coalesce(sum(minor), 0) FROM ledger_postings WHERE merchant = ? AND account LIKE ?"
        return int(self.rows(query, merchant, account)[0][0])
