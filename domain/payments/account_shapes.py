"""What an account at a payment provider consists of, by provider: names and shapes of its keys, and its own name there."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from domain.base import Frozen

_STRIPE_SECRET = r"whsec_[A-Za-z0-9+/=_-]{8,250}"
_TEXT = r"[\x21-\x7e]{8,250}"


class AccountShape(Frozen):
    """One provider's.

    title: the provider as sentences name it.
    required, optional: a pattern for each key, by the key's name.
    account: a pattern for the merchant's own name there. What may be left out matches the empty text too.
    """

    title: str
    required: Mapping[str, str] = {}
    optional: Mapping[str, str] = {}
    account: str = ""

    @property
    def has_webhooks(self) -> bool:
        """Whether it sends webhooks about payments."""
        return "webhook_secret" in self.names

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all keys."""
        return (*self.required, *self.optional)


SHAPES: Final[Mapping[str, AccountShape]] = {
    "sandbox": AccountShape(
        title="The sandbox provider",
        required={"webhook_secret": _STRIPE_SECRET},
        optional={"previous_webhook_secret": _STRIPE_SECRET},
    ),
    # https://docs.stripe.com/keys: secret and restricted keys; https://docs.stripe.com/webhooks#verify-events
    "stripe": AccountShape(
        title="Stripe",
        required={"secret_key": r"[sr]k_(test|live)_[A-Za-z0-9_]{8,250}"},
        optional={"webhook_secret": _STRIPE_SECRET, "previous_webhook_secret": _STRIPE_SECRET},
        account=r"(acct_[A-Za-z0-9]{8,64})?",
    ),
    # https://shopify.dev/docs/apps/build/authentication-authorization: offline tokens of custom and public apps
    "shopify": AccountShape(
        title="Shopify",
        required={"access_token": r"shp[a-z]{2}_[A-Za-z0-9]{16,250}"},
        optional={"webhook_secret": _TEXT, "previous_webhook_secret": _TEXT},
        account=r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com",
    ),
    # https://woocommerce.github.io/woocommerce-rest-api-docs/#authentication; over HTTPS only, at a name and not a number.
    # Its webhooks are about orders: they are a storefront's, with the storefront's secret.
    "woocommerce": AccountShape(
        title="WooCommerce",
        required={"consumer_key": r"ck_[0-9a-f]{40}", "consumer_secret": r"cs_[0-9a-f]{40}"},
        account=r"https://([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]{0,200})?",
    ),
}


def wrong_fields(shape: AccountShape, keys: Mapping[str, str], account: str) -> Iterator[tuple[str, str]]:
    """Code and pointer of each field of an account that cannot be right."""
    for name in sorted(keys.keys() - {*shape.names}):
        yield "unknown_key", f"/keys/{name}"
    for name in shape.required.keys() - keys.keys():
        yield "key_missing", f"/keys/{name}"
    for name, pattern in {**shape.required, **shape.optional}.items():
        if name in keys and not re.fullmatch(pattern, keys[name]):
            yield "wrong_form", f"/keys/{name}"
    if not re.fullmatch(shape.account, account):
        yield "wrong_form", "/account"


def signing_secrets(keys: Mapping[str, str]) -> list[str]:
    """The secrets that may have signed a webhook; two while one takes the place of the other."""
    return [keys[name] for name in ("webhook_secret", "previous_webhook_secret") if name in keys]
