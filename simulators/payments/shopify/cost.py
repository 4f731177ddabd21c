"""The cost of a document, and the bucket of points that each shop has."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphql import DocumentNode, FieldNode, IntValueNode, OperationDefinitionNode, OperationType

_MUTATION = 10
_CONTAINERS = {"nodes", "edges", "pageInfo", "userErrors", "shopMoney", "presentmentMoney"}


def requested(document: DocumentNode, variables: Mapping[str, Any]) -> int:
    """What the document may cost at most: ten for a mutation, one for an object, pages by their length."""
    total = 0
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            total += _MUTATION if one.operation is OperationType.MUTATION else 0
            total += sum(_cost(field, variables) for field in one.selection_set.selections)
    return max(1, total)


def _cost(field: Any, variables: Mapping[str, Any]) -> int:
    selected = getattr(field, "selection_set", None)
    if selected is None:
        return 0
    inner = sum(_cost(one, variables) for one in selected.selections)
    free = isinstance(field, FieldNode) and field.name.value in _CONTAINERS
    return (0 if free else 1) + inner * max(1, _page(field, variables) // 10)


def _page(field: Any, variables: Mapping[str, Any]) -> int:
    for argument in getattr(field, "arguments", None) or ():
        if argument.name.value == "first":
            value = argument.value
            if isinstance(value, IntValueNode):
                return int(value.value)
            return int(variables.get(value.name.value) or 1)
    return 1


class Bucket:
    """The points of a shop: `maximum` at most, `rate` come back in a second."""

    def __init__(self, db: sqlite3.Connection, shop: Mapping[str, Any], now: datetime) -> None:
        self._db, self._shop, self._now = db, shop, now
        row = db.execute("SELECT points, points_at FROM shops WHERE domain = ?", (shop["domain"],)).fetchone()
        passed = (now - datetime.fromisoformat(row["points_at"])).total_seconds()
        self.maximum, self.rate = float(shop["maximum_points"]), float(shop["restore_rate"])
        self.points = min(self.maximum, row["points"] + max(0.0, passed) * self.rate)

    def take(self, cost: int) -> bool:
        """Take the points; False where there are not as many."""
        if cost > self.points:
            return False
        self.points -= cost
        sql = "UPDATE shops SET points = ?, points_at = ? WHERE domain = ?"
        self._db.execute(sql, (self.points, self._now.isoformat(), self._shop["domain"]))
        return True

    def stated(self, cost: int, actual: int | None) -> dict[str, Any]:
        """`extensions` of an answer."""
        status = {
            "maximumAvailable": self.maximum,
            "currentlyAvailable": int(self.points),
            "restoreRate": self.rate,
        }
        return {
            "cost": {"requestedQueryCost": cost, "actualQueryCost": actual, "throttleStatus": status},
        }
