"""How long a merchant keeps each kind of data about persons, by the policy in force."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.model.retention import Retained
from store.merchants.policies import Policies


class RetentionRule(Frozen):
    """How long one kind of data is kept."""

    kind: Retained
    """`messages`: bodies of messages of storefronts, carriers and providers that were applied; `dead_messages`: of those that
    could not be; `answers`: for repeated requests; `webhook_events`: events for receivers; `persons`: names and addresses."""
    days: int | None
    """Days after which it is deleted; null: until the person is erased."""


class RetentionRules(Frozen):
    """What is deleted by age."""

    items: tuple[RetentionRule, ...]
    """Each kind of data."""


@dataclass(frozen=True)
class RetentionService:
    """Reads the rules of a merchant."""

    policies: Policies

    async def rules(self, merchant: str) -> RetentionRules:
        """By the policy in force."""
        terms = (await self.policies.in_force(merchant)).policy.retention
        return RetentionRules(
            items=tuple(RetentionRule(kind=kind, days=days) for kind, days in terms.days().items())
        )
