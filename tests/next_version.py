"""A made-up next version: it has one migration more, so the tables of this version are older than its own.

No table older than the first ones was ever released, and the upgrade of older ones must work when a release needs it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table

from store import migrations
from store.engine import revision

ROOT = Path(__file__).parent.parent
THIS, NEXT = "0001", "0002"
NEW_TABLE = "novelties"
_MIGRATION = f'''
import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{THIS}"


def upgrade() -> None:
    op.create_table(
        "{NEW_TABLE}", sa.Column("id", sa.Integer, primary_key=True), sa.Column("merchant", sa.String, nullable=False)
    )
    op.create_index("ix_novelties_merchant", "{NEW_TABLE}", ["merchant"])
    op.create_index("ix_orders_customer", "orders", ["customer"])
    op.add_column("orders", sa.Column("novelty", sa.String, nullable=False, server_default="none"))


def downgrade() -> None:
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("novelty")
    op.drop_index("ix_orders_customer", "orders")
    op.drop_table("{NEW_TABLE}")
'''
_IN_A_PROCESS = """
from pathlib import Path

from store import migrations
from store.engine import revision

migrations._HERE = Path(__file__).parent / "migrations"
revision._VERSIONS = migrations._HERE / "versions"
"""


def written(folder: Path) -> dict[str, str]:
    """Write its migrations into that folder. Returns the environment in which a process is of that version."""
    place = folder / "next_version"
    shutil.copytree(migrations._HERE, place / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (place / "migrations" / "versions" / f"next_{NEXT}.py").write_text(_MIGRATION)
    (place / "sitecustomize.py").write_text(_IN_A_PROCESS)  # imported by Python before all other modules
    return {"PYTHONPATH": os.pathsep.join([str(place), str(ROOT)])}


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """This process is of that version meanwhile. Yields the environment for others."""
    env = written(folder)
    here = folder / "next_version" / "migrations"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "_HERE", here)
        patch.setattr(migrations, "METADATA", _tables())
        patch.setattr(revision, "_VERSIONS", here / "versions")
        revision._declarations.cache_clear()
        yield env
    revision._declarations.cache_clear()


def _tables() -> MetaData:
    """The tables of its code."""
    tables = MetaData(naming_convention=migrations.METADATA.naming_convention)
    for table in migrations.METADATA.tables.values():
        table.to_metadata(tables)
    tables.tables["orders"].append_column(Column("novelty", String, nullable=False, server_default="none"))
    Index("ix_orders_customer", tables.tables["orders"].c.customer)
    new = Table(
        NEW_TABLE, tables, Column("id", Integer, primary_key=True), Column("merchant", String, nullable=False)
    )
    Index("ix_novelties_merchant", new.c.merchant)
    return tables
