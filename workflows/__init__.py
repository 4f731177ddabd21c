"""The durable workflow of an order, and the activities that it calls."""
