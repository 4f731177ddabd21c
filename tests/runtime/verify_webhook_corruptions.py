"""One corrupted fact per row, and the sentence with which `verify` must name it: outgoing webhooks."""

from sqlalchemy import text

from tests.runtime.verified_deployment import VerifiedDeployment


async def names(deployment: VerifiedDeployment, status: str) -> dict[str, str]:
    """The first delivery with that status: its event and endpoint, as sentences name them."""
    query = text(
        "SELECT e.event, d.endpoint FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event"
        " WHERE d.status = :status ORDER BY d.event"
    )
    async with deployment.database.read() as session:
        rows = await (await session.connection()).execute(query, {"status": status})
    event, endpoint = rows.all()[0]
    return {"event": event, "endpoint": endpoint}


# The status of the row that is corrupted, the corruption, and the sentence about that row.
WEBHOOK_CORRUPTIONS: list[tuple[str, str, str]] = [
    (
        "delivered",
        "UPDATE webhook_deliveries SET last_status = 302 WHERE status = 'delivered'",
        "is delivered and was answered 302",
    ),
    (
        "delivered",
        "UPDATE webhook_deliveries SET ended_at = NULL WHERE status = 'delivered'",
        "is delivered and was answered 204",
    ),
    (
        "dead",
        "UPDATE webhook_deliveries SET reason = '' WHERE status = 'dead'",
        "is dead without a reason",
    ),
    (
        "delivered",
        "UPDATE webhook_deliveries SET status = 'lost' WHERE status = 'delivered'",
        "has the unknown status lost",
    ),
    (
        "queued",
        "UPDATE webhook_deliveries SET not_before = '2026-01-01 00:00:00.000000' WHERE status = 'queued'",
        "is still queued although the system is idle",
    ),
    (
        "queued",
        "UPDATE webhook_deliveries SET not_before = '2126-01-01 00:00:00.000000' WHERE status = 'queued'",
        "is not tried again before 2126-01-01T00:00:00+00:00",
    ),
    (
        "queued",
        "UPDATE webhook_deliveries SET attempts = 11, lease_until = NULL WHERE status = 'queued'",
        "was tried 11 times and is not dead",
    ),
    ("delivered", "DELETE FROM webhook_endpoints", "is for an endpoint that does not exist"),
]
