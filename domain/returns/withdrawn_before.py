"""What a statement of withdrawal has brought back so far, and what is left of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from domain.model.quote import ReturnItem
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.model.withdrawal import WITHDRAWAL
from domain.returns.withdrawal_rules import WithdrawnGoods, withdrawn_goods


class RestOfWithdrawal(NamedTuple):
    """What is left of a statement. opened: the ids of its returns that its row does not have yet, as after a lost answer."""

    opened: list[str]
    goods: WithdrawnGoods


def rest_of_withdrawal(
    state: JourneyState, statement: str, known: Collection[str], wanted: Mapping[str, int], now: datetime
) -> RestOfWithdrawal:
    """The goods that are still to be brought back. known: the returns that are written down; others count as brought now.

    wanted: units by line; empty for the whole order.
    """
    found = [case for case in state.returns if _is_of(case, statement) and case.return_id not in known]
    others = [case for case in state.returns if case not in found]
    goods = withdrawn_goods(state.model_copy(update={"returns": others}), wanted, now)
    brought: dict[str, int] = {}
    for case in found:
        for line, units in case.units.items():
            brought[line] = brought.get(line, 0) + len(units)
    left = [(item.line_id, item.quantity - brought.get(item.line_id, 0)) for item in goods.items]
    items = [ReturnItem(line_id=line, quantity=count, reason=WITHDRAWAL) for line, count in left if count > 0]
    return RestOfWithdrawal([case.return_id for case in found], WithdrawnGoods(items, goods.complete))


def _is_of(case: ReturnCase, statement: str) -> bool:
    return case.withdrawal is not None and case.withdrawal.statement == statement
