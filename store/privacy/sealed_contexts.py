"""Contexts of what master keys seal: a ciphertext opens only under its own, so that rows cannot be swapped."""


def person_key(key_id: str) -> str:
    return key_id


def webhook_secrets(merchant: str) -> str:
    return f"webhook-secrets/{merchant}"


def channel(merchant: str, channel: str) -> str:
    return f"channel/{merchant}/{channel}"


def carrier_account(merchant: str) -> str:
    return f"carrier-account/{merchant}"


def payment_account(merchant: str, provider: str) -> str:
    return f"payment-account/{merchant}/{provider}"


def openid_provider(merchant: str) -> str:
    return f"openid-provider/{merchant}"


def shop_system(merchant: str) -> str:
    return f"shop-system/{merchant}"


def webhook_endpoint(merchant: str, endpoint: str) -> str:
    return f"webhook-endpoint/{merchant}/{endpoint}"


def webhook_endpoint_url(merchant: str, endpoint: str) -> str:
    return f"webhook-endpoint-url/{merchant}/{endpoint}"
