"""How long a merchant keeps each kind of data about persons, by the policy in force."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from domain.model.retention import Retained
from store.merchants.policies import Policies
from store.merchants.retention_runs import RetentionRuns


class RetentionRule(Frozen):
    """How long one kind of data is kept."""

    kind: Retained
    """`messages`: bodies of messages of storefronts, carriers and providers that were applied; `dead_messages`: of those that
    could not be; `answers`: for repeated requests; `webhook_events`: events for receivers; `persons`: names and addresses."""
    days: int | None
    """Days after which it is deleted; for `persons` after their last order has ended; null: until the person is
    erased."""


class DeletedByAge(Frozen):
    """How much one night deleted."""

    messages: int = 0
    """Bodies of messages that were applied."""
    dead_messages: int = 0
    """Bodies of messages that could not be."""
    answers: int = 0
    """Answers for repeated requests."""
    webhook_events: int = 0
    """Events for receivers."""
    persons: int = 0
    """Customers who were erased: a guest is another customer with each order."""


class RetentionRun(Frozen):
    """The last nightly run."""

    ran_at: Instant
    """When it ended, real time."""
    deleted: DeletedByAge
    """What it deleted, with the other runs of that night."""


class RetentionRules(Frozen):
    """What is deleted by age, every night after midnight UTC."""

    items: tuple[RetentionRule, ...]
    """Each kind of data."""
    last_run: RetentionRun | None
    """The last night; null before the first."""


@dataclass(frozen=True)
class RetentionService:
    """Reads the rules of a merchant."""

    policies: Policies
    runs: RetentionRuns

    async def rules(self, merchant: str) -> RetentionRules:
        """By the policy in force."""
        terms, last = (
            (await self.policies.in_force(merchant)).policy.retention,
            await self.runs.last(merchant),
        )
        ran = RetentionRun.model_validate(last._asdict()) if last is not None else None
        rules = (RetentionRule(kind=kind, days=days) for kind, days in terms.days().items())
        return RetentionRules(items=tuple(rules), last_run=ran)
