"""Actions: the automatic steps of a journey. A rule of the agenda says when each step is due."""

from abc import abstractmethod
from datetime import datetime
from typing import ClassVar, Protocol

from domain.base import Frozen
from domain.model.state import JourneyState


class Action(Frozen):
    """One automatic step, defined in the same file as the rule that schedules it.

    kind: its name in `next.action` of an order and in `explain`.
    visible: False for a step that is not shown to people, because it changes nothing by itself.
    """

    kind: ClassVar[str]
    visible: ClassVar[bool] = True


class Change(Action):
    """A step that changes the state and nothing else."""

    @abstractmethod
    def apply(self, state: JourneyState, now: datetime) -> None:
        """Change the state. Afterwards the same step is not due again."""


class EffectRunner(Protocol):
    """What an effect needs of the workflow. Each method starts work in parallel to the loop and returns at once."""

    def start_payment(self, leg: str) -> None: ...

    def start_exchange_step(self, return_id: str, step: str) -> None: ...

    def start_claw_back_work(self, claim: str) -> None: ...

    def start_poll(self, parcel_id: str) -> None: ...


class Effect(Action):
    """A step with an effect outside the workflow. It starts after the commit that stored its intent."""

    @abstractmethod
    def start(self, runner: EffectRunner) -> None:
        """Start the effect in parallel to the loop."""
