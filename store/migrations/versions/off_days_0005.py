"""An order keeps the days on which its carrier rests at the destination, as they were known when it was placed."""

from alembic import op

from store.migrations.versions.initial_0001 import text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("orders", text("off_days", server_default="[]"))


def downgrade() -> None:
    op.drop_column("orders", "off_days")
