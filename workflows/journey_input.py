"""The input of a run of the workflow."""

from domain.base import Frozen
from domain.model.state import JourneyState

LONG_HISTORY = 200
"""Events after which a run continues as new. A usual order has fewer; a worker that has not cached it replays them all."""


class JourneyInput(Frozen):
    """The order of the journey.

    carried: the state that was placed, or that of the run before after continue-as-new. It is the store's snapshot. A run
      without it loads that.
    """

    merchant: str
    order: str
    carried: JourneyState | None = None
