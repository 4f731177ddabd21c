"""Routes: a merchant's API keys, managed by its own admin or the platform's."""

from datetime import timedelta

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.merchant_path import merchant_in_path
from api.schemas.merchants import IssuedApiKey, KeyChanges, KeyList, KeyRequest, KeyRotation
from api.schemas.orders import PageQuery
from domain.actors import Role
from services.merchants.keys import KEY_ROLES, IssuedKey, KeyService
from services.merchants.views import KeyView

_PATH = "/v1/merchants/{merchant}/keys"
_ONE = _PATH + "/{key}"
_ROLES = {Role.ADMIN}
_TAGS = ("keys",)


@endpoint("GET", _PATH, roles=_ROLES, tags=_TAGS)
async def list_keys(call: Call[Services], query: PageQuery) -> KeyList:
    """The merchant's keys with their roles, names and ends; never their text."""
    page = await _keys(call).page(merchant_in_path(call), query.page())
    return KeyList(items=tuple(page.items), next=page.next)


@endpoint("POST", _PATH, roles=_ROLES, status=201, tags=_TAGS)
async def create_key(call: Call[Services], body: KeyRequest) -> IssuedApiKey:
    """Create a further key; its text is shown once.

    Keys of live merchants begin with `smot_live_`, those of sandbox merchants with `smot_test_`.
    """
    if body.role not in KEY_ROLES:
        error = {
            "pointer": "/role",
            "code": "no_key_role",
            "detail": f"One of {', '.join(sorted(KEY_ROLES))}",
        }
        raise Problem("invalid_body", errors=[error])
    made = await _keys(call).create(
        merchant_in_path(call), body.role, body.name, call.caller.actor, body.expires_at
    )
    if made is None:
        raise Problem("not_found")
    return _issued(made)


@endpoint("POST", _ONE + "/rotate", roles=_ROLES, status=201, tags=_TAGS, problems=("key_ended",))
async def rotate_key(call: Call[Services], body: KeyRotation | None) -> IssuedApiKey:
    """Replace a key by a new one of the same role and name; the old one works for `hours` more."""
    overlap = timedelta(hours=(body or KeyRotation()).hours)
    made = await _keys(call).rotate(merchant_in_path(call), call.path["key"], call.caller.actor, overlap)
    if made is None:
        raise Problem("key_ended")
    return _issued(made)


@endpoint("PATCH", _ONE, roles=_ROLES, tags=_TAGS, problems=("key_ended",))
async def change_key(call: Call[Services], body: KeyChanges) -> KeyView:
    """Rename a key, or have it end at a time."""
    view = await _keys(call).change(
        merchant_in_path(call), call.path["key"], call.caller.actor, body.name, body.expires_at
    )
    if view is None:
        raise Problem("key_ended")
    return view


@endpoint("DELETE", _ONE, roles=_ROLES, status=204, tags=_TAGS)
async def revoke_key(call: Call[Services]) -> None:
    """End a key at once; all processes refuse it within a second."""
    if not await _keys(call).revoke(merchant_in_path(call), call.path["key"], call.caller.actor):
        raise Problem("not_found")


def _keys(call: Call[Services]) -> KeyService:
    return call.services.merchants.keys


def _issued(made: IssuedKey) -> IssuedApiKey:
    return IssuedApiKey(key=made.text, details=made.view)
