"""Run by Alembic with the open connection that is in its configuration (see `upgrade`)."""

from alembic import context

from store.tables.all import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
