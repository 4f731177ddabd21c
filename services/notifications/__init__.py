"""Notifications: decided, rendered and sent; the channels and preferences that they follow."""
