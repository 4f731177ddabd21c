"""Lists: filters, pages, cursors; and reading one object."""

from collections.abc import Callable, Mapping
from typing import Final

from simulators.payments.stripe.bodies import list_body
from simulators.payments.stripe.call import Body, StripeCall, StripeRefusal, api_error
from simulators.payments.stripe.forms import integer
from simulators.payments.stripe.world import StripeObject, StripeWorld

PAGING: Final = ("limit", "starting_after", "ending_before", "created", "created.*")
_LIMITS = range(1, 101)
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "created": int.__eq__,
    "created.gt": int.__gt__,
    "created.gte": int.__ge__,
    "created.lt": int.__lt__,
    "created.lte": int.__le__,
}


def page(world: StripeWorld, call: StripeCall, kind: str, accepts: Callable[[StripeObject], bool]) -> Body:
    """One page, newest first, of the objects that `accepts` and the filter on `created` let pass."""
    stated = integer(call.params, "limit")
    limit = 10 if stated is None else stated
    if limit not in _LIMITS:
        raise StripeRefusal(400, api_error("limit must be between 1 and 100", param="limit"))
    found = [one for one in world.listed(call.account, kind) if accepts(one) and _in_time(one, call.params)]
    found, is_backward = _from_cursor(world, call, kind, found)
    chosen = found[-limit:] if is_backward else found[:limit]
    return list_body(call.path, chosen, has_more=len(found) > limit)


def _in_time(one: StripeObject, params: Mapping[str, str]) -> bool:
    return all(
        compare(one.created, bound)
        for name, compare in _COMPARISONS.items()
        if (bound := integer(params, name)) is not None
    )


def _from_cursor(
    world: StripeWorld, call: StripeCall, kind: str, found: list[StripeObject]
) -> tuple[list[StripeObject], bool]:
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    cursor, param = (after, "starting_after") if after else (before, "ending_before")
    if not cursor:
        return found, False
    world.get(call.account, kind, cursor, param)
    position = next((index for index, one in enumerate(found) if one.id == cursor), None)
    if position is None:
        return [], False
    return (found[position + 1 :], False) if after else (found[:position], True)


def refunds(world: StripeWorld, call: StripeCall) -> Body:
    """GET /v1/refunds, by payment intent and charge."""
    wanted = {name: call.params[name] for name in ("charge", "payment_intent") if name in call.params}
    for name, value in wanted.items():
        world.get(call.account, name, value, name)
    return page(
        world, call, "refund", lambda one: all(one.body[name] == value for name, value in wanted.items())
    )


def events(world: StripeWorld, call: StripeCall) -> Body:
    """GET /v1/events of the last 30 days, by type and by whether all webhooks were taken."""
    kinds = {value for name, value in call.params.items() if name == "type" or name.startswith("types.")}
    delivered = call.params.get("delivery_success")
    oldest = world.now() - 30 * 86_400

    def accepts(one: StripeObject) -> bool:
        is_wanted = one.created >= oldest and (not kinds or one.body["type"] in kinds)
        return is_wanted and delivered in (None, str(one.body["pending_webhooks"] == 0).lower())

    return page(world, call, "event", accepts)


def disputes(world: StripeWorld, call: StripeCall) -> Body:
    """GET /v1/disputes, by payment intent and charge."""
    wanted = {name: call.params[name] for name in ("charge", "payment_intent") if name in call.params}
    return page(
        world, call, "dispute", lambda one: all(one.body[name] == value for name, value in wanted.items())
    )
