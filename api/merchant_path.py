"""The merchant that a path names: any for the platform's admin, its own for a merchant's admin."""

from api.context import Services
from api.http.endpoint import Call
from api.http.problems import Problem


def merchant_in_path(call: Call[Services]) -> str:
    """The merchant in the path. For a merchant's own admin every other one is not_found, whether it exists or not."""
    named = call.path["merchant"]
    if call.caller.merchant not in (None, named):
        raise Problem("not_found")
    return named


def require_platform(call: Call[Services]) -> None:
    """Raises forbidden for a merchant's own admin."""
    if call.caller.merchant is not None:
        raise Problem("forbidden", "It needs a key of the platform's admin.")
