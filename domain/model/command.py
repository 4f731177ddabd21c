"""What every command has in common."""

from abc import abstractmethod
from datetime import datetime

from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Violation


class Command(Frozen):
    """Something asked of one order by somebody. `command_id` makes it happen once, also across runs of the journey.

    `now`: the sandbox clock when it was asked; None where time is real. An override is the same command with `reason`.
    """

    command_id: str
    actor: Actor
    now: Instant | None = None

    @abstractmethod
    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        """Every reason to refuse it in this state; reads only."""

    @abstractmethod
    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        """Change the state. Only called when nothing was objected, in the same breath."""
