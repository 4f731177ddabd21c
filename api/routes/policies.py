"""Routes: policies are checked, published, listed, compared and rolled back by admins."""

from typing import TypeVar

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.merchant_path import merchant_in_path
from api.request_context import etag, expected_version
from api.schemas.orders import PageQuery
from api.schemas.policies import (
    AppliedTo,
    CheckedPolicy,
    KeptOrder,
    KeptOrderList,
    PolicyBacktest,
    PolicyDifferenceQuery,
    PolicyRollback,
    PolicyToCheck,
    PolicyToPublish,
    PolicyVersionList,
    PublishedPolicy,
)
from domain.actors import Role
from services.policies.backtesting import Backtest
from services.policies.document import PolicyRefused
from services.policies.publishing import PolicyService, Publication
from services.policies.reader import ReadPolicy, amounts_in_full, read_policy_text, read_policy_value
from services.policies.views import PolicyDifference, PolicyDocument

_PATH = "/v1/merchants/{merchant}/policies"
_ROLES = {Role.ADMIN}
_TAGS = ("policies",)
_APPLIES = (
    "Every field but `notices` and `retention`: each order keeps the terms of the version under which it was placed.",
    "`notices`: it is read when a notice leaves; `retention`: it is read every night.",
)
T = TypeVar("T")


@endpoint("POST", _PATH + "/check", roles=_ROLES, tags=_TAGS)
async def check_policy(call: Call[Services], body: PolicyToCheck) -> CheckedPolicy:
    """Say whether a document is a policy, and name each mistake; nothing is published."""
    merchant_in_path(call)
    try:
        read = _read(body)
    except PolicyRefused as refused:
        return CheckedPolicy(ok=False, hash=None, amounts={}, errors=tuple(refused.faults))
    amounts = amounts_in_full(read.policy)
    return CheckedPolicy(ok=True, hash=read.policy.content_hash, amounts=amounts, errors=())


@endpoint("POST", _PATH + "/backtest", roles=_ROLES, tags=_TAGS, problems=("too_many_requests",))
async def backtest_policy(call: Call[Services], body: PolicyBacktest) -> Backtest:
    """Decide past returns again under a draft: which change side, and what it costs. Nothing is published.

    Each return is decided with its order as it was when the return was opened, by the terms that the order keeps and by the
    draft. The same draft over the same returns gives the same answer. A second one of the same merchant meanwhile is 429.
    """
    merchant = merchant_in_path(call)
    try:
        read = _read(body)
    except PolicyRefused as refused:
        raise Problem("invalid_body", "This is not a policy.", errors=_errors(refused)) from None
    return await call.services.merchants.backtests.run(merchant, read.policy, body.returns)


@endpoint(
    "POST", _PATH, roles=_ROLES, status=201, other_statuses=(200,), tags=_TAGS, problems=("version_conflict",),
    location=_PATH + "/{version.version}",
)  # fmt: skip
async def publish_policy(call: Call[Services], body: PolicyToPublish) -> Response[PublishedPolicy]:
    """Put a policy in force for orders that are placed from now on.

    A policy that means the same as the one in force changes nothing and answers 200. With `expected_version`, or `If-Match`
    with the ETag of the version in force, another publisher's version in between is 409 with `current`.
    """
    merchant = merchant_in_path(call)
    try:
        read = _read(body)
    except PolicyRefused as refused:
        raise Problem("invalid_body", "This is not a policy.", errors=_errors(refused)) from None
    expected = _expected(call, body.expected_version)
    return _published(await _policies(call).publish(merchant, read, call.caller.actor, expected))


@endpoint(
    "POST", _PATH + "/rollback", roles=_ROLES, status=201, other_statuses=(200,), tags=_TAGS,
    problems=("version_conflict",), location=_PATH + "/{version.version}",
)  # fmt: skip
async def roll_back_policy(call: Call[Services], body: PolicyRollback) -> Response[PublishedPolicy]:
    """Publish the document of an earlier version again, as a new version."""
    merchant = merchant_in_path(call)
    expected = _expected(call, body.expected_version)
    return _published(await _policies(call).roll_back(merchant, body.version, call.caller.actor, expected))


@endpoint("GET", _PATH, roles=_ROLES, tags=_TAGS)
async def list_policies(call: Call[Services], query: PageQuery) -> PolicyVersionList:
    """The versions of the policy, the newest first, each with the number of orders that keep it."""
    page = await _policies(call).page(merchant_in_path(call), query.page())
    return PolicyVersionList(items=tuple(page.items), next=page.next)


@endpoint("GET", _PATH + "/diff", roles=_ROLES, tags=_TAGS)
async def diff_policies(call: Call[Services], query: PolicyDifferenceQuery) -> PolicyDifference:
    """What differs between two versions, field by field, and to whom each difference applies."""
    return _found(await _policies(call).difference(merchant_in_path(call), query.first, query.second))


@endpoint("GET", _PATH + "/{version}", roles=_ROLES, tags=_TAGS)
async def get_policy(call: Call[Services]) -> Response[PolicyDocument]:
    """One version with its contents; `current` is the one in force. The ETag is its number."""
    version = None if call.path["version"] == "current" else _version(call)
    document = _found(await _policies(call).find(merchant_in_path(call), version))
    return Response(document, headers=etag(document.version))


@endpoint("GET", _PATH + "/{version}/orders", roles=_ROLES, tags=_TAGS)
async def list_orders_of_policy(call: Call[Services], query: PageQuery) -> KeptOrderList:
    """The orders that keep a version as their terms, the newest first."""
    page = _found(await _policies(call).orders(merchant_in_path(call), _version(call), query.page()))
    items = tuple(
        KeptOrder(order=row.id, order_id=row.order_id, stage=row.stage, placed_at=row.placed_at)
        for row in page.items
    )
    return KeptOrderList(items=items, next=page.next)


def _policies(call: Call[Services]) -> PolicyService:
    return call.services.merchants.policies


def _read(body: PolicyToCheck) -> ReadPolicy:
    """Raises PolicyRefused, and Problem invalid_body unless there is exactly one form of it."""
    if body.document is not None and body.policy is None:
        return read_policy_text(body.document)
    if body.policy is not None and body.document is None:
        return read_policy_value(body.policy)
    raise Problem("invalid_body", "Give either document or policy.")


def _errors(refused: PolicyRefused) -> list[dict[str, object]]:
    return [{"code": "policy", **fault.model_dump(exclude_none=True)} for fault in refused.faults]


def _expected(call: Call[Services], given: int | None) -> int | None:
    """The expected version of the body, or of If-Match; one that cannot be a version of ours is 0, which none is."""
    sent = expected_version(call)
    if given is not None or sent is None:
        return given
    return int(sent) if sent.isdecimal() else 0


def _version(call: Call[Services]) -> int:
    """The version in the path. Raises not_found for what is no number."""
    named = call.path["version"]
    if not named.isascii() or not named.isdecimal() or len(named) > 9:
        raise Problem("not_found")
    return int(named)


def _found(value: T | None) -> T:
    if value is None:
        raise Problem("not_found")
    return value


def _published(done: Publication | None) -> Response[PublishedPolicy]:
    done = _found(done)
    if done.outcome == "conflict":
        raise _conflict(done)
    new_orders, all_orders = _APPLIES
    published = PublishedPolicy(
        outcome=done.outcome,
        version=done.current,
        changes=done.changes,
        applies_to=AppliedTo(
            new_orders=new_orders, all_orders=all_orders, orders_keeping_earlier_versions=done.keeping
        ),
    )
    status = 201 if done.outcome == "published" else 200
    return Response(published, status=status, headers=etag(done.current.version))


def _conflict(done: Publication) -> Problem:
    return Problem(
        "version_conflict", f"Version {done.current.version} is in force now.", current=done.current
    )
