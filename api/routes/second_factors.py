"""Routes: the second factor of a user, added by its user and taken away by an admin."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.users import EnrolmentAnswer, RecoveryCodes, SecondFactorCode
from domain.actors import Role
from domain.staff.accounts import USER_ROLES

_PATH = "/v1/users/{user}/second-factor"
_TAGS = ("users",)


@endpoint("POST", _PATH, roles={*USER_ROLES}, status=201, tags=_TAGS, problems=("second_factor_exists",))
async def begin_second_factor(call: Call[Services]) -> EnrolmentAnswer:
    """The secret for an app, for the user who has signed in; it counts once a first code was given."""
    made = await call.services.staff.second_factor.begin(call.merchant, _own(call))
    if made is None:
        raise Problem("second_factor_exists")
    return EnrolmentAnswer(uri=made.uri, secret=made.secret)


@endpoint(
    "POST", _PATH + "/confirmation", roles={*USER_ROLES}, status=201, tags=_TAGS, problems=("code_wrong",)
)
async def confirm_second_factor(call: Call[Services], body: SecondFactorCode) -> RecoveryCodes:
    """Switch the second factor on by the app's first code."""
    merchant, user = call.merchant, _own(call)
    call.services.operations.rate_limiter.consume(call.request, "sign_ins", user)
    codes = await call.services.staff.second_factor.confirm(merchant, user, body.code, call.caller.actor)
    if codes is None:
        raise Problem("code_wrong")
    return RecoveryCodes(codes=tuple(codes))


@endpoint("DELETE", _PATH, roles={Role.ADMIN}, status=204, tags=_TAGS)
async def remove_second_factor(call: Call[Services]) -> None:
    """Take a user's second factor away, for a phone that is lost. The user's sessions end."""
    merchant, user, actor = call.merchant, call.path["user"], call.caller.actor
    if not await call.services.staff.second_factor.remove(merchant, user, actor):
        raise Problem("not_found")
    await call.services.staff.users.end_sessions(merchant, user, actor)


def _own(call: Call[Services]) -> str:
    """The user in the path, who must be the one who has signed in. Raises not_found."""
    if call.merchant and call.caller.name != call.path["user"]:
        raise Problem("not_found")
    return call.caller.name
