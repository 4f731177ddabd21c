"""The input of a run of the workflow."""

from domain.base import Frozen
from domain.model.state import JourneyState


class JourneyInput(Frozen):
    """The order of the journey.

    carried: the state that was placed, or that of the run before after continue-as-new. It is the store's snapshot. A run
      without it loads that.
    """

    merchant: str
    order: str
    carried: JourneyState | None = None
