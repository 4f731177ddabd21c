"""Routes: users sign in, and their sessions are listed and ended."""

from api.context import Services
from api.http.auth import PUBLIC
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.users import OpenedSession, PasswordChoice, SignInRequest, UserSessionList
from domain.actors import Role
from domain.staff.accounts import USER_ROLES
from domain.staff.devices import device_of
from services.staff.sign_in import SignedIn
from services.staff.views import UserSessionView, UserView

_OF_USER = "/v1/users/{user}/sessions"
_TAGS = ("users",)
_SMALL = 16 * 1024  # bytes


@endpoint(
    "POST", "/v1/sessions", roles=PUBLIC, status=201, tags=_TAGS, limit=_SMALL,
    problems=("sign_in_refused", "second_factor_needed"),
)  # fmt: skip
async def open_session(call: Call[Services], body: SignInRequest) -> OpenedSession:
    """Sign in. What is wrong is not said, and takes the same time; attempts are limited by account and by network.

    A session ends after two hours without a request, and twelve hours after it was opened.
    """
    sign_in, limiter = call.services.staff.sign_in, call.services.operations.rate_limiter
    limiter.consume_sign_in(call.request, sign_in.account_of(body.merchant, body.email))
    device = device_of(call.request.headers.get("User-Agent", ""))
    opened = await sign_in.sign_in(body.merchant, body.email, body.password, device)
    if opened is not None and opened.session.level == "password":
        half = opened.session
        opened = await sign_in.confirm(half, body.code) if body.code else None
        if opened is None:
            await sign_in.sign_out(half)
            raise Problem("sign_in_refused" if body.code else "second_factor_needed")
    if opened is None:
        raise Problem("sign_in_refused")
    return await _opened(call, opened)


@endpoint(
    "POST", "/v1/invitations/{token}", roles=PUBLIC, tags=_TAGS, limit=_SMALL,
    problems=("link_ended",),
)  # fmt: skip
async def accept_invitation(call: Call[Services], body: PasswordChoice) -> UserView:
    """Choose a password by a one-time link. The link ends by it, and so do the user's sessions."""
    found = await call.services.staff.users.accept(call.path["token"], body.password)
    if found is None:
        raise Problem("link_ended")
    if isinstance(found, UserView):
        return found
    detail = "12 to 128 characters, and more than the user's own name."
    raise Problem("invalid_body", errors=[{"pointer": "/password", "code": found, "detail": detail}])


@endpoint("GET", _OF_USER, roles={*USER_ROLES}, tags=_TAGS)
async def list_user_sessions(call: Call[Services]) -> UserSessionList:
    """The open sessions of a user: of all users for admins, else the caller's own."""
    user = _user(call)
    found = await call.services.staff.users.sessions(call.merchant, user)
    if found is None:
        raise Problem("not_found")
    return UserSessionList(items=tuple(found))


@endpoint("DELETE", _OF_USER, roles={*USER_ROLES}, status=204, tags=_TAGS)
async def end_user_sessions(call: Call[Services]) -> None:
    """End all sessions of a user at once."""
    user = _user(call)
    if await call.services.staff.users.end_sessions(call.merchant, user, call.caller.actor) is None:
        raise Problem("not_found")


@endpoint("DELETE", _OF_USER + "/{session}", roles={*USER_ROLES}, status=204, tags=_TAGS)
async def end_user_session(call: Call[Services]) -> None:
    """End one session at once."""
    user = _user(call)
    ended = await call.services.staff.users.end_sessions(
        call.merchant, user, call.caller.actor, only=call.path["session"]
    )
    if not ended:
        raise Problem("not_found")


def _user(call: Call[Services]) -> str:
    """The user in the path. Raises not_found where it is another one and the caller is no admin."""
    merchant, user = call.merchant, call.path["user"]
    if merchant and call.caller.role is not Role.ADMIN and call.caller.name != user:
        raise Problem("not_found")
    return user


async def _opened(call: Call[Services], opened: SignedIn) -> OpenedSession:
    session = opened.session
    view = await call.services.staff.users.find(session.merchant, session.user)
    if view is None:
        raise Problem("sign_in_refused")
    listed = await call.services.staff.users.sessions(session.merchant, session.user) or []
    mine = next((one for one in listed if one.id == session.id), None)
    if mine is None:
        raise Problem("sign_in_refused")
    return OpenedSession(token=opened.token, session=UserSessionView(**dict(mine)), user=view)
