"""`GET /v1/orders/{order}`: the most frequent request, answered from a cache as long as the order has not changed."""

from pydantic import TypeAdapter
from structlog.contextvars import bind_contextvars

from api.context import Services
from api.http.encoded import encode
from api.http.endpoint import Call, Response
from api.http.problems import Problem
from api.request_context import etag
from domain.journey.order_view import OrderView, order_view

_ORDER_VIEW = TypeAdapter(OrderView)


async def status_of(call: Call[Services]) -> Response[OrderView]:
    """The last committed status of the order in the path, as JSON: encoded once for each version of the order.

    For the merchant's staff and systems: customers get a view of their own, which is not cached.
    """
    reader, cache = call.services.orders.reader, call.services.operations.status_cache
    found = await reader.version(call.merchant, call.path["order"])
    if found is None or call.caller.order is not None:
        raise Problem("not_found")
    bind_contextvars(order=found.order)
    status = cache.get(found.order, found.version)
    if status is not None:
        return Response(status, headers=etag(found.version.seq))
    snapshot = await reader.snapshot(call.merchant, found.order)
    assert snapshot is not None, "it was found with its version"
    status = encode(_ORDER_VIEW, order_view(snapshot.state, snapshot.as_of))
    if (snapshot.state.seq, snapshot.as_of) == (found.version.seq, found.version.as_of):
        cache.put(found.order, found.version, status)
    return Response(status, headers=etag(snapshot.state.seq))
