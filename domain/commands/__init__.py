"""Commands: what people ask of an order. Each says all objections against it, and what it does when there are none."""
