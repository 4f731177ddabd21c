"""WooCommerce's REST interface, version 3, as both the payments and the storefront of a shop use it."""
