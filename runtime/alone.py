"""One row's work on its own, so that a defective row stops nobody else."""

import logging
from collections.abc import Awaitable

from api.middleware import described
from store.trouble import is_away
from workflows.journeys import NotAnswering

log = logging.getLogger(__name__)


async def alone(what: str, work: Awaitable[object]) -> str | None:
    """Do one row's work. A defect of it is told and answered by its type, so that the rows after it have their turn.

    What may be better next time is raised: Temporal or the store that does not answer.
    """
    try:
        await work
    except NotAnswering:
        raise
    except Exception as defect:
        if is_away(defect):
            raise
        log.error("%s is defective: %s", what, described(defect))
        return type(defect).__name__
    return None
