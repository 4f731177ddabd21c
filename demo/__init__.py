"""The demo: an HTTP client that acts as storefront, carriers, customers, partner, warehouse and agents of a sandbox shop."""
