"""How long a merchant keeps each kind of data about persons, within bounds that keep repeated messages and disputes safe."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.base import Frozen

Retained = Literal["messages", "dead_messages", "answers", "webhook_events", "persons"]
LEAST_DEAD_DAYS = 14  # so long people may have a message applied again that could not be


class RetentionTerms(Frozen):
    """Days after which data are deleted. Read by the nightly run, also for what is there already."""

    messages: Annotated[int, Field(ge=7, le=365)] = 60
    """Bodies of messages of storefronts, carriers and providers that were applied."""
    dead_messages: Annotated[int, Field(ge=LEAST_DEAD_DAYS, le=365)] = 90
    """Bodies of messages that could not be applied; until then they may be applied again."""
    answers: Annotated[int, Field(ge=30, le=365)] = 60
    """Answers for repeated requests: longer than any sender repeats one."""
    webhook_events: Annotated[int, Field(ge=7, le=365)] = 60
    """Events for receivers, after their deliveries have ended."""
    persons: Annotated[int, Field(ge=30, le=3650)] | None = None
    """Names, addresses and letters, so long after a person's last order has ended; null: until the person is erased."""

    @model_validator(mode="after")
    def _persons_outlast_their_messages(self) -> "RetentionTerms":
        """So that no message about persons is kept longer than they are."""
        longest = max(self.messages, self.dead_messages, self.answers)
        if self.persons is not None and self.persons < longest:
            raise ValueError(f"`persons` must be at least {longest}: so long messages about them are kept")
        return self

    def days(self) -> dict[Retained, int | None]:
        """Each kind of data with its days."""
        return {
            "messages": self.messages,
            "dead_messages": self.dead_messages,
            "answers": self.answers,
            "webhook_events": self.webhook_events,
            "persons": self.persons,
        }
