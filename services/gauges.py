"""Figures of the whole deployment, read from the store for `/metrics`."""

from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from store import gauges
from store.engine.database import Database
from store.gauges import Gauge

__all__ = ["Gauge", "GaugesUnavailable", "read_gauges"]


class GaugesUnavailable(Exception):
    """The store does not answer."""


async def read_gauges(db: Database) -> Sequence[Gauge]:
    """All figures as of one moment. Raises GaugesUnavailable."""
    try:
        return await gauges.read(db)
    except (SQLAlchemyError, OSError) as problem:
        raise GaugesUnavailable from problem
