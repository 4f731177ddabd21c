"""A deployment that can be hurt: short patience with its payment provider, and a worker that dies where a test wants it to."""

from pathlib import Path

from tests.scenarios.deployment import Deployment

POINTS = ("pay.reserved", "pay.sent", "pay.called", "pay.posted", "commit.persisted")


class CrashingDeployment(Deployment):
    """Every point is armed and already spent; a test unspends the one it wants, and it goes off once."""

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
                "SMOT_FAILPOINTS": armed,
                "SMOT_FAILPOINTS_ONCE": str(self._spent),
            },
            database,
        )

    def kill_worker_at(self, point: str) -> None:
        """The next time the worker comes there it dies."""
        (self._spent / point).unlink()

    def fired(self, point: str) -> bool:
        return (self._spent / point).exists()

    def reserved(self, merchant: str) -> int:
        """Minor units reserved for payments that are neither made nor given up, as the books have it."""
        return -self._balance(merchant, "reserved/%")

    def refundable_on_tenders(self, merchant: str) -> int:
        """Minor units that the books would still give back."""
        return -self._balance(merchant, "tender/%")

    def _balance(self, merchant: str, account: str) -> int:
        query = "SELECT coalesce(sum(minor), 0) FROM ledger_postings WHERE merchant = ? AND account LIKE ?"
        return int(self.rows(query, merchant, account)[0][0])
