"""The object that a path names, for the scope of idempotency keys: an order has two names, and is one object."""

import json
from collections.abc import Mapping

from api.context import Services
from api.http.problems import Problem
from services.merchants.authentication import Caller


async def object_of(services: Services, caller: Caller, path: Mapping[str, str]) -> str:
    """The order or return by our id, and what else the path names.

    Raises Problem not_found where there is none that the caller may see, as their handlers do.
    """
    names = dict(path)
    if caller.merchant is not None and "order" in names:
        order = await services.orders.reader.find(caller.merchant, names["order"])
        if order is None or caller.order not in (None, order.id):
            raise Problem("not_found")
        names["order"] = order.id
    if caller.merchant is not None and "return" in names:
        found = await services.returns.reader.find(caller.merchant, names["return"])
        if found is None or caller.order not in (None, found.order.id):
            raise Problem("not_found")
        names["return"] = found.return_id
    return json.dumps(sorted(names.items())) if names else ""
