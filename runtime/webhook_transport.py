"""The transport of signed calls to merchants' own systems, with the addresses that it may reach."""

from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from runtime.config.settings import Settings


def make_webhook_transport(settings: Settings) -> HttpWebhookTransport:
    """Sends webhooks, the messages of webhook channels, and calls to merchants' stock and fulfilment systems."""
    policy = EgressPolicy(unrestricted=settings.webhook_egress == "anywhere", ports=settings.webhook_ports)
    return HttpWebhookTransport(policy, settings.webhook_timeout)
