"""When it happens: the durable journey of an order."""
