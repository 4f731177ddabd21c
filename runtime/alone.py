"""One row's work on its own, so that a defective row stops nobody else."""

import logging
from collections.abc import Awaitable

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from api.middleware import described
from workflows.journeys import NotAnswering

log = logging.getLogger(__name__)


async def alone(what: str, work: Awaitable[object]) -> str | None:
    """Do one row's work. A defect of it is told and answered by its type, so that the rows after it have their turn.

    What may be better next time is raised: Temporal or the store that does not answer.
    """
    try:
        await work
    except (NotAnswering, OperationalError, NoConnection):
        raise
    except Exception as defect:  # noqa: BLE001 - of one row; what is around it still stops the service
        log.error("%s is defective: %s", what, described(defect))
        return type(defect).__name__
    return None
