"""Real orders of the past, played from outside: an HTTP client that is storefront and carrier of orders from a file."""
