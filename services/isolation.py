"""One row's work on its own, so that a defective row stops nobody else."""

import logging
from collections.abc import Awaitable

from services.exceptions import describe_exception, is_transient
from services.journeys import JourneyUnavailable

log = logging.getLogger(__name__)


async def isolated(label: str, work: Awaitable[object]) -> str | None:
    """Do one row's work. A defect of it is told and answered by its type, so that the rows after it have their turn.

    What may be better next time is raised: Temporal or the store that does not answer.
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
