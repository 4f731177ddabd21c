"""What every command has in common."""

from abc import abstractmethod
from datetime import datetime

from domain.actors import Actor
from domain.base import Fact
from domain.clock import Instant
from domain.journey import JourneyState
from domain.reasons import Answer, Objection


class Command(Fact):
    """Something asked of one order by somebody. `command_id` makes it happen once, also across runs of the journey.

    `now`: the sandbox clock when it was asked; None where time is real. An override is the same command with `because`.
    """

    command_id: str
    actor: Actor
    now: Instant | None = None

    @abstractmethod
    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        """Every reason to refuse it in this state; reads only."""

    @abstractmethod
    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        """Change the state. Only called when nothing was objected, in the same breath."""
