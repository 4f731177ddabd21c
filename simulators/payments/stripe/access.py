"""API keys: whose world a request works on."""

import base64
import binascii
import json
from collections.abc import Mapping

from simulators.payments.stripe.call import StripeRefusal, api_error
from simulators.payments.stripe.controls import StripeApiKey
from simulators.payments.stripe.world import StripeWorld


class StripeAccess(StripeWorld):
    """The table `api_keys`."""

    def set_key(self, key: StripeApiKey) -> None:
        """A new key, or a new state of one."""
        sql = "INSERT OR REPLACE INTO api_keys (secret, account, state, connected, denied) VALUES (?, ?, ?, ?, ?)"
        lists = (json.dumps(key.connected), json.dumps(key.denied))
        self._db.execute(sql, (key.secret, key.account, key.state, *lists))

    def authorize(self, headers: Mapping[str, str], operation: str) -> str:
        """The account that the request works on. Raises StripeRefusal 401 or 403.

        operation: method and path, e.g. `POST /v1/refunds`.
        """
        secret = _secret(headers.get("Authorization", ""))
        if not secret:
            raise StripeRefusal(401, api_error("You did not provide an API key."))
        row = self._db.execute("SELECT * FROM api_keys WHERE secret = ?", (secret,)).fetchone()
        if row is None or row["state"] == "revoked":
            shown = f"{secret[:8]}***{secret[-4:]}"
            raise StripeRefusal(401, api_error(f"Invalid API Key provided: {shown}"))
        if row["state"] == "expired":
            shown = f"{secret[:8]}***{secret[-3:]}"
            raise StripeRefusal(401, api_error(f"Expired API Key provided: {shown}", "api_key_expired"))
        if any(operation.startswith(denied) for denied in json.loads(row["denied"])):
            text = "The provided key does not have the required permissions for this endpoint."
            raise StripeRefusal(403, api_error(text))
        return _account(headers.get("Stripe-Account", ""), row["account"], json.loads(row["connected"]))


def _account(wanted: str, own: str, connected: list[str]) -> str:
    if wanted and wanted != own and wanted not in connected:
        text = (
            f"The provided key does not have access to account '{wanted}' (or that account does not exist)."
        )
        raise StripeRefusal(403, api_error(text, "account_invalid"))
    return wanted or own


def _secret(header: str) -> str:
    """The key in a Bearer or Basic header; empty for anything else."""
    scheme, _, value = header.partition(" ")
    if scheme == "Bearer":
        return value
    if scheme != "Basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
