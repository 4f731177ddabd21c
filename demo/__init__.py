"""The main job, played from outside: an HTTP client that is storefront, carrier, customers, partner and agents."""
