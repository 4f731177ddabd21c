"""Why a return was decided as it was, and how another version of the policy would decide it: without any effect."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from domain.model.return_case import ReturnCase, ReturnDecision
from domain.model.state import JourneyState
from domain.model.terms import Policy, Terms
from domain.money import Money
from domain.reasons import Violation
from domain.returns.explaining import ReturnVerdict, decided, paid_back, terms_under
from services.order_reader import FoundOrder, OrderReader
from services.returns.reader import FoundReturn
from store.merchants.policies import Policies


class RecordedDecision(Frozen):
    """What was recorded when the return was opened and since."""

    decision: ReturnDecision
    """How it stands now."""
    review: tuple[Violation, ...]
    """Why a person had to decide it."""
    waived: tuple[Violation, ...]
    """What a person overruled."""
    refund: Money
    """What its quote pays back; of an exchange, what the new goods cost less."""


class ReturnExplanation(Frozen):
    """Why a return was decided as it was."""

    return_id: str
    """Our id of the return."""
    order: str
    """Our id of the order."""
    policy: int
    """The version of the policy by which it is explained."""
    terms: str
    """The hash of the order's terms under that version."""
    what_if: bool
    """Whether that is another version than the order keeps. Nothing changes by it."""
    decided_at: Instant
    """When the return was opened: it is explained as the order was then."""
    result: ReturnVerdict
    """What the rules decide."""
    recorded: RecordedDecision
    """What was recorded."""


@dataclass(frozen=True)
class ReturnExplainer:
    """Explains returns."""

    orders: OrderReader
    policies: Policies

    async def explain(self, found: FoundReturn, version: int | None) -> ReturnExplanation | None:
        """By the terms that the order keeps, or by a version of the policy; None for an unknown version or return."""
        state = (await self.orders.state(found.order)).state
        case = state.case(found.return_id)
        terms = await self._terms(found.order.merchant, state, version)
        if case is None or terms is None:
            return None
        return _explanation(state, case, terms)

    async def terms_of(self, order: FoundOrder, version: int | None) -> Terms | None:
        """The order's terms, or those that it would have under that version; None for an unknown version."""
        return await self._terms(order.merchant, (await self.orders.state(order)).state, version)

    async def _terms(self, merchant: str, state: JourneyState, version: int | None) -> Terms | None:
        if version is None or version == state.terms.version:
            return state.terms
        row = await self.policies.find(merchant, version)
        if row is None:
            return None
        return terms_under(Policy.model_validate_json(row.document), version, state)


def _explanation(state: JourneyState, case: ReturnCase, terms: Terms) -> ReturnExplanation:
    return ReturnExplanation(
        return_id=case.return_id,
        order=state.order.order,
        policy=terms.version,
        terms=terms.hash,
        what_if=terms is not state.terms,
        decided_at=case.opened_at,
        result=decided(state, case, terms),
        recorded=RecordedDecision(
            decision=case.decision,
            review=tuple(case.review),
            waived=tuple(case.waived),
            refund=paid_back(case, case.quote.refund),
        ),
    )
