"""Routes: a merchant's accounts at payment providers; their keys are never shown again."""

from typing import Annotated, TypeVar

from pydantic import Field, SecretStr, StringConstraints

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.merchant_path import merchant_in_path, require_platform
from api.schemas.orders import invalid_body
from domain.actors import Role
from domain.base import Frozen
from domain.payments.account_shapes import SHAPES
from ports.payments import PaymentAccount
from services.merchants.payment_accounts import PaymentAccountTest, PaymentAccountView, WrongAccount

_PATH = "/v1/merchants/{merchant}/payments/{provider}"
KeyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,63}$")]
Answer = TypeVar("Answer")
_NO_ACCOUNT = "No keys of that merchant are set at that provider."
Key = Annotated[SecretStr, Field(min_length=1, max_length=500)]


class PaymentAccountRequest(Frozen):
    """The account with which refunds are paid at a provider."""

    keys: Annotated[dict[KeyName, Key], Field(max_length=8)]
    """The provider's keys, by name; sealed, and never shown again."""
    account: Annotated[str, StringConstraints(max_length=300)] = ""
    """The merchant's own name there: a connected account of Stripe, a shop's domain, the address of a WordPress site."""
    base: Annotated[str, StringConstraints(pattern=r"^(https?://[^/\s?#]+)?$", max_length=500)] = ""
    """An address other than the provider's own, without a path; only the platform's admin may name one."""


class PaymentAccountDeleted(Frozen):
    """What became of the account at the provider."""

    removed: bool
    """Whether there was an account."""


@endpoint("PUT", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def put_payment_account(call: Call[Services], body: PaymentAccountRequest) -> PaymentAccountView:
    """Set the keys with which the merchant's refunds are paid at that provider. An account from before is replaced.

    `stripe`: `secret_key`; `account` is a connected account, if one is used. `shopify`: `access_token`, and the shop's domain
    as `account`. `woocommerce`: `consumer_key`, `consumer_secret`, and the site's address as `account`. Stripe and Shopify also
    with the `webhook_secret` that signs their webhooks about payments; without one they are refused. While it is replaced, the
    one from before is `previous_webhook_secret`. `sandbox`: `webhook_secret`, for trials.
    """
    if body.base:
        require_platform(call)  # it may be an address of the platform's own network
    keys = {name: key.get_secret_value() for name, key in body.keys.items()}
    account = PaymentAccount(provider=call.path["provider"], base=body.base, account=body.account, keys=keys)
    accounts = call.services.merchants.payment_accounts
    try:
        view = await accounts.put(merchant_in_path(call), account, call.caller.actor)
    except WrongAccount as problem:
        raise invalid_body(problem.found) from None
    return _found(call, view, "There is no such merchant.")


@endpoint("GET", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def get_payment_account(call: Call[Services]) -> PaymentAccountView:
    """The account at that provider, and whether its keys are refused."""
    found = await call.services.merchants.payment_accounts.find(merchant_in_path(call), call.path["provider"])
    return _found(call, found, _NO_ACCOUNT)


@endpoint("DELETE", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def delete_payment_account(call: Call[Services]) -> PaymentAccountDeleted:
    """Forget the keys. Refunds that the provider would pay become questions to finance from now on."""
    accounts = call.services.merchants.payment_accounts
    removed = await accounts.remove(merchant_in_path(call), call.path["provider"], call.caller.actor)
    return PaymentAccountDeleted(removed=removed)


@endpoint("POST", _PATH + "/test", roles={Role.ADMIN}, tags=("merchants",))
async def check_payment_account(call: Call[Services]) -> PaymentAccountTest:
    """Ask the provider whether it accepts the keys, by a call that changes nothing there."""
    tested = await call.services.merchants.payment_accounts.test(
        merchant_in_path(call), call.path["provider"]
    )
    return _found(call, tested, _NO_ACCOUNT)


def _found(call: Call[Services], answer: Answer | None, otherwise: str) -> Answer:
    """The answer; not_found without one, and why: there is no such provider, or what `otherwise` says."""
    if answer is not None:
        return answer
    if call.path["provider"] not in SHAPES:
        otherwise = f"The payment providers are {', '.join(SHAPES)}."
    raise Problem("not_found", otherwise)
