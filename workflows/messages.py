"""How a run of a journey begins."""

from domain.base import Fact
from domain.journey import JourneyState


class Start(Fact):
    """Whose journey. `carried` comes from continue-as-new only; any other run loads its snapshot from the store."""

    merchant: str
    order: str
    carried: JourneyState | None = None
