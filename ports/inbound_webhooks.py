"""Why a webhook of a carrier or a storefront is refused."""


class InvalidSignature(Exception):
    """None of the merchant's secrets signed these bytes."""


class InvalidPayload(ValueError):
    """The body is signed, but not of the form that its source documents."""
