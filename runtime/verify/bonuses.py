"""I4b: every bonus was quoted or earned, is within its cap, and is paid once, for the occasion that earned it."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.model.order import RESERVED_TENDERS
from domain.model.payment import TAKES_BACK
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.model.terms import credit_bonus
from domain.money import total
from domain.payments.bonuses import earns_bonus, promised_bonus
from domain.payments.fast_return import FAST_RETURN_TENDER, fixed_bonus
from domain.payments.late_money import is_for_late_money
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money
from store.ledger import journal
from store.tables.all import LedgerEntry, LedgerPosting, LegRow


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The bonuses that an order promises, against their caps, and the bonuses that its legs were paid."""
    if records.state is None:
        return
    state = records.state
    promised = {s.occasion: _bonus(state, s) for s in state.settlements if not s.takes_back}
    for case in state.returns:
        yield from _return_bonus(state, case, promised)
    yield from _order_bonus(state)
    yield from _goodwill(state, promised)
    paid: dict[str, int] = defaultdict(int)
    for leg in records.legs:
        if leg.status == "settled" and leg.purpose not in TAKES_BACK:
            paid[leg.occasion] += leg.bonus
    for occasion, minor in paid.items():
        if minor > promised.get(occasion, 0):
            amount = money(minor, state.order.currency)
            yield _broken(occasion, f"occasion {occasion} was paid a bonus of {amount}, more than it earned")


def _return_bonus(
    state: JourneyState, case: ReturnCase, promised: dict[str, int]
) -> Iterator[BrokenInvariant]:
    """All parts of a return together promise at most the quoted bonus, and at most the cap of the policy."""
    settlements = state.settlements_of(case.return_id)
    paying = [s for s in settlements if not s.takes_back]
    fast = sum(_fast_bonus(s) for s in paying)
    if fast > (earned := fixed_bonus(state, case).minor):
        amount, most = money(fast, state.order.currency), money(earned, state.order.currency)
        message = f"return {case.return_id} gives a fast-return bonus of {amount}, its scan earned {most}"
        yield _broken(case.return_id, message)
    minor = sum(promised[s.occasion] - _fast_bonus(s) for s in paying)
    quoted = case.quote.credit_bonus.minor if case.resolution == "store_credit" else 0
    cap = credit_bonus(case.quote.refund, state.terms.policy.credit).minor
    if minor > min(quoted, cap):
        amount = money(minor, state.order.currency)
        message = (
            f"return {case.return_id} gives a bonus of {amount}, quoted were {quoted} and the cap is {cap}"
        )
        yield _broken(case.return_id, message)


def _order_bonus(state: JourneyState) -> Iterator[BrokenInvariant]:
    """All returns of the order together are promised at most the cap, and only tenders that earn a bonus have one."""
    order, credit = state.order, state.terms.policy.credit
    minor = sum(promised_bonus(state, case) for case in state.returns)
    cap = credit.cap.get(order.currency, 0)
    if minor > cap:
        amount, most = money(minor, order.currency), money(cap, order.currency)
        message = f"the returns of order {order.order} are promised a bonus of {amount}, the cap of the order is {most}"
        yield _broken(order.order, message)
    for settlement in state.settlements:
        for leg in settlement.legs if settlement.purpose == "store_credit" else ():
            is_fast = leg.tender_id in RESERVED_TENDERS
            if leg.bonus and not is_fast and not earns_bonus(order, credit, leg.tender_id):
                amount = money(leg.bonus.minor, order.currency)
                message = f"leg {leg.key} has a bonus of {amount}, but tender {leg.tender_id} earns none"
                yield _broken(leg.key, message)


def _goodwill(state: JourneyState, promised: dict[str, int]) -> Iterator[BrokenInvariant]:
    """Goodwill for a late delivery: once per order, at most the cap of its terms."""
    occasions = [
        s.occasion for s in state.settlements if s.purpose == "goodwill" and not is_for_late_money(s)
    ]
    goodwill = state.terms.policy.goodwill
    cap = goodwill.cap.get(state.order.currency, 0) if goodwill else 0
    order = state.order.order
    if len(occasions) > 1:
        yield _broken(order, f"order {order} has {len(occasions)} settlements of goodwill")
    for occasion in occasions:
        if promised[occasion] > cap:
            amount = money(promised[occasion], state.order.currency)
            yield _broken(occasion, f"order {order} has goodwill of {amount}, the cap is {cap}")


def _bonus(state: JourneyState, settlement: Settlement) -> int:
    bonuses = [leg.bonus for leg in settlement.legs if leg.status != "skipped"]
    return total(bonuses, state.order.currency).minor


def _fast_bonus(settlement: Settlement) -> int:
    return sum(
        leg.bonus.minor
        for leg in settlement.legs
        if leg.tender_id == FAST_RETURN_TENDER and leg.status != "skipped"
    )


async def expenses(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """What the journal spent on bonuses, by the occasion that each entry names, is what the legs were paid."""
    spent, earned = await _spent(session), await _earned(session)
    for key in sorted({*spent, *earned}):
        merchant, occasion, currency = key
        if spent[key] != earned[key]:
            actual, expected = money(spent[key], currency), money(earned[key], currency)
            name = occasion or "(none)"
            message = f"{merchant} spent a bonus of {actual} on occasion {name}, which earned {expected}"
            yield _broken(occasion, message)


_PerOccasion = Counter[tuple[str, str, str]]  # minor units by merchant, occasion and currency


async def _spent(session: AsyncSession) -> _PerOccasion:
    rows = await session.exec(
        select(LedgerEntry.merchant, LedgerEntry.cause, LedgerPosting.currency, LedgerPosting.minor)
        .join(LedgerPosting, col(LedgerPosting.entry) == col(LedgerEntry.id))
        .where(
            or_(
                col(LedgerPosting.account).startswith(journal.bonus("")),
                col(LedgerPosting.account).startswith(journal.goodwill("")),
            )
        )
    )
    spent: _PerOccasion = Counter()
    for merchant, cause, currency, minor in rows.all():
        spent[merchant, cause, currency] += minor
    return spent


async def _earned(session: AsyncSession) -> _PerOccasion:
    earned: _PerOccasion = Counter()
    for leg in (await session.exec(select(LegRow).where(LegRow.status == "settled"))).all():
        sign = -1 if leg.purpose in TAKES_BACK else 1
        earned[leg.merchant, leg.occasion, leg.currency] += sign * leg.bonus
    return earned


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I4b", subject=subject, message=message)
