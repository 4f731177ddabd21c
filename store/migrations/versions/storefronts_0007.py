"""Storefronts: what a delivery is about stands beside its body, and one event counts once in however many deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("topic", sa.String(), nullable=False, server_default=""))
    op.add_column("inbox", sa.Column("event_id", sa.String(), nullable=True))
    op.create_index("ix_inbox_event", "inbox", ["merchant", "source", "event_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_inbox_event", "inbox")
    op.drop_column("inbox", "event_id")
    op.drop_column("inbox", "topic")
