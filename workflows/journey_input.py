"""The input of a run of the workflow."""

from domain.base import Frozen
from domain.model.state import JourneyState


class JourneyInput(Frozen):
    """The order of the journey.

    carried: the state of the run before, after continue-as-new only. Any other run loads its snapshot from the store.
    """

    merchant: str
    order: str
    carried: JourneyState | None = None
