"""The shop's refusals, with the statuses and codes that WooCommerce and WordPress answer."""

from typing import Any, NamedTuple


class Answer(NamedTuple):
    """Status and JSON body."""

    status: int
    body: Any
    headers: dict[str, str] = {}


def refusal(status: int, code: str, message: str) -> Answer:
    """A refusal whose status is in `data.status`."""
    return Answer(status, {"code": code, "message": message, "data": {"status": status}})


def bare_refusal(code: str, message: str, number: int) -> Answer:
    """A refusal whose `data` is a bare number: WordPress then answers 500, whatever the number is."""
    return Answer(500, {"code": code, "message": message, "data": number})


def unauthorized(message: str) -> Answer:
    """A key that is wrong."""
    return refusal(401, "woocommerce_rest_authentication_error", message)


WRONG_SECRET = unauthorized("Consumer secret is invalid.")._replace(
    headers={"WWW-Authenticate": 'Basic realm="WooCommerce API"'}
)
UNKNOWN_KEY = unauthorized("Consumer key is invalid.")
READ_ONLY = unauthorized("The API key provided does not have write permissions.")
WRITE_ONLY = unauthorized("The API key provided does not have read permissions.")
STALE_TIME = unauthorized("Invalid timestamp.")
NONCE_USED = unauthorized("Invalid nonce - nonce has already been used.")
WRONG_SIGNATURE = unauthorized("Invalid signature - provided signature does not match.")
GUEST_VIEW = refusal(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
GUEST_CREATE = refusal(
    401, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."
)
NO_ROUTE = refusal(404, "rest_no_route", "No route was found matching the URL and request method")
NO_ORDER = refusal(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
NO_ORDER_OF_NOTES = refusal(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
NO_WEBHOOK = refusal(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
NO_PARENT = bare_refusal("woocommerce_rest_invalid_order_id", "Invalid order ID.", 404)
NO_REFUND = bare_refusal("woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.", 404)
NEGATIVE = bare_refusal(
    "woocommerce_rest_invalid_order_refund", "Refund amount must be greater than zero.", 400
)
TRASH_FIRST = refusal(501, "woocommerce_rest_trash_not_supported", "Order refunds do not support trashing.")
NOT_CREATED = refusal(
    400, "woocommerce_rest_shop_order_refund_not_created", "The refund could not be created."
)
INVALID_TOPIC = refusal(
    400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid."
)
INVALID_URL = refusal(
    400,
    "woocommerce_rest_shop_webhook_invalid_delivery_url",
    "Webhook delivery URL must be a valid URL starting with http:// or https://.",
)


def cannot_create(message: str) -> Answer:
    """A refund that the shop or its gateway refuses."""
    return bare_refusal("woocommerce_rest_cannot_create_order_refund", message, 500)


def invalid_parameter(name: str) -> Answer:
    """A parameter that WordPress' own check refuses."""
    return refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}")
