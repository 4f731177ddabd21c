"""Outgoing webhooks: endpoints of merchants and the sending of deliveries."""
