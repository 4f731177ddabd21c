"""The rows beside an order's own that follow from its state: what a commit writes is how those of two states differ."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain import keys
from domain.figures.changes import FactName, facts_of
from domain.figures.fact import FigureFact
from domain.journey.attention_value import value_in_question
from domain.model import tracking_number
from domain.model.attention import AttentionItem
from domain.model.parcel import Parcel
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.payments.money_status import money_status
from domain.returns import views
from store.orders.date_promises import date_promise_values

Rows = dict[str, dict[str, Any]]
DERIVATION = 1  # is raised when `rows_of` gives other rows of the same state: then those that are stored are written again
_REMEMBERED = 500


@dataclass(frozen=True)
class DerivedRows:
    """Rows as their values, by their names within the order; and the facts for the figures."""

    parcels: Rows = field(default_factory=dict)
    returns: Rows = field(default_factory=dict)
    questions: Rows = field(default_factory=dict)
    date_promises: Rows = field(default_factory=dict)
    facts: Mapping[FactName, FigureFact] = field(default_factory=dict)


NO_ROWS = DerivedRows()
_UNKNOWN: Rows = {"": {}}  # differs from the rows of every state, also from none


def rows_of(state: JourneyState) -> DerivedRows:
    """All rows of a state."""
    return DerivedRows(
        parcels={parcel.parcel_id: _parcel(state, parcel) for parcel in state.parcels},
        returns={case.return_id: _return(state, case) for case in state.returns},
        questions={item.id: _question(state, item) for item in state.attention},
        date_promises={row["id"]: row for row in date_promise_values(state)},
        facts=facts_of(state),
    )


def changed(before: Rows, now: Rows) -> list[dict[str, Any]]:
    """The rows that are new or not as they were."""
    return [row for name, row in now.items() if before.get(name) != row]


class HeldRows:
    """The rows of states that this process wrote lately, so that the next commit need not work them out again."""

    def __init__(self) -> None:
        self._by_hash: OrderedDict[str, DerivedRows] = OrderedDict()

    def of(self, stored: Any) -> DerivedRows:
        """Those of a stored snapshot. Where another version derived them, all that can be overwritten are unknown."""
        held = self._by_hash.get(stored.hash)
        rows = rows_of(JourneyState.model_validate_json(stored.state)) if held is None else held
        if stored.derivation == DERIVATION:
            return rows
        return replace(rows, returns=_UNKNOWN, questions=_UNKNOWN, date_promises=_UNKNOWN)

    def remember(self, hash: str, rows: DerivedRows) -> None:
        self._by_hash[hash] = rows
        while len(self._by_hash) > _REMEMBERED:
            self._by_hash.popitem(last=False)


def _parcel(state: JourneyState, parcel: Parcel) -> dict[str, Any]:
    return {
        "order": state.order.order,
        "parcel": parcel.parcel_id,
        "merchant": state.order.merchant,
        "tracking_number": parcel.tracking_number,
        "normalized_number": tracking_number.normalize(parcel.tracking_number),
        "carrier": parcel.carrier,
        "shipped_on": parcel.shipped_on,
        "registered_at": parcel.registered_at,
    }


def _return(state: JourneyState, case: ReturnCase) -> dict[str, Any]:
    return {
        "id": case.return_id,
        "merchant": state.order.merchant,
        "order": state.order.order,
        "number": case.number,
        "code_hash": case.code_hash or None,
        "status": views.status_of(state, case),
        "goods": case.goods,
        "money": money_status(state, case),
        "opened_at": case.opened_at,
        "rejected": bool(case.disputed) and not state.has_open("goods_condition", case.return_id),
    }


def _question(state: JourneyState, item: AttentionItem) -> dict[str, Any]:
    merchant, order = state.order.merchant, state.order.order
    value = value_in_question(state, item)
    return {
        "order": order,
        "merchant": merchant,
        "item": keys.attention_item(merchant, order, item.id, item.opened_at),
        "value": value.minor if value else None,
        "currency": value.currency if value else "",
        "tracking_number": None,
        "carrier": None,
        **item.model_dump(exclude={"deadline", "overdue_since"}),
        "id": item.id,
        "deadline": item.due,
    }
