"""What is watched is found without reading whole tables: open orders by stage, payments back by state and age."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("ix_orders_stage", "orders", ["stage"])
    op.create_index("ix_legs_age", "legs", ["status", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_legs_age", "legs")
    op.drop_index("ix_orders_stage", "orders")
