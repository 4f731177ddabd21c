"""The search of `orders`: by the time of their last change, which is all that is understood here."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from simulators.payments.shopify.objects import Body, Objects

_UPDATED = re.compile(r"""updated_at:>=?['"]?([0-9T:.+Z-]+)['"]?""")


def found_orders(objects: Objects, arguments: Mapping[str, Any]) -> list[Body]:
    """The orders, in the order of their last change. Raises for another search or order."""
    query = str(arguments.get("query") or "").strip()
    match = _UPDATED.fullmatch(query)
    if query and match is None:
        raise GraphQLError("this search is not understood here", extensions={"code": "BAD_REQUEST"})
    if arguments.get("sortKey") != "UPDATED_AT":
        raise GraphQLError("only UPDATED_AT is sorted by here", extensions={"code": "BAD_REQUEST"})
    since = datetime.fromisoformat(match[1]) if match else None
    found = [
        one
        for one in objects.all("Order")
        if since is None or datetime.fromisoformat(one["updatedAt"]) >= since
    ]
    return sorted(found, key=lambda one: str(one["updatedAt"]), reverse=bool(arguments.get("reverse")))
