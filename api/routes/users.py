"""Routes: the users of a merchant, managed by its admins."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from api.schemas.users import IssuedUserLink, UserChangeRequest, UserInvitation, UserList
from domain.actors import Role
from domain.staff.accounts import USER_ROLES
from services.staff.users import InvitedUser, NewUser, OwnAccount, UserChanges
from services.staff.views import UserView

_PATH = "/v1/users"
_ONE = _PATH + "/{user}"
_ROLES = {Role.ADMIN}
_TAGS = ("users",)


@endpoint("GET", _PATH, roles={*USER_ROLES}, tags=_TAGS)
async def list_users(call: Call[Services], query: PageQuery) -> UserList:
    """The merchant's users with their roles; only admins get addresses."""
    admin = call.caller.role is Role.ADMIN
    users = call.services.staff.users
    page = await users.page(call.merchant, query.page(), with_addresses=admin)
    return UserList(items=tuple(page.items), next=page.next)


@endpoint("POST", _PATH, roles=_ROLES, status=201, tags=_TAGS, problems=("user_exists",))
async def invite_user(call: Call[Services], body: UserInvitation) -> IssuedUserLink:
    """Invite a user; the one-time link for the first password is shown once."""
    merchant = call.merchant
    _check_role(body.role)
    made = await call.services.staff.users.invite(merchant, NewUser(**dict(body)), call.caller.actor)
    if made is None:
        raise Problem("user_exists")
    return _issued(made)


@endpoint("GET", _ONE, roles=_ROLES, tags=_TAGS)
async def get_user(call: Call[Services]) -> UserView:
    """One user."""
    return _found(await call.services.staff.users.find(call.merchant, call.path["user"]))


@endpoint("PATCH", _ONE, roles=_ROLES, tags=_TAGS, problems=("own_account",))
async def change_user(call: Call[Services], body: UserChangeRequest) -> UserView:
    """Change a user; it takes effect with the user's next request. Admins cannot take their own role."""
    merchant = call.merchant
    _check_role(body.role)
    changes = UserChanges(**dict(body))
    try:
        view = await call.services.staff.users.change(merchant, call.path["user"], changes, call.caller.actor)
    except OwnAccount:
        raise Problem("own_account") from None
    return _found(view)


@endpoint("POST", _ONE + "/link", roles=_ROLES, status=201, tags=_TAGS)
async def renew_user_link(call: Call[Services]) -> IssuedUserLink:
    """A new one-time link, by which the user chooses a new password. The link before it ends."""
    made = await call.services.staff.users.renew_link(call.merchant, call.path["user"], call.caller.actor)
    if made is None:
        raise Problem("not_found")
    return _issued(made)


def _check_role(role: Role | None) -> None:
    if role is not None and role not in USER_ROLES:
        detail = f"One of {', '.join(sorted(USER_ROLES))}"
        error = {"pointer": "/role", "code": "no_user_role", "detail": detail}
        raise Problem("invalid_body", errors=[error])


def _found(view: UserView | None) -> UserView:
    if view is None:
        raise Problem("not_found")
    return view


def _issued(made: InvitedUser) -> IssuedUserLink:
    return IssuedUserLink(token=made.token, user=made.view)
