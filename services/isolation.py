"""Work on one row or in one round at a time, so that a defective one does not stop those after it."""

import logging
from collections.abc import Awaitable

from sqlalchemy.exc import SQLAlchemyError

from services.exceptions import describe_exception
from services.journeys import JourneyUnavailable
from services.store_errors import is_transient

log = logging.getLogger(__name__)


async def isolated(label: str, work: Awaitable[object]) -> str | None:
    """Do the work of one row. A defect is logged, and returned as the name of its type; None where there was none.

    Raises what may succeed next time: Temporal or the store does not answer.
    """
    try:
        await work
    except JourneyUnavailable:
        raise
    except Exception as defect:
        if is_transient(defect):
            raise
        log.error("%s is defective: %s", label, describe_exception(defect))
        return type(defect).__name__
    return None


async def isolated_round(label: str, work: Awaitable[object]) -> None:
    """One round of what a process repeats while it lives: what fails is logged, and the next round tries again."""
    try:
        await isolated(label, work)
    except (JourneyUnavailable, SQLAlchemyError) as failure:  # it may succeed next time
        log.warning("%s is tried again: %s", label, describe_exception(failure))
