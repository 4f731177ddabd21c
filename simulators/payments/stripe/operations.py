"""The operations of the API: method, path, what does the work, which parameters it takes."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from simulators.payments.stripe import disputes, links, listing, payments, refunds
from simulators.payments.stripe.call import Body, StripeCall, StripeRefusal, api_error
from simulators.payments.stripe.forms import refuse_unknown
from simulators.payments.stripe.listing import PAGING
from simulators.payments.stripe.world import StripeWorld


class _Operation(NamedTuple):
    method: str
    path: re.Pattern[str]
    work: Callable[..., Body]
    params: Sequence[str]


def _read(kind: str) -> Callable[[StripeWorld, StripeCall, str], Body]:
    return lambda world, call, name: world.get(call.account, kind, name).body


_BY_PAYMENT = ("charge", "payment_intent", *PAGING)
_OPERATIONS = [
    _Operation(method, re.compile(path.replace("{id}", "([^/]+)")), work, params)
    for method, path, work, params in (
        ("POST", "/v1/refunds", refunds.create, refunds.CREATE_PARAMS),
        ("GET", "/v1/refunds", listing.refunds, _BY_PAYMENT),
        ("GET", "/v1/refunds/{id}", _read("refund"), ()),
        ("POST", "/v1/refunds/{id}", refunds.update, ("metadata.*",)),
        ("POST", "/v1/refunds/{id}/cancel", refunds.cancel, ()),
        ("GET", "/v1/charges/{id}", _read("charge"), ()),
        ("GET", "/v1/payment_intents/{id}", payments.read_intent, ()),
        ("GET", "/v1/account", payments.read_account, ()),
        ("GET", "/v1/events", listing.events, ("type", "types.*", "delivery_success", *PAGING)),
        ("GET", "/v1/events/{id}", _read("event"), ()),
        ("GET", "/v1/disputes", listing.disputes, _BY_PAYMENT),
        ("GET", "/v1/disputes/{id}", _read("dispute"), ()),
        ("POST", "/v1/disputes/{id}", disputes.update, disputes.UPDATE_PARAMS),
        ("GET", "/v1/checkout/sessions", links.sessions, ("payment_link", "payment_intent", *PAGING)),
        ("POST", "/v1/payment_links", links.create, links.CREATE_PARAMS),
        ("GET", "/v1/payment_links/{id}", _read("payment_link"), ()),
        ("POST", "/v1/payment_links/{id}", links.update, links.UPDATE_PARAMS),
    )
]


def work_of(call: StripeCall) -> Callable[[StripeWorld], Body]:
    """What does the work of a request. Raises StripeRefusal for an unknown path or parameter."""
    for operation in _OPERATIONS:
        match = operation.path.fullmatch(call.path)
        if match and operation.method == call.method:
            refuse_unknown(call.params, operation.params)
            return lambda world: operation.work(world, call, *match.groups())
    text = f"Unrecognized request URL ({call.method}: {call.path})."
    raise StripeRefusal(404, api_error(text))
