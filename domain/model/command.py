"""What every command has in common."""

from abc import abstractmethod
from datetime import datetime

from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Violation


class Command(Frozen):
    """A request of an actor to change one order. An override is the same command with `reason`.

    command_id: makes the command happen once, also across runs of the journey.
    now: the sandbox clock at the time of the request; None if time is real.
    """

    command_id: str
    actor: Actor
    now: Instant | None = None

    @abstractmethod
    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        """Every reason to refuse the command in this state; this method only reads."""

    @abstractmethod
    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        """Change the state. It is called only without violations, directly after the check."""
