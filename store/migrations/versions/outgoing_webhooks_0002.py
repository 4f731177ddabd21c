"""Outgoing webhooks: endpoints, events and deliveries."""

import sqlalchemy as sa
from alembic import op

from store.migrations.versions.initial_0001 import blob, instant, key, number, text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        *(key("id"), text("merchant"), text("url"), text("events"), blob("secrets"), text("status")),
        *(text("reason"), number("failures"), instant("failing_since", nullable=True), instant("created_at")),
    )
    op.create_index("ix_webhook_endpoints_list", "webhook_endpoints", ["merchant", "created_at"])
    op.create_table(
        "webhook_events",
        *(number("id", primary_key=True), text("event"), text("merchant"), text("order"), text("subject")),
        *(text("type"), number("seq"), text("body"), instant("created_at")),
        sa.UniqueConstraint("event"),
    )
    op.create_index("ix_webhook_events_list", "webhook_events", ["merchant", "created_at"])
    op.create_index("ix_webhook_events_order", "webhook_events", ["merchant", "order"])
    op.create_table(
        "webhook_deliveries",
        *(key("endpoint"), number("event", primary_key=True, autoincrement=False), text("merchant")),
        *(text("order"), text("status"), text("reason"), number("attempts")),
        *(number("last_status", nullable=True), instant("created_at"), instant("not_before")),
        *(instant("lease_until", nullable=True), instant("ended_at", nullable=True)),
    )
    work = {
        "work": ["endpoint", "status", "not_before"],
        "order": ["endpoint", "order", "status", "event"],
        "event": ["event"],
        "age": ["status", "created_at"],
    }
    for name, columns in work.items():
        op.create_index(f"ix_webhook_deliveries_{name}", "webhook_deliveries", columns)


def downgrade() -> None:
    for table in ("webhook_deliveries", "webhook_events", "webhook_endpoints"):
        op.drop_table(table)
