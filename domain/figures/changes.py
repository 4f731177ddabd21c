"""Which facts come with a commit: the difference between what held of the order before and what holds now."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from domain.actors import Role
from domain.clock import local_day
from domain.figures.costs import cost_facts
from domain.figures.dates import date_facts
from domain.figures.deliveries import delivery_facts
from domain.figures.dock import dock_facts
from domain.figures.effort import effort_facts
from domain.figures.fact import FactKind, FigureFact, duration_step
from domain.figures.money import payment_facts, return_facts
from domain.figures.sales import returned_unit_facts, sale_facts
from domain.model.attention import AttentionItem
from domain.model.feedback import FeedbackAnswer
from domain.model.notice import AuditEntry
from domain.model.state import JourneyState

_BY_HAND = frozenset({Role.AGENT, Role.SENIOR_AGENT, Role.FINANCE, Role.ADMIN})

FactName = tuple[FactKind, str]


def facts_of(state: JourneyState) -> dict[FactName, FigureFact]:
    """All facts that hold of the order, by kind and subject."""
    facts = (
        *sale_facts(state),
        *delivery_facts(state),
        *date_facts(state),
        *returned_unit_facts(state),
        *return_facts(state),
        *payment_facts(state),
        *cost_facts(state),
        *dock_facts(state),
        *(_question("question_open", state, item, item.opened_at) for item in state.attention),
        *(_feedback(state, answer) for answer in state.feedback),
        *effort_facts(state),
    )
    return {(fact.kind, fact.subject): fact for fact in facts}


def facts_between(before: JourneyState | None, after: JourneyState, now: datetime) -> list[FigureFact]:
    """What a commit adds to the facts: what holds since then, what does not hold any more, and what was settled."""
    held, hold = facts_of(before) if before is not None else {}, facts_of(after)
    return [*changes(held, hold), *settled_questions(held, hold, after, now)]


def changes(held: Mapping[FactName, FigureFact], hold: Mapping[FactName, FigureFact]) -> list[FigureFact]:
    """The facts that hold now and did not before, after those that held, taken back."""
    gone = [fact.undone() for name, fact in held.items() if hold.get(name) != fact]
    return [*gone, *(fact for name, fact in hold.items() if held.get(name) != fact)]


def touched_by_a_person(entries: Sequence[AuditEntry]) -> bool:
    """Whether a person of the shop did one of these things."""
    return any(entry.role in _BY_HAND for entry in entries)


def touched_fact(state: JourneyState) -> FigureFact:
    """That a person of the shop had to do with the order, on the day on which it was placed."""
    day = local_day(state.order.placed_at, state.zone)
    return FigureFact("touched", "", day, country=state.order.destination.country)


def settled_questions(
    held: Mapping[FactName, FigureFact],
    hold: Mapping[FactName, FigureFact],
    after: JourneyState,
    now: datetime,
) -> Iterator[FigureFact]:
    """The questions that were open before and are not now, with the whole days for which they were, as seconds."""
    today = local_day(now, after.zone)
    for name, fact in held.items():
        if fact.kind == "question_open" and name not in hold:
            yield fact._replace(kind="question_settled", day=today, bucket=duration_step(today - fact.day))


def _question(kind: FactKind, state: JourneyState, item: AttentionItem, at: datetime) -> FigureFact:
    day, country = local_day(at, state.zone), state.order.destination.country
    return FigureFact(kind, item.id, day, country=country, reason=item.kind)


def _feedback(state: JourneyState, answer: FeedbackAnswer) -> FigureFact:
    day, country = local_day(answer.at, state.zone), state.order.destination.country
    return FigureFact(
        "feedback", f"{answer.survey} {answer.subject}", day, country=country, reason=answer.survey,
        bucket=answer.score, value=answer.score,
    )  # fmt: skip
