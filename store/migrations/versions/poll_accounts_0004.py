"""Accounts by which we ask carriers ourselves."""

from alembic import op

from store.migrations.versions.initial_0001 import blob, instant, key, number, text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "carrier_accounts",
        *(key("merchant"), text("source"), text("base"), blob("key"), number("per_minute")),
        *(instant("minute", nullable=True), number("used"), instant("refused_at", nullable=True)),
        instant("created_at"),
    )


def downgrade() -> None:
    op.drop_table("carrier_accounts")
