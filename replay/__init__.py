"""The replay: an HTTP client that acts as storefront and carriers of real orders from a file."""
