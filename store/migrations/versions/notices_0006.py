"""How notices leave: held ones, messages of several, channels, preferences, and a budget per customer."""

import sqlalchemy as sa
from alembic import op

from store.engine.columns import UtcDateTime
from store.migrations.versions.initial_0001 import blob, instant, key, number, text

revision = "0006"
down_revision = "0005"

_NEW = ("customer", "sent_as", "channel", "bounced_channels")


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        for name in _NEW:
            outbox.add_column(sa.Column(name, sa.String, nullable=False, server_default=""))
        outbox.add_column(sa.Column("held_until", UtcDateTime, nullable=True))
        outbox.add_column(sa.Column("cap_day", sa.Date, nullable=True))
    op.create_index("ix_outbox_held", "outbox", ["merchant", "status", "held_until"])
    op.create_index("ix_outbox_sent_as", "outbox", ["merchant", "sent_as"])
    op.execute(
        "UPDATE outbox SET customer = COALESCE((SELECT customer FROM orders WHERE orders.id = outbox.\"order\"), '')"
    )
    op.create_table(
        "preferences",
        *(number("id", primary_key=True), text("merchant"), text("customer"), text("channel"), text("topic")),
        *(sa.Column("allowed", sa.Boolean, nullable=False), text("source"), text("role"), text("name")),
        *(instant("at"), instant("written_at")),
    )
    op.create_index("ix_preferences_customer", "preferences", ["merchant", "customer", "id"])
    op.create_table("phones", key("merchant"), key("phone"), key("customer"))
    op.create_table("channels", key("merchant"), key("channel"), blob("sealed"), instant("updated_at"))
    op.create_table(
        "frequency_caps",
        *(key("merchant"), key("customer"), sa.Column("day", sa.Date, nullable=False), number("used")),
        instant("at", nullable=True),
    )


def downgrade() -> None:
    for table in ("frequency_caps", "channels", "phones", "preferences"):
        op.drop_table(table)
    op.execute("UPDATE outbox SET status = 'queued', not_before = created_at WHERE status = 'held'")
    for index in ("ix_outbox_sent_as", "ix_outbox_held"):
        op.drop_index(index, "outbox")
    with op.batch_alter_table("outbox") as outbox:
        for name in (*_NEW, "held_until", "cap_day"):
            outbox.drop_column(name)
