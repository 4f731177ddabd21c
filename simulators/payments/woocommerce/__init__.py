"""A WooCommerce shop: its REST interface (v3) for orders, refunds and webhooks, as a process of its own."""
