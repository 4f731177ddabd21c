"""How a run of a journey begins."""

from domain.base import Frozen
from domain.model.state import JourneyState


class JourneyInput(Frozen):
    """Whose journey. `carried` comes from continue-as-new only; any other run loads its snapshot from the store."""

    merchant: str
    order: str
    carried: JourneyState | None = None
