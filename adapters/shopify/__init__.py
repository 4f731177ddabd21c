"""What the payer and the storefront Shopify share: calls of its Admin API and what it answers."""
